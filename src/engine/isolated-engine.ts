// Isolated engine: makes isolates for one shard and watches over them.
// One shard's thread. Made by the shard; counts against the ceiling of the whole process.
// Invariant: every isolate made is counted until it is disposed.

import type { IsolateCount } from "./ceiling.ts";
import { Bundle } from "./bundle.ts";
import type { Engine, IsolateTrust, ServiceIsolate } from "./engine.ts";
import { IsolatedService } from "./isolate.ts";
import { makeRealm, makeRealmApart, type Realm, type RealmParts } from "./realm.ts";
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

  create(memoryMb: number, trust: IsolateTrust = { isTrusted: true }): IsolatedService {
    const { count } = this.#parts;
    count.take();
    try {
      return this.#serviceIn(makeRealm(this.#realmParts(memoryMb, trust)));
    } catch (error) {
      count.give();
      throw error;
    }
  }

  /** As `create`, on other threads as far as that goes. */
  async createApart(memoryMb: number, trust: IsolateTrust): Promise<IsolatedService> {
    const { count } = this.#parts;
    count.take();
    try {
      return this.#serviceIn(await makeRealmApart(this.#realmParts(memoryMb, trust)));
    } catch (error) {
      count.give();
      throw error;
    }
  }

  #realmParts(memoryMb: number, { isTrusted }: IsolateTrust): RealmParts {
    const prelude = isTrusted ? undefined : (this.#prelude ??= new Bundle("prelude"));
    return { bundle: this.#bundle, prelude, memoryMb };
  }

  #serviceIn(realm: Realm): IsolatedService {
    const { count, mark } = this.#parts;
    return new IsolatedService(realm, { mark, onDisposed: () => count.give() });
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
