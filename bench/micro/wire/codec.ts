// Codec: what it costs to pack and unpack a body, beside msgpackr and JSON.
// Ours over shared memory, as in an isolate; the others in the way that is fastest for them.
// Run: node bench/micro/wire/codec.ts
// Invariant: every task unpacks what it packed, and each body is packed and unpacked by all three.

import { Packr } from "msgpackr";
import { decode, encodeInto } from "../../../wire/codec.ts";
import { measure, type Task } from "../measure.ts";

const bodies: Readonly<Record<string, readonly unknown[]>> = {
  '["get", 42]': ["get", 42],
  '["echo", "hello world"]': ["echo", "hello world"],
  "a player, nested": [
    {
      id: 1001,
      name: "player",
      pos: { x: 1.5, y: 2.5, z: 3.5 },
      items: [1, 2, 3, 4, 5, 6, 7, 8],
      buff: [
        { id: 1, t: 10 },
        { id: 2, t: 20 },
      ],
    },
  ],
  "1000 doubles": [Array.from({ length: 1000 }, (_, index) => index / 7)],
  "200 texts": [Array.from({ length: 200 }, (_, index) => `unit ${index} is ready`)],
};

const at = 88; // behind the control words and a frame's header
const shared = new Uint8Array(new SharedArrayBuffer(64 * 1024));
const packr = new Packr({ useRecords: false });

/** Round trips in one call of `run`: a single one is shorter than the clock's step. */
const units = 100;

const tasks: Task[] = [];
for (const [name, body] of Object.entries(bodies)) {
  const ways: Record<string, () => unknown> = {
    "isonet, pack": () => encodeInto(body, shared, at),
    "isonet, both": () => decode(shared, at, encodeInto(body, shared, at)),
    "msgpackr, both": () => packr.unpack(packr.pack(body)),
    "JSON, both": () => JSON.parse(JSON.stringify(body)),
  };
  for (const [way, roundTrip] of Object.entries(ways)) {
    const run = (): void => {
      for (let count = 0; count < units; count++) roundTrip();
    };
    tasks.push({ name: `${name}: ${way}`, units, run });
  }
}
await measure("values -> bytes -> values, per body", tasks);
