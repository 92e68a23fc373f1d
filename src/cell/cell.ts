// Cell: one process of untrusted services as the host knows it: its link, its pulse, its end.
// Main thread. Made and dropped by cells.ts.
// Invariant: from `stop` or its process's end on, no frame of it is read and none is written to it.

import { makeAddress, wellKnown, type ServiceAddress } from "../../wire/address.ts";
import type { LinkReader } from "../kernel/link.ts";
import type { ShardOptions } from "../shard/shard-options.ts";
import type { Shard } from "../shard/shard.ts";
import { CellLink, type Guard } from "./cell-link.ts";
import { CellProcess, type CellEnd } from "./cell-process.ts";
import type { Confinement } from "./confinement.ts";
import { Heartbeat } from "./heartbeat.ts";
import { pulseQuestion, type CellPulse } from "./pulse.ts";
import { residentBytes, waitedMs } from "./process-figures.ts";

export type CellSetting = {
  readonly shard: Shard;
  readonly tickZeroMs: number;
  readonly confinement: Confinement;
  readonly guard: Guard;
  readonly stallMs: number;
  readonly memoryMb: number;
};

/** Why a cell is no more, and in whose turn. */
export type CellLoss = CellEnd & { readonly blamed: ServiceAddress | undefined };

const startMs = 20_000;
const intervalMsMax = 100;
const readAheadBytesMax = 1024 * 1024;
const mib = 1024 * 1024;

export class Cell {
  readonly place: number;
  readonly control: ServiceAddress;
  readonly link: CellLink;
  /** For the shard: what it has read makes room for more. */
  readonly reader: LinkReader;
  readonly bornMs = performance.now();
  readonly #setting: CellSetting;
  readonly #process: CellProcess;
  readonly #heartbeat: Heartbeat;
  readonly #timer: NodeJS.Timeout;
  pulse: CellPulse = { beat: 0, services: 0, waiting: 0, rssKib: 0 };
  #isRead = true;

  constructor(place: number, setting: CellSetting, onLost: (loss: CellLoss) => void) {
    this.place = place;
    this.#setting = setting;
    const { shard, tickZeroMs, confinement, stallMs } = setting;
    const { node } = shard.options;
    this.control = makeAddress(node, wellKnown.shardControl + place);
    const options = cellOptions({ options: shard.options, stallMs });
    const order = { place, tickZeroMs, options };
    this.#process = new CellProcess(order, confinement, (end) => {
      clearInterval(this.#timer);
      onLost({ ...end, blamed: this.blamed });
    });
    const { pipe } = this.#process;
    this.link = new CellLink({
      shard,
      place,
      control: this.control,
      guard: setting.guard,
      sink: pipe,
      onPulse: (pulse) => {
        this.pulse = pulse;
        this.#heartbeat.answered(pulse.beat);
      },
      onBroken: (what) => this.kill(`it broke the frame format: ${what}`),
    });
    const { reader } = this.link;
    const resume = (): void => this.#resume();
    this.reader = {
      get isEmpty() {
        return reader.isEmpty;
      },
      read: (each, framesMax) => {
        const frames = reader.read(each, framesMax);
        resume();
        return frames;
      },
    };
    pipe.on("data", (chunk: Buffer) => this.#read(chunk));
    pipe.on("drain", () => shard.onWork());
    const intervalMs = Math.min(intervalMsMax, stallMs / 4);
    this.#heartbeat = new Heartbeat({ intervalMs, stallMs, startMs }, performance.now());
    this.#timer = setInterval(() => this.#look(), intervalMs);
    this.#timer.unref();
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** It has answered once. */
  get isReady(): boolean {
    return this.#heartbeat.isReady;
  }

  /** Whose code runs, or ran last; undefined: nobody's. */
  get blamed(): ServiceAddress | undefined {
    return this.#process.blame.read();
  }

  get rssBytes(): number {
    return residentBytes(this.pid) ?? this.pulse.rssKib * 1024;
  }

  kill(why: string): void {
    this.#process.kill(why);
  }

  #read(chunk: Buffer): void {
    const { shard } = this.#setting;
    this.link.reader.push(chunk);
    shard.onWork();
    // What the host does not get round to stays with the operating system, and then with the cell.
    if (this.link.reader.pendingBytes <= readAheadBytesMax) return;
    this.#process.pipe.pause();
    this.#isRead = false;
  }

  #resume(): void {
    if (this.#isRead || this.link.reader.pendingBytes > readAheadBytesMax) return;
    this.#isRead = true;
    this.#process.pipe.resume();
  }

  #look(): void {
    const { memoryMb } = this.#setting;
    const rssMb = this.rssBytes / mib;
    if (rssMb > memoryMb) {
      this.kill(`it used ${Math.round(rssMb)} MiB of ${memoryMb} (cellMemoryMb)`);
      return;
    }
    const look = this.#heartbeat.look(performance.now(), waitedMs(this.pid));
    if (look.kind === "ask") this.link.writePlain(pulseQuestion(look.beat));
    if (look.kind === "stalled") this.kill(`no answer for ${look.owedMs} ms (cellStallMs)`);
  }
}

/**
 * A cell's shard shares its time among owners, and ends what would make it look stalled. Field by
 * field: the host's options hold settings, paths and arguments that are nobody's business there,
 * nor that of whoever can read a command line.
 */
export function cellOptions(setting: {
  readonly options: ShardOptions;
  readonly stallMs: number;
}): ShardOptions {
  const { options, stallMs } = setting;
  const turnMs = Math.floor(stallMs / 2);
  const turnMsMax = options.turnMsMax === 0 ? turnMs : Math.min(options.turnMsMax, turnMs);
  return {
    node: options.node,
    startTimeMs: options.startTimeMs,
    callTimeoutMs: options.callTimeoutMs,
    turnMsMax,
    startMsMax: options.startMsMax,
    memoryMb: options.memoryMb,
    untrustedMemoryMb: options.untrustedMemoryMb,
    mailboxDepthMax: options.mailboxDepthMax,
    mailboxBytesMax: options.mailboxBytesMax,
    messageBytesMax: options.messageBytesMax,
    batchWeight: options.batchWeight,
    warmIsolates: options.warmIsolates,
    isolatesMax: options.isolatesMax,
    isFair: true,
  };
}
