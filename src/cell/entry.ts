// Entry: the main module of a cell's process: one shard of untrusted services, and the pipe to its
// node. Bundled to build/cell/cell.mjs, since the process may read nothing else.
// Invariant: when the node is gone the process ends, whatever its services do.

import { Socket } from "node:net";
import { FrameWord } from "../../wire/frame.ts";
import { formatAddress, wellKnown, type ServiceAddress } from "../../wire/address.ts";
import { IsolateCount } from "../engine/ceiling.ts";
import { IsolatedEngine } from "../engine/isolated-engine.ts";
import { MarkWord } from "../kernel/turn-mark.ts";
import { PipeReader, PipeWriter } from "../link/pipe.ts";
import { control } from "../shard/control.ts";
import { GuestServices } from "../shard/guest-services.ts";
import { IdleCollector } from "../shard/idle-collector.ts";
import { Loop } from "../shard/loop.ts";
import { ShardLinks } from "../shard/shard-links.ts";
import { Shard } from "../shard/shard.ts";
import { stripTypes } from "../shard/strip-types.ts";
import { WarmPool } from "../shard/warm-pool.ts";
import { BlameMark } from "./blame-mark.ts";
import { CellDirectory } from "./cell-directory.ts";
import { CellDescriptor, type CellOrder } from "./cell-order.ts";
import { CellPrograms } from "./cell-programs.ts";
import { departures } from "./departures.ts";
import { isPulse, pulseAnswer, readPulse } from "./pulse.ts";

const frameSlackBytes = 1024; // a name before the body
const kib = 1024;

/** Runs the cell until its node is gone. */
export async function runCell({ place, tickZeroMs, options }: CellOrder): Promise<void> {
  // The last signal of a CPU profile may arrive when V8 has taken its handler away.
  process.on("SIGPROF", () => {});
  stripTypes("", "warm-up.ts"); // loads the stripper: its first use takes a fifth of a second
  const socket = new Socket({ fd: CellDescriptor.pipe, readable: true, writable: true });
  const writer = new PipeWriter(socket);
  const reader = new PipeReader(options.messageBytesMax + frameSlackBytes, die);
  const directory = new CellDirectory(options.node, place);
  const mark = new BlameMark(CellDescriptor.mark);
  const links = new ShardLinks();
  const ground = { index: place, directory, mark, links, tickZeroMs, confines: true } as const;
  const shard = new Shard(ground, options);
  links.add(0, { writer, reader, onFrame: fromNode(shard, writer) });
  socket.on("data", (chunk: Buffer) => {
    reader.push(chunk);
    shard.onWork();
  });
  socket.on("drain", () => shard.onWork());
  socket.on("error", die);
  socket.on("close", die);
  startServices(shard);
  await new Loop(shard, new SharedArrayBuffer(4), { spins: false }).run();
}

function startServices(shard: Shard): void {
  const { options, mark, directory, index } = shard;
  const count = new IsolateCount(new SharedArrayBuffer(4), options.isolatesMax);
  const engine = new IsolatedEngine({ mark: mark.words, count, turnMsMax: options.turnMsMax });
  const { warmIsolates, untrustedMemoryMb: memoryMb } = options;
  const pool = new WarmPool(engine, { memoryMb, warmIsolates, isTrusted: false });
  const address = directory.occupy(wellKnown.shardControl + index, index);
  shard.addHostService(address, `control.${index}`, (service) => {
    const programs = new CellPrograms(service.api, options.node, (who) => mark.blame(who));
    const guests = new GuestServices(shard, pool, programs);
    control(shard, guests, service, departures(shard, service));
    new IdleCollector(shard, guests).start();
  });
  pool.refillSoon();
}

/** Takes the frames of the node: its questions, and messages to services that are here. */
function fromNode(shard: Shard, writer: PipeWriter): (words: Uint32Array, at: number) => void {
  const { kernel, directory, index } = shard;
  return (words, at) => {
    if (isPulse(words, at)) {
      const { beat } = readPulse(words, at);
      const answer = pulseAnswer({ beat, ...figures(shard) });
      writer.write(answer, 0, answer[0] as number);
      return;
    }
    const destination = words[at + FrameWord.destination] as ServiceAddress;
    if (directory.shardOf(destination) === index) {
      kernel.router.post(words, at);
    } else {
      // Never back to the node, which believes that the service is here.
      const text = `service ${formatAddress(destination)} has ended`;
      kernel.router.refuse(words, at, "ADDRESS_DEAD", text);
    }
  };
}

function figures({ mark, kernel }: Shard): { services: number; waiting: number; rssKib: number } {
  return {
    services: kernel.services.size,
    waiting: mark.words[MarkWord.load] as number,
    rssKib: Math.round(process.memoryUsage.rss() / kib),
  };
}

/** An orderly exit would wait for isolates that run. */
function die(): void {
  process.kill(process.pid, "SIGKILL");
}

await runCell(JSON.parse(process.argv[2] as string) as CellOrder);
