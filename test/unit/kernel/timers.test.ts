// Timers: the wheel of 10 ms ticks.
// Unit test of src/kernel/timers.ts; the model test is test/property/timer-wheel.test.ts.
// Invariant: a timer's session says which one it is.

import { describe, expect, test } from "vitest";
import { TimerWheel } from "../../../src/kernel/timers.ts";

type Fired = { readonly session: number; readonly tick: number };

/** Goes on tick by tick and notes when each timer fires. */
function run(wheel: TimerWheel, from: number, ticks: number): Fired[] {
  const fired: Fired[] = [];
  for (let passed = 1; passed <= ticks; passed++) {
    const tick = (from + passed) >>> 0;
    wheel.advance(tick, (timer) => fired.push({ session: timer.session, tick }));
  }
  return fired;
}

/** Goes to a tick in one step. */
function jump(wheel: TimerWheel, tick: number): number[] {
  const fired: number[] = [];
  wheel.advance(tick, (timer) => fired.push(timer.session));
  return fired;
}

const service = 0x100;

describe("timer wheel", () => {
  test.each([1, 2, 255, 256, 257, 1000])("fires after exactly %i ticks", (delay) => {
    const wheel = new TimerWheel(1234);
    wheel.arm(service, 7, delay);

    expect(run(wheel, 1234, delay + 300)).toEqual([{ session: 7, tick: 1234 + delay }]);
    expect(wheel.armed).toBe(0);
  });

  test.each([
    ["level 0", 2 ** 8],
    ["level 1", 2 ** 14],
    ["level 2", 2 ** 20],
    ["level 3", 2 ** 26],
  ])("fires on its tick from %s", (_level, span) => {
    for (const delay of [span - 1, span, span + 1, 3 * span + 5]) {
      const start = 1_000_003;
      const wheel = new TimerWheel(start);
      wheel.arm(service, 7, delay);

      expect(jump(wheel, start + delay - 1)).toEqual([]);
      expect(jump(wheel, start + delay)).toEqual([7]);
    }
  });

  test("takes a delay below one tick as one tick", () => {
    const wheel = new TimerWheel(10);
    wheel.arm(service, 7, 0);

    expect(jump(wheel, 10)).toEqual([]);
    expect(jump(wheel, 11)).toEqual([7]);
  });

  test("counts the delay from the tick it is told, which is ahead of the wheel in a long burst", () => {
    const wheel = new TimerWheel(10);
    wheel.arm(service, 7, 3, 15);

    expect(jump(wheel, 17)).toEqual([]);
    expect(jump(wheel, 18)).toEqual([7]);
  });

  test("fires across the wrap of the tick counter", () => {
    const start = 0xffff_fff0;
    const wheel = new TimerWheel(start);
    for (const delay of [15, 16, 17, 300, 20_000]) wheel.arm(service, delay, delay);

    const fired = run(wheel, start, 20_100);

    expect(fired.map(({ session }) => session)).toEqual([15, 16, 17, 300, 20_000]);
    for (const { session, tick } of fired) expect(tick).toBe((start + session) >>> 0);
  });

  test("fires timers of one tick in the order they were armed, however far ahead each was", () => {
    const wheel = new TimerWheel(0);
    wheel.arm(service, 1, 1000);
    jump(wheel, 500);
    wheel.arm(service, 2, 500);
    jump(wheel, 760); // within 256 ticks of the due tick, and on another round of the near wheel
    wheel.arm(service, 3, 240);
    jump(wheel, 990);
    wheel.arm(service, 4, 10);

    expect(jump(wheel, 1000)).toEqual([1, 2, 3, 4]);
  });

  test("fires timers of several ticks in the order of the ticks when it lags", () => {
    const wheel = new TimerWheel(0);
    wheel.arm(service, 1, 30);
    wheel.arm(service, 2, 10);
    wheel.arm(service, 3, 20);

    expect(jump(wheel, 5000)).toEqual([2, 3, 1]);
  });

  test("does not fire a timer that was cancelled, on any level", () => {
    const wheel = new TimerWheel(0);
    const timers = [5, 500, 50_000, 5_000_000].map((delay) => wheel.arm(service, delay, delay));
    wheel.arm(service, 6, 6);

    for (const timer of timers) wheel.cancel(timer);

    expect(wheel.armed).toBe(1);
    expect(jump(wheel, 6_000_000)).toEqual([6]);
  });

  test("cancels a timer after it came down a level", () => {
    const wheel = new TimerWheel(0);
    const timer = wheel.arm(service, 1, 20_000);
    jump(wheel, 19_990);

    wheel.cancel(timer);

    expect(jump(wheel, 20_010)).toEqual([]);
  });

  test("ignores the cancelling of a timer that has fired or was cancelled", () => {
    const wheel = new TimerWheel(0);
    const [fired, cancelled] = [wheel.arm(service, 1, 1), wheel.arm(service, 2, 9)];
    wheel.arm(service, 3, 5);
    jump(wheel, 1);

    wheel.cancel(fired);
    wheel.cancel(cancelled);
    wheel.cancel(cancelled);

    expect(wheel.armed).toBe(1);
  });

  test("lets a timer that fires arm and cancel others", () => {
    const wheel = new TimerWheel(0);
    const later = wheel.arm(service, 2, 3);
    wheel.arm(service, 1, 3);
    wheel.cancel(later);
    const third = wheel.arm(service, 3, 3);
    const fired: number[] = [];

    wheel.advance(10, (timer) => {
      fired.push(timer.session);
      if (timer.session !== 1) return;
      wheel.cancel(third);
      wheel.arm(service, 4, 2);
    });

    expect(fired).toEqual([1, 4]);
  });

  test("ignores a tick of the past", () => {
    const wheel = new TimerWheel(100);
    wheel.arm(service, 1, 5);

    expect(jump(wheel, 90)).toEqual([]);
    expect(jump(wheel, 105)).toEqual([1]);
  });

  test("catches up with an idle stretch in one step", () => {
    const wheel = new TimerWheel(0);
    jump(wheel, 0x7fff_0000); // a loop over two thousand million ticks would time the test out
    wheel.arm(service, 1, 2);

    expect(jump(wheel, 0x7fff_0001)).toEqual([]);
    expect(jump(wheel, 0x7fff_0002)).toEqual([1]);
  });
});

describe("ticksToNext", () => {
  test("is undefined when no timer is armed", () => {
    expect(new TimerWheel(5).ticksToNext()).toBeUndefined();
  });

  test("is the distance to a near timer", () => {
    const wheel = new TimerWheel(256);
    wheel.arm(service, 1, 41);
    wheel.arm(service, 2, 17);

    expect(wheel.ticksToNext()).toBe(17);
  });

  test("never lies behind the next timer, and gets there in few steps", () => {
    const wheel = new TimerWheel(77);
    wheel.arm(service, 1, 3000);
    let now = 77;
    let steps = 0;

    while (wheel.armed > 0) {
      now += wheel.ticksToNext() as number;
      jump(wheel, now);
      steps++;
    }

    expect(now).toBe(3077);
    expect(steps).toBeLessThanOrEqual(Math.ceil(3000 / 256) + 1);
  });
});
