// Timers: what it costs to arm, cancel and fire one.
// One wheel. Run: node bench/micro/kernel/timers.ts
// Invariant: no timer is left armed after a run.

import { TimerWheel } from "../../../src/kernel/timers.ts";
import { measure } from "../measure.ts";

const units = 1000;
const wheel = new TimerWheel(0);
let now = 0;
const ignore = (): void => {};

await measure("timer wheel, per timer", [
  {
    name: "arm and cancel, 30 s away",
    units,
    run: () => {
      for (let left = units; left > 0; left--) wheel.cancel(wheel.arm(0x100, left, 3000));
    },
  },
  {
    name: "arm and fire, 1 to 10 ticks away",
    units,
    run: () => {
      for (let left = units; left > 0; left--) wheel.arm(0x100, left, 1 + (left % 10));
      now = (now + 10) >>> 0;
      wheel.advance(now, ignore);
    },
  },
]);
