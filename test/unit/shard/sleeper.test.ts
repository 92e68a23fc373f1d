// Sleeper: who and what ends a sleep, once and many times over.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MarkWord } from "../../../src/kernel/turn-mark.ts";
import { Sleeper, wakeShard } from "../../../src/shard/sleeper.ts";

const long = 60_000;
const idle = (): boolean => false;

let mark: Int32Array;
let sleeper: Sleeper;

beforeEach(() => {
  vi.useFakeTimers();
  mark = new Int32Array(new SharedArrayBuffer(64 * 4));
  sleeper = new Sleeper(mark);
});

afterEach(() => {
  vi.useRealTimers();
});

/** Whether the sleep is over when all that was due has been done. */
async function isOver(sleep: Promise<void>): Promise<boolean> {
  const over = sleep.then(() => true);
  await vi.advanceTimersByTimeAsync(0);
  return Promise.race([over, Promise.resolve(false)]);
}

describe("a sleep", () => {
  test("ends by an event of its own thread, however often", async () => {
    for (let left = 100; left > 0; left--) {
      const sleep = sleeper.sleep(long, idle);
      expect(mark[MarkWord.asleep]).toBe(1);
      sleeper.wakeHere();
      await sleep;
      expect(mark[MarkWord.asleep]).toBe(0);
    }
  });

  test("ends by another thread, also behind sleeps that ended otherwise", async () => {
    for (let left = 100; left > 0; left--) {
      const own = sleeper.sleep(long, idle);
      sleeper.wakeHere();
      await own;
      const other = sleeper.sleep(long, idle);
      wakeShard(mark);
      await other;
    }

    expect(mark[MarkWord.asleep]).toBe(0);
  });

  test("is none while there is work, or no time", async () => {
    await sleeper.sleep(long, () => true);
    await sleeper.sleep(0, idle);

    expect(mark[MarkWord.asleep]).toBe(0);
  });

  test("ends after its time, and not before, whatever the sleeps before it were to be", async () => {
    for (const ms of [50, 1000, 20]) {
      const cut = sleeper.sleep(ms, idle);
      sleeper.wakeHere();
      await cut;
    }
    const sleep = sleeper.sleep(10, idle);
    await vi.advanceTimersByTimeAsync(9);
    expect(await isOver(sleep)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);

    expect(await isOver(sleep)).toBe(true);
  });

  test("has no alarm later than its time: one that is left over ends it sooner", async () => {
    const cut = sleeper.sleep(5, idle);
    sleeper.wakeHere();
    await cut;
    const sleep = sleeper.sleep(long, idle);
    await vi.advanceTimersByTimeAsync(5);

    expect(await isOver(sleep)).toBe(true);
  });
});
