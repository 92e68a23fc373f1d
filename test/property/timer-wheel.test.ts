// Timer wheel: against a sorted list.
// Property test of src/kernel/timers.ts. fast-check prints the seed and the shortest failing run.
// Invariant: the list is sorted by due tick, and by the order of arming within a tick.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TimerWheel, type Timer } from "../../src/kernel/timers.ts";

type Step =
  | { readonly kind: "arm"; readonly delay: number; readonly lag: number }
  | { readonly kind: "cancel"; readonly which: number }
  | { readonly kind: "advance"; readonly ticks: number }
  | { readonly kind: "sleep" };

const ticks = fc.oneof(fc.nat(10), fc.nat(600), fc.nat(40_000), fc.nat(3_000_000));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("arm"), delay: ticks, lag: fc.nat(300) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel"), which: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("advance"), ticks }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sleep") }) },
) as fc.Arbitrary<Step>;

/** Ticks since the start, without the wrap at 2^32. */
type Planned = { readonly due: number; readonly session: number; readonly timer: Timer };

test("a timer wheel fires what a sorted list would, when it would", () => {
  const starts = fc.constantFrom(0, 255, 1_000_003, 0x7fff_fff0, 0xffff_ff00, 0xffff_ffff);

  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), starts, (steps, start) => {
      const wheel = new TimerWheel(start);
      let planned: Planned[] = [];
      let passed = 0;
      let armed = 0;
      let overslept = false;

      const advance = (by: number): void => {
        passed += by;
        const fired: number[] = [];
        wheel.advance((start + passed) >>> 0, (timer) => fired.push(timer.session));
        const due = planned.filter((each) => each.due <= passed);
        due.sort((one, other) => one.due - other.due || one.session - other.session);
        planned = planned.filter((each) => each.due > passed);
        expect(fired).toEqual(due.map(({ session }) => session));
      };

      for (const each of steps) {
        if (each.kind === "arm") {
          const nowTick = (start + passed + each.lag) >>> 0;
          const timer = wheel.arm(0x100, ++armed, each.delay, nowTick);
          const due = passed + each.lag + Math.max(1, each.delay);
          planned.push({ due, session: armed, timer });
        } else if (each.kind === "cancel" && planned.length > 0) {
          const [gone] = planned.splice(each.which % planned.length, 1) as [Planned];
          wheel.cancel(gone.timer);
        } else if (each.kind === "advance") {
          advance(each.ticks);
        } else if (each.kind === "sleep") {
          const next = wheel.ticksToNext();
          const soonest = Math.min(...planned.map(({ due }) => due)); // Infinity when there is none
          overslept ||= passed + (next ?? Number.POSITIVE_INFINITY) > soonest;
          advance(next ?? 0);
        }
        expect(wheel.armed).toBe(planned.length);
      }
      advance(4_000_000);
      expect([wheel.armed, wheel.ticksToNext(), overslept]).toEqual([0, undefined, false]);
    }),
    { numRuns: 300 },
  );
});
