// Isolated engine: makes isolates for one shard and watches over them.
// One shard's thread. Made by the shard; counts against the ceiling of the whole process.
// Invariant: every isolate made is counted until it is disposed.

import type { IsolateCount } from "./ceiling.ts";
import { Bundle } from "./bundle.ts";
import type { Engine, IsolateTrust, ServiceIsolate } from "./engine.ts";
import { IsolatedService } from "./isolate.ts";
import { Warden } from "./warden.ts";

export type EngineParts = {
  readonly mark: Int32Array;
  readonly count: IsolateCount;
  readonly turnMsMax: number;
};

export class IsolatedEngine implements Engine {
  readonly #parts: EngineParts;
  readonly #bundle = new Bundle("runtime");
  #prelude: Bundle | undefined;
  #replayable: Bundle | undefined;
  readonly #warden: Warden;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#warden = new Warden(parts.mark, parts.turnMsMax);
  }

  create(memoryMb: number, { isTrusted }: IsolateTrust = { isTrusted: true }): IsolatedService {
    const { count, mark } = this.#parts;
    const prelude = isTrusted ? undefined : (this.#prelude ??= new Bundle("prelude"));
    count.take();
    try {
      return new IsolatedService({
        bundle: this.#bundle,
        prelude,
        memoryMb,
        mark,
        onDisposed: () => count.give(),
      });
    } catch (error) {
      count.give();
      throw error;
    }
  }

  /** Makes an isolate's time and chance those of a record; before its `load`. */
  makeReplayable(service: IsolatedService, stepMs: number, seeds: readonly number[]): void {
    service.makeReplayable((this.#replayable ??= new Bundle("replayable")), stepMs, seeds);
  }

  watch(address: number, isolate: ServiceIsolate): void {
    if (isolate instanceof IsolatedService) this.#warden.add(address, isolate.isolate);
  }

  unwatch(address: number): void {
    this.#warden.remove(address);
  }

  stop(): Promise<void> {
    return this.#warden.stop();
  }
}
