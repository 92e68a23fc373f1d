// Datagram address: the texts of addresses, and the bytes that stand for them.

import { describe, expect, test } from "vitest";
import { packDatagramAddress, unpackDatagramAddress } from "../../../wire/datagram-address.ts";

function through(host: string): string | undefined {
  const bytes = packDatagramAddress({ host, port: 53 });
  return bytes === undefined ? undefined : unpackDatagramAddress(bytes)?.host;
}

describe("a datagram address", () => {
  test("is the bytes of the reference", () => {
    expect(packDatagramAddress({ host: "127.0.0.1", port: 0x1f90 })).toEqual(
      new Uint8Array([1, 0x1f, 0x90, 127, 0, 0, 1]),
    );
    expect(packDatagramAddress({ host: "::1", port: 1 })?.length).toBe(19);
  });

  test.each([
    ["10.0.0.255", "10.0.0.255"],
    ["::", "::"],
    ["::1", "::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["::ffff:1.2.3.4", "::ffff:102:304"],
    ["1::", "1::"],
  ])("of %s reads as %s", (host, text) => {
    expect(through(host)).toBe(text);
  });

  test.each(["localhost", "1.2.3", "1.2.3.256", "1::2::3", ":::", "1:2:3:4:5:6:7", "g::", ""])(
    "of %j there is none",
    (host) => {
      expect(through(host)).toBeUndefined();
    },
  );
});
