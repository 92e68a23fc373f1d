// Ring: what a frame costs from one shard's ring writer to the other's reader.
// Both ends on one thread: no wake-up, no cache misses between cores. Run: node
// bench/micro/link/ring.ts
// Invariant: every frame written in a run is read in it.

import { RingReader, ringMemory, RingWriter } from "../../../src/link/ring.ts";
import { frame } from "../../../test/kit/frames.ts";
import { measure, type Task } from "../measure.ts";

const ignore = (): void => {};

function across(bodyBytes: number, units: number): Task {
  const memory = ringMemory();
  const writer = new RingWriter(memory, ignore);
  const reader = new RingReader(memory);
  const words = frame({ session: 7, body: new Uint8Array(bodyBytes) });
  const length = words[0] as number;
  const run = (): void => {
    for (let left = units; left > 0; left--) writer.write(words, 0, length);
    let read = 0;
    while (read < units) {
      writer.pump();
      read += reader.read(ignore, 1024);
    }
  };
  return { name: `write and read, ${units} frames of ${length} bytes`, units, run };
}

await measure("ring, per frame", [
  across(8, 100),
  across(40, 100),
  across(400, 100),
  across(100_000, 1),
  across(1_000_000, 1),
]);
