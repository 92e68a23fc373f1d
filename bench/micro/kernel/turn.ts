// Turn: what the kernel adds to a service's turn.
// One kernel, occupants that do nothing. Run: node bench/micro/kernel/turn.ts
// Invariant: the clock is the real one, since its cost is part of the turn.

import { Directory } from "../../../src/kernel/directory.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { NameTable } from "../../../src/kernel/names.ts";
import { TurnMemory, turnCompleted, type Occupant } from "../../../src/kernel/occupant.ts";
import { TurnMark } from "../../../src/kernel/turn-mark.ts";
import { limits } from "../../../wire/limits.ts";
import { turnMemoryBytes } from "../../../wire/turn-memory.ts";
import { frame } from "../../../test/kit/frames.ts";
import { measure } from "../measure.ts";
import { layout } from "./talkers.ts";

const directory = new Directory(1, Directory.memory());
const kernel = new Kernel({
  shard: 0,
  directory,
  names: new NameTable(),
  clock: {
    nowMs: () => performance.now(),
    nowTick: () => Math.floor(performance.now() / 10) >>> 0,
  },
  mark: new TurnMark(TurnMark.memory(1), 0),
  bounds: { depthMax: limits.mailboxDepthMax, bytesMax: limits.mailboxBytesMax },
  weight: 0,
  messageBytesMax: limits.messageBytesMax,
  linkTo: () => undefined,
  hooks: {
    onStarted: () => {},
    onEnded: () => {},
    onOverload: () => {},
    onFault: () => {},
    onInterrupted: () => {},
    onDebt: () => {},
    onMemLimit: () => {},
    ownStat: () => new Uint8Array(0),
  },
});

function add(): Uint32Array {
  const memory = new TurnMemory(new SharedArrayBuffer(turnMemoryBytes(layout)), layout);
  const occupant: Occupant = { memory, turn: () => turnCompleted };
  const { address } = kernel.add(
    directory.allocate(0),
    { name: "idle" },
    occupant,
    new Uint8Array(0),
  );
  return frame({ destination: address, body: new Uint8Array(40) });
}

const frames = Array.from({ length: 100 }, add);
kernel.burst(1000);

await measure("turn that does nothing, one frame of 64 bytes", [
  {
    name: "post and burst, 100 services",
    units: 100,
    run: () => {
      for (const words of frames) kernel.router.post(words, 0);
      kernel.burst(1000);
    },
  },
]);
