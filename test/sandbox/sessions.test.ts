// Sessions: one counter for calls, timers and genId, which skips the numbers in use after it has
// wrapped.

import { describe, expect, test } from "vitest";
import { Threads } from "../../sandbox/threads.ts";
import { Wait } from "../../sandbox/wait.ts";
import { Waits } from "../../sandbox/waits.ts";
import { nextSession, sessionMax } from "../../wire/session.ts";

function open(waits: Waits): number {
  const parts = { destination: 1, kind: 10, thread: undefined, isAwaited: true, sinceTick: 0 };
  const settle = { resolve: () => {}, reject: () => {}, settler: () => {} };
  const wait = new Wait(parts, () => undefined, settle);
  waits.open(wait);
  return wait.session;
}

const control = new Int32Array(16);

describe("sessions", () => {
  test("count from 1", () => {
    const waits = new Waits(new Threads(control), control);

    expect([open(waits), waits.nextSession(), open(waits)]).toEqual([1, 2, 3]);
  });

  test("go on at 1 after the largest, and skip those that are waited on", () => {
    const waits = new Waits(new Threads(control), control, 5);
    const before = [open(waits), open(waits), open(waits), open(waits), open(waits)];
    waits.take(2);
    waits.take(5);

    expect(before).toEqual([1, 2, 3, 4, 5]);
    expect([open(waits), open(waits)]).toEqual([2, 5]);
    waits.take(3);
    expect([waits.nextSession(), waits.nextSession()]).toEqual([3, 3]);
  });

  test("of a later life at one address begin where the host says", () => {
    const waits = new Waits(new Threads(control), control);
    waits.beginAfter(1000);

    expect([open(waits), open(waits)]).toEqual([1001, 1002]);
  });

  test("are 31 bits wide", () => {
    expect(sessionMax).toBe(2 ** 31 - 1);
    expect([nextSession(sessionMax - 1), nextSession(sessionMax)]).toEqual([sessionMax, 1]);
  });
});
