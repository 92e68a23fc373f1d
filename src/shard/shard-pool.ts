// Shard pool: the worker threads of a host, one long-lived task each. The only importer of Piscina.
// Main thread. Made by host.ts.
// Invariant: as many threads as shards, started at once and kept; a thread that ends by itself is a
// fault of the host.

import { Piscina } from "piscina";
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
