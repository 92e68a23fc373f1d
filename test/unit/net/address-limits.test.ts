// Address limits: what one address may take of a port, and what is remembered of it.

import { describe, expect, test } from "vitest";
import { AddressLimits, networkOf } from "../../../src/net/address-limits.ts";
import { netLimits } from "../../../src/net/net-limits.ts";

function limiting({ connectsPerSecondMax = 0, connectionsMax = 0 }) {
  const clock = { nowMs: 0 };
  const nowMs = (): number => clock.nowMs;
  const limits = new AddressLimits({ connectsPerSecondMax, connectionsMax, nowMs });
  return { clock, limits };
}

describe("address limits", () => {
  test("let an address connect so often in a second, and again as time passes", () => {
    const { clock, limits } = limiting({ connectsPerSecondMax: 2 });
    const kinds = (): unknown[] => [1, 2, 3].map(() => limits.admit("10.0.0.1")?.kind);

    expect(kinds()).toEqual([undefined, undefined, "connects"]);
    clock.nowMs = 500;
    expect(kinds()).toEqual([undefined, "connects", "connects"]);
    clock.nowMs = 10_000;
    expect(kinds()).toEqual([undefined, undefined, "connects"]);
  });

  test("let an address have so many connections at a time", () => {
    const { limits } = limiting({ connectionsMax: 2 });
    limits.admit("10.0.0.1");
    limits.admit("10.0.0.1");

    expect(limits.admit("10.0.0.1")).toEqual({ kind: "connections", connectionsMax: 2 });
    limits.closed("10.0.0.1");
    expect(limits.admit("10.0.0.1")).toBeUndefined();
  });

  test("count each address for itself", () => {
    const { limits } = limiting({ connectionsMax: 1, connectsPerSecondMax: 1 });
    limits.admit("10.0.0.1");

    expect(limits.admit("10.0.0.2")).toBeUndefined();
  });

  test("refuse nobody when they are 0", () => {
    const { limits } = limiting({});

    expect(Array.from({ length: 1000 }, () => limits.admit("::1"))).not.toContainEqual(
      expect.anything(),
    );
  });

  test("forget addresses that have gone, and none that is connected", () => {
    const { clock, limits } = limiting({ connectsPerSecondMax: 5 });
    limits.admit("192.0.2.1");
    for (let index = 0; index < 10_000; index++) {
      clock.nowMs += 10;
      const ip = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
      limits.admit(ip);
      limits.closed(ip);
      expect(limits.size).toBeLessThanOrEqual(210);
    }
    expect(limits.admit("192.0.2.1")).toBeUndefined();
    limits.closed("192.0.2.1");
  });

  test("remember no more than addressesMax that have gone", { timeout: 20_000 }, () => {
    const { limits } = limiting({ connectsPerSecondMax: 5 });
    for (let index = 0; index < netLimits.addressesMax + 1000; index++) {
      limits.admit(String(index));
      limits.closed(String(index));
    }

    expect(limits.size).toBeLessThanOrEqual(netLimits.addressesMax + 1);
  });
});

describe("the network of an address", () => {
  test.each([
    ["10.1.2.3", "10.1.2.3"],
    ["::ffff:10.1.2.3", "10.1.2.3"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::6", "2001:db8:1:2"],
    ["2001:db8::6", "2001:db8:0:0"],
    ["2001::3:4:5:6:7:8", "2001:0:3:4"],
    ["::1", "0:0:0:0"],
    ["::", "0:0:0:0"],
  ])("of %s is %s", (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });
});
