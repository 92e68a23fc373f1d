// Ring: any sizes, any interleaving of its two ends.
// Property test of src/link/ring.ts. fast-check prints the seed and the shortest failing run.
// Invariant: what was read is a prefix of what was written, byte for byte, and all of it in the
// end.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RingReader, ringMemory, RingWord, RingWriter } from "../../src/link/ring.ts";
import { frame, seeFrame, type SeenFrame } from "../kit/frames.ts";

type Step =
  | { readonly kind: "write"; readonly bodyBytes: number }
  | { readonly kind: "read"; readonly framesMax: number }
  | { readonly kind: "pump" };

const ringBytes = 1024;

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("write"), bodyBytes: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("write"), bodyBytes: fc.nat(3000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("read"), framesMax: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pump") }) },
) as fc.Arbitrary<Step>;

/** Each frame has its number as session, and a body that follows from it. */
function numbered(session: number, bodyBytes: number): Uint32Array {
  return frame({ session, body: new Uint8Array(bodyBytes).fill((session * 37) & 0xff) });
}

function isIntact(seen: SeenFrame, bodyBytes: number | undefined): boolean {
  const byte = (seen.session * 37) & 0xff;
  return seen.body.length === bodyBytes && seen.body.every((other) => other === byte);
}

test("what one end of a ring writes the other reads, whole, once and in order", () => {
  const counters = fc.constantFrom(0, 0x7fff_ffc0, -64, -1);

  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), counters, (steps, counter) => {
      const memory = ringMemory(ringBytes);
      const state = new Int32Array(memory);
      state[RingWord.head] = counter;
      state[RingWord.tail] = counter;
      const writer = new RingWriter(memory, () => {});
      const reader = new RingReader(memory);
      const written: number[] = [];
      const seen: SeenFrame[] = [];
      let excess = 0;
      const read = (framesMax: number): number =>
        reader.read((words, at) => seen.push(seeFrame(words, at)), framesMax);

      for (const each of steps) {
        if (each.kind === "write") {
          written.push(each.bodyBytes);
          const words = numbered(written.length, each.bodyBytes);
          writer.write(words, 0, words[0] as number);
        } else if (each.kind === "pump") {
          writer.pump();
        } else {
          excess = Math.max(excess, read(each.framesMax) - each.framesMax);
        }
      }
      for (let round = 0; seen.length < written.length && round < 1000; round++) {
        read(1000);
        writer.pump();
      }

      expect(seen.map(({ session }) => session)).toEqual(written.map((_, index) => index + 1));
      expect(seen.every((each, index) => isIntact(each, written[index]))).toBe(true);
      expect([reader.isEmpty, writer.hasBacklog, excess]).toEqual([true, false, 0]);
    }),
    { numRuns: 400 },
  );
});
