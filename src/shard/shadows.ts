// Shadows: the patched copies that run beside services of one shard, or cell.
// One thread. Made with the control service; started by guest-services.ts in a service's own place.
// Invariant: all copies together have half of the thread's time at the most, in pieces of a few
// milliseconds.

import type { ServiceAddress } from "../../wire/address.ts";
import { formatAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import type { ShadowReport } from "../../wire/shadow-report.ts";
import type { ServiceIsolate } from "../engine/engine.ts";
import { bodyMsMax, type CreateOrder } from "./guest-services.ts";
import { Recorder, type ShadowOrder } from "./recorder.ts";
import { Shadow } from "./shadow.ts";
import type { Shard } from "./shard.ts";
import { stripTypes } from "./strip-types.ts";
import type { WarmPool } from "./warm-pool.ts";

type Open = { readonly shadow: Shadow; readonly recorder: Recorder; readonly endMs: number };

/** When a report is asked for: at once, behind the first turn of the copy, or at the end. */
export type ReportMoment = "now" | "begun" | "ended";

const pauseMs = 5;
const budgetMs = 4;

export class Shadows {
  readonly #shard: Shard;
  readonly #pool: WarmPool;
  /** Those that have ended, too: until another of the same service begins, or there are many. */
  readonly #all = new Map<number, Open>();
  #isPlaying = false;

  constructor(shard: Shard, pool: WarmPool) {
    this.#shard = shard;
    this.#pool = pool;
  }

  /** Ahead of a start. Fails with RECORDING_REFUSED, and SERVICE_LOAD_FAILED for the text. */
  refuse({ source }: ShadowOrder, file: string): void {
    const running = this.#running().length;
    if (running >= limits.shadowsMax) {
      const text = `${running} shadows are here (shadowsMax): end one with shadow stop`;
      throw new CodedError("RECORDING_REFUSED", text);
    }
    stripTypes(source, file);
  }

  /** The recorder of the service at this address, which feeds its copy from its body on. */
  start(
    { address, terms, file }: CreateOrder,
    isolate: ServiceIsolate,
    order: ShadowOrder,
  ): Recorder {
    const { options, mark, clock } = this.#shard;
    const sliced = { ...terms, sliceMs: terms.sliceMs || limits.shadowTurnMsMax };
    const service = address as ServiceAddress;
    const say = (level: "info" | "warn", text: string): void =>
      this.#shard.log(level, service, `SHADOW ${text}`);
    const shadow: Shadow = new Shadow({
      address,
      terms: sliced,
      engine: this.#pool.engine,
      mark,
      source: stripTypes(order.source, file),
      loadMsMax: bodyMsMax(options, { ...sliced, isTrusted: false }),
      nowMs: clock.nowMs,
      originalCpuMs: () => isolate.cpuMs(),
      onDifference: ({ input, frame, original, copy }) =>
        say("warn", `differs at input ${input}, frame ${frame}: ${original} - ${copy}`),
      onEnded: (why) => {
        const { inputs, compared, different } = shadow.report();
        say("info", `has ended: ${why}; ${inputs} inputs, ${different} of ${compared} differ`);
      },
    });
    const recorder = new Recorder({
      isolate,
      order: { seeds: order.seeds, bytesMax: Infinity },
      epochMs: () => Date.now(),
      send: (bytes, isLast) => shadow.push(bytes, isLast),
    });
    this.#all.get(address)?.shadow.end("another one has begun");
    this.#all.delete(address);
    this.#all.set(address, { shadow, recorder, endMs: clock.nowMs() + order.msMax });
    this.#forgetOldest();
    if (!this.#isPlaying) setTimeout(() => this.#play(), pauseMs);
    this.#isPlaying = true;
    return recorder;
  }

  #running(): Open[] {
    return [...this.#all.values()].filter(({ shadow }) => !shadow.isOver);
  }

  #forgetOldest(): void {
    const over = [...this.#all].filter(([, { shadow }]) => shadow.isOver);
    for (const [address] of over.slice(0, -limits.shadowsMax)) this.#all.delete(address);
  }

  #play(): void {
    const { nowMs } = this.#shard.clock;
    const startMs = nowMs();
    for (const { shadow, recorder, endMs } of this.#running()) {
      if (startMs >= endMs) recorder.end("its time is over");
      if (shadow.isIdle) recorder.sendSoFar();
      shadow.play(budgetMs);
      if (shadow.isOver) recorder.end("the shadow has ended");
    }
    this.#isPlaying = this.#running().length > 0;
    const restMs = Math.max(pauseMs, nowMs() - startMs);
    if (this.#isPlaying) setTimeout(() => this.#play(), restMs);
  }

  reports(): ShadowReport[] {
    return Array.from(this.#all.values(), ({ shadow }) => shadow.report());
  }

  /** Fails with RECORDING_REFUSED. */
  async report(address: ServiceAddress, moment: ReportMoment): Promise<ShadowReport> {
    const { shadow } = this.#find(address);
    if (moment === "begun") await shadow.begun;
    if (moment === "ended") await shadow.ended;
    return shadow.report();
  }

  /** The copy has what the service has had until now. Fails with RECORDING_REFUSED. */
  stop(address: ServiceAddress): Promise<ShadowReport> {
    this.#find(address).recorder.end("shadow stop");
    return this.report(address, "ended");
  }

  endAll(why: string): void {
    for (const { shadow } of this.#running()) shadow.end(why);
  }

  #find(address: ServiceAddress): Open {
    const open = this.#all.get(address);
    if (open !== undefined) return open;
    throw new CodedError("RECORDING_REFUSED", `${formatAddress(address)} has no shadow`);
  }
}
