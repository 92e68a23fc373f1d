// Coarse clock: the time of day as an untrusted service reads it, in steps of the host's tick.
// Guest, untrusted isolates only. Used by guards.ts and constructors.ts.
// Invariant: no step is shorter than 10 ms, the precision that every service has anyway (now()).

import { MathFloor } from "../../wire/primordials.ts";
import type { Guard } from "./guard.ts";

const stepMs = 10;
// oxlint-disable-next-line no-restricted-properties -- the clock that authors get is made of it
const { now } = Date;

/** Epoch milliseconds, rounded down. */
export function coarseNow(): number {
  return MathFloor(now() / stepMs) * stepMs;
}

export const coarse: Guard = () => coarseNow;
