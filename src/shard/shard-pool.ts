// Shard pool: the worker threads of a host, one long-lived task each, and a helper thread for work
// beside them. The only importer of Piscina.
// Main thread. Made by host.ts.
// Invariant: as many threads as shards, started at once and kept; a thread that ends by itself is a
// fault of the host.

import { Piscina } from "piscina";
import { CodedError } from "../../wire/coded-error.ts";
import type { HelperResult } from "./recording-reader.ts";
import type { HostMemory } from "./host-memory.ts";
import type { ShardOptions } from "./shard-options.ts";
import type { ShardTask } from "./worker.ts";

export class ShardPool {
  readonly #pool: Piscina<ShardTask, void>;
  readonly #tasks: Promise<void>[] = [];

  constructor(workers: number) {
    this.#pool = new Piscina<ShardTask, void>({
      filename: new URL("./worker.ts", import.meta.url).href,
      name: "runShard",
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: 1,
      atomics: "disabled",
    });
  }

  /**
   * Starts shard `index` on a thread of its own. `onFault` is told when it ends although nobody
   * stopped it.
   */
  start(
    task: { index: number; memory: HostMemory; options: ShardOptions },
    onFault: (error: unknown) => void,
  ): void {
    this.#tasks.push(this.#pool.run(task).catch(onFault));
  }

  /** Resolves when every shard has ended and its thread is gone. */
  async stop(): Promise<void> {
    await Promise.all(this.#tasks);
    await this.#pool.destroy();
  }
}

const helperIdleMs = 10_000;
const helperMemoryMb = 2048; // tables of a snapshot are outside its heap; its texts are not

/** One thread for what takes a processor for a while; it is there when there is work. */
export class HelperPool {
  #pool: Piscina<object, HelperResult<unknown>> | undefined;

  /** Runs a function of recording-reader.ts. Fails with INSPECT_FAILED. */
  async run<T>(name: string, task: object): Promise<T> {
    this.#pool ??= new Piscina<object, HelperResult<unknown>>({
      filename: new URL("./recording-reader.ts", import.meta.url).href,
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: helperIdleMs,
      resourceLimits: { maxOldGenerationSizeMb: helperMemoryMb },
      atomics: "disabled",
    });
    let result: HelperResult<unknown>;
    try {
      result = await this.#pool.run(task, { name });
    } catch (error) {
      throw new CodedError("INSPECT_FAILED", `the helper thread failed: ${String(error)}`);
    }
    if ("fault" in result) throw new CodedError("INSPECT_FAILED", result.fault);
    return result.value as T;
  }

  async stop(): Promise<void> {
    await this.#pool?.destroy();
  }
}
