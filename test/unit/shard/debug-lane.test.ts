// Debug lane: how a debugger is left: by a turn that ends, one that is interrupted, and one that
// nothing ends. With a fake isolate and fake time; real ones are in test/integration/devtools.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../../wire/limits.ts";
import type { TurnResult } from "../../../src/kernel/occupant.ts";
import { DebugLane } from "../../../src/shard/debug-lane.ts";

type Parts = ConstructorParameters<typeof DebugLane>;

/** A service under a debugger, whose turn ends when `turn` is settled. */
async function makeLane() {
  const turn = Promise.withResolvers<TurnResult>();
  const done: string[] = [];
  const record = { address: 0x0100_0102, state: "running", isInTurn: false, holds: 0 };
  const kernel = {
    hold: () => record.holds++,
    release: () => record.holds--,
    finish: (_: unknown, { kind }: TurnResult) => done.push(`finished: ${kind}`),
    abandon: (_: unknown, code: string, text: string) => {
      record.state = "ended";
      done.push(`ended: ${code}: ${text}`);
    },
    collect: () => false,
  };
  const session = {
    isPaused: false,
    isQuiet: true,
    isDropped: false,
    isNearLimit: () => Promise.resolve(false),
    ask: (method: string) => {
      if (method === "Runtime.terminateExecution") done.push("interrupted");
      return Promise.resolve({});
    },
    end: () => {
      done.push("session ended");
      return Promise.resolve();
    },
  };
  const isolate = {
    memory: { control: new Int32Array(16) },
    heap: () => ({ limitBytes: 1e9 }),
    debug: () => Promise.resolve(session),
    laneTurn: () => turn.promise,
    dispose: () => done.push("disposed"),
  };
  const guest = { record, isolate, work: Promise.resolve(), debugger: undefined };
  const lane = new DebugLane(
    { kernel, onWork: () => {} } as unknown as Parts[0],
    { watch: () => {} } as unknown as Parts[1],
    guest as unknown as Parts[2],
    { who: "test", pauseMsMax: 60_000, onMessage: () => {}, onClosed: () => {} },
  );
  await lane.open();
  return { lane, turn, done, record };
}

describe("a debugger that leaves in mid-turn", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("waits for the turn that ends by itself", async () => {
    const { lane, turn, done, record } = await makeLane();
    lane.turn();
    const left = lane.close("detached");
    await vi.advanceTimersByTimeAsync(200);
    turn.resolve({ kind: "completed" });
    await left;

    expect(done).toEqual(["finished: completed", "session ended"]);
    expect(record).toMatchObject({ state: "running", holds: 0 });
  });

  test("interrupts one that goes on", async () => {
    const { lane, turn, done } = await makeLane();
    lane.turn();
    const left = lane.close("detached");
    await vi.advanceTimersByTimeAsync(500);
    expect(done).toContain("interrupted");
    turn.resolve({ kind: "interrupted" });
    await left;

    expect(done.slice(-2)).toEqual(["finished: interrupted", "session ended"]);
  });

  test("ends the service when nothing ends the turn, once, and lets the session go behind it", async () => {
    const { lane, turn, done, record } = await makeLane();
    lane.turn();
    const left = lane.close("detached");
    await vi.advanceTimersByTimeAsync(limits.debugLeaveMsMax * 3);
    const without = done.filter((what) => what !== "interrupted");
    expect(without).toEqual([expect.stringMatching(/^ended: SLICE_EXCEEDED: .*debugLeaveMsMax/)]);
    turn.resolve({ kind: "completed" });
    await left;

    expect(done.filter((what) => what !== "interrupted").slice(1)).toEqual(["session ended"]);
    expect(record).toMatchObject({ state: "ended", holds: 0 });
  });
});
