// Inbound: what waits for its taker, and how a wait ends.

import { describe, expect, test, vi } from "vitest";
import { Inbound } from "../../../client/inbound.ts";
import { CodedError } from "../../../wire/coded-error.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";

function make(bytesMax = 1000) {
  const clock = new FakeNetClock();
  const [onFull, onRoom] = [vi.fn<() => void>(), vi.fn<() => void>()];
  const sizeOf = (item: string): number => item.length;
  const inbound = new Inbound<string>({ clock, bytesMax, sizeOf, onFull, onRoom, peer: "peer" });
  return { clock, inbound, onFull, onRoom };
}

describe("what has come in", () => {
  test("is given out in its order, then the end", async () => {
    const { inbound } = make();
    inbound.add("a");
    inbound.add("b");
    inbound.end();
    inbound.add("late");

    expect([await inbound.take(0), await inbound.take(0)]).toEqual(["a", "b"]);
    expect(await inbound.take(0)).toBeUndefined();
    expect(await inbound.take(0)).toBeUndefined();
  });

  test("is given out before the failure that ended it; the first end counts", async () => {
    const { inbound } = make();
    inbound.add("a");
    inbound.end(new CodedError("CONNECTION_LOST", "gone"));
    inbound.end();

    expect(await inbound.take(0)).toBe("a");
    await expect(inbound.take(0)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await expect(inbound.take(0)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });

  test("goes to those who wait, the first to the first", async () => {
    const { inbound } = make();
    const taken = [inbound.take(0), inbound.take(0), inbound.take(0)];
    inbound.add("a");
    inbound.add("b");
    inbound.end();

    expect(await Promise.all(taken)).toEqual(["a", "b", undefined]);
  });

  test("tells once that it is too much, and once that there is room again", async () => {
    const { inbound, onFull, onRoom } = make(100);
    for (let count = 0; count < 4; count++) inbound.add("");
    expect(onFull).toHaveBeenCalledTimes(1);
    expect(inbound.waitingBytes).toBe(4 * 32);

    await inbound.take(0);
    await inbound.take(0);
    expect(onRoom).toHaveBeenCalledTimes(0);
    await inbound.take(0);
    await inbound.take(0);
    expect(onRoom).toHaveBeenCalledTimes(1);
    expect(inbound.waitingBytes).toBe(0);
  });

  test("is forgotten by drop", async () => {
    const { inbound } = make();
    inbound.add("a");
    inbound.drop();

    expect(await inbound.take(0)).toBeUndefined();
    expect(inbound.waitingBytes).toBe(0);
  });
});

describe("a wait", () => {
  test("ends with CALL_TIMEOUT, and what comes later is the next one's", async () => {
    const { clock, inbound } = make();
    const late = inbound.take(50);
    clock.advance(50);
    await expect(late).rejects.toMatchObject({
      code: "CALL_TIMEOUT",
      message: "peer has sent nothing for 50 ms",
    });

    inbound.add("a");
    expect(await inbound.take(50)).toBe("a");
  });

  test("leaves no timer behind", async () => {
    const { clock, inbound } = make();
    const [one, other] = [inbound.take(50), inbound.take(50)];
    inbound.add("a");
    inbound.end(new CodedError("CONNECTION_LOST", "gone"));

    expect(await one).toBe("a");
    await expect(other).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(clock.pending).toBe(0);
  });
});
