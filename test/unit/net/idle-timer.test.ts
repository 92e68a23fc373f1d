// Idle timer: when silence is noticed.

import { describe, expect, test, vi } from "vitest";
import { IdleTimer } from "../../../src/net/idle-timer.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";

function idling(idleMs: number) {
  const clock = new FakeNetClock();
  const onIdle = vi.fn();
  return { clock, onIdle, timer: new IdleTimer({ clock, idleMs, onIdle }) };
}

describe("idle timer", () => {
  test("tells after idleMs of silence, once", () => {
    const { clock, onIdle } = idling(100);

    clock.advance(99);
    expect(onIdle).not.toHaveBeenCalled();
    clock.advance(1000);

    expect(onIdle).toHaveBeenCalledOnce();
  });

  test("counts from the last touch", () => {
    const { clock, onIdle, timer } = idling(100);

    clock.advance(70);
    timer.touch();
    clock.advance(99);
    expect(onIdle).not.toHaveBeenCalled();
    clock.advance(1);

    expect(onIdle).toHaveBeenCalledOnce();
  });

  test("is silent once stopped, and leaves no timer behind", () => {
    const { clock, onIdle, timer } = idling(100);

    timer.stop();
    clock.advance(500);

    expect(onIdle).not.toHaveBeenCalled();
    expect(clock.pending).toBe(0);
  });

  test("never tells when idleMs is 0", () => {
    const { clock } = idling(0);

    expect(clock.pending).toBe(0);
  });
});
