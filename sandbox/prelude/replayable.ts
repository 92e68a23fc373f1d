// Replayable: time and chance of a recorded service, made of what its record holds, so that a
// replay sees the same. The entry of a bundle of its own: no other isolate has it.
// Guest. Called by engine/isolate.ts in a fresh realm, behind the prelude and ahead of any author
// code; the host sets the time before each turn.
// Invariant: what is read here depends on the seeds, the time of the turn and the number of reads,
// and on nothing else.

import { MathFloor, MathMax } from "../../wire/primordials.ts";
import { controlBytes, ControlWord } from "../../wire/turn-memory.ts";
import type { Constructor, ConstructorGuard } from "./constructors.ts";
import { wrapConstructor, wrapMethod } from "./wrapper.ts";

const { construct, defineProperty, getOwnPropertyDescriptor } = Reflect;

const world = globalThis as unknown as Record<string, object>;

/**
 * The clock stands still in a turn, but for this: code that waits for the clock to go on must come
 * to an end.
 */
const readsPerMs = 1000;
const secondMs = 1000;
const fractionUnit = 2 ** 53;
const wordUnit = 2 ** 32;

/** `stepMs`: no step of the clock is shorter. `seeds`: four 32-bit words. */
export function makeReplayable(
  memory: SharedArrayBuffer,
  stepMs: number,
  ...seeds: readonly number[]
): void {
  const now = makeClock(new Int32Array(memory, 0, controlBytes / 4), stepMs);
  const random = makeRandom(seeds);
  wrapMethod(Math, "random", () => random);
  const clock: ConstructorGuard = (original) => {
    return {
      call: () => (construct(original, [now()]) as Date).toString(),
      construct: (args, target) => construct(original, args.length === 0 ? [now()] : args, target),
    };
  };
  wrapMethod(world["Date"] as object, "now", () => now);
  const value = wrapConstructor(world["Date"] as Constructor, clock);
  defineProperty(world, "Date", { ...getOwnPropertyDescriptor(world, "Date"), value });
}

/** Epoch milliseconds. Never goes back. */
function makeClock(control: Int32Array, stepMs: number): () => number {
  let turnMs = 0;
  let reads = 0;
  let latestMs = 0;
  return () => {
    const seconds = (control[ControlWord.clockSeconds] as number) >>> 0;
    const timeMs = seconds * secondMs + (control[ControlWord.clockMs] as number);
    if (timeMs !== turnMs) {
      turnMs = timeMs;
      reads = 0;
    }
    latestMs = MathMax(latestMs, turnMs + MathFloor(++reads / readsPerMs));
    return MathFloor(latestMs / stepMs) * stepMs;
  };
}

/** The generator sfc32, two words of it for each number. */
function makeRandom(seeds: readonly number[]): () => number {
  let [a = 0, b = 0, c = 0, counter = 1] = seeds;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let rounds = 0; rounds < 12; rounds++) next();
  return () => (next() * (fractionUnit / wordUnit) + (next() >>> 11)) / fractionUnit;
}
