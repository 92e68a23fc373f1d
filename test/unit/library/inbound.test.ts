// Inbound: what it keeps of large chunks, and that what it has given away is not written to.

import { describe, expect, test } from "vitest";
import { Inbound } from "../../../library/socket/inbound.ts";

const kib = 1024;

describe("what has come in", () => {
  test("is given as it came when all of it is read, without a copy", () => {
    const inbound = new Inbound();
    const chunk = new Uint8Array([1, 2, 3]);
    inbound.push(chunk);

    expect(inbound.takeAll()).toBe(chunk);
    expect(inbound.length).toBe(0);
  });

  test("keeps no more than a quarter of a large chunk for a few bytes that are left", () => {
    const inbound = new Inbound();
    inbound.push(new Uint8Array(64 * kib));
    inbound.take(64 * kib - 10);

    expect(inbound.take(10).buffer.byteLength).toBe(10);
  });

  test("is the reader's own: what comes later does not write to it", () => {
    const inbound = new Inbound();
    inbound.push(new Uint8Array([1, 2]));
    inbound.push(new Uint8Array([3]));
    const taken = inbound.takeAll();
    inbound.push(new Uint8Array([9, 9]));
    inbound.push(new Uint8Array([9, 9]));

    expect([...taken]).toEqual([1, 2, 3]);
    expect([...inbound.take(3)]).toEqual([9, 9, 9]);
    expect([...inbound.takeAll()]).toEqual([9]);
  });
});
