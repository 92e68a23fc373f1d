// Monitors: who waits for the end of which service.
// Shard 0. Kept by launcher.ts, which knows of every end.
// Invariant: at most monitorsMax wait for one service, and one service waits on as many at most.

import type { Address, Ended, Response } from "isonet";
import { formatAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";

type Monitor = { readonly watcher: Address; readonly respond: Response };

export class Monitors {
  /** By the service that is waited for. */
  readonly #monitors = new Map<Address, Set<Monitor>>();
  /** By the service that waits: how many, and for whom. */
  readonly #watched = new Map<Address, Map<Address, number>>();

  /** `respond` is taken once there is room. Fails with ARGUMENT_INVALID. */
  add(target: Address, watcher: Address, respond: () => Response): void {
    const monitors = this.#monitors.get(target) ?? new Set();
    const watched = this.#watched.get(watcher) ?? new Map<Address, number>();
    const waits = [...watched.values()].reduce((sum, count) => sum + count, 0);
    refuseBeyond(monitors.size, target, "that wait for it");
    refuseBeyond(waits, watcher, "of its own");
    this.#monitors.set(target, monitors.add({ watcher, respond: respond() }));
    this.#watched.set(watcher, watched.set(target, (watched.get(target) ?? 0) + 1));
  }

  /** Tells everyone who waits for it. */
  tell(ended: Ended): void {
    const monitors = this.#monitors.get(ended.address) ?? [];
    this.#monitors.delete(ended.address);
    for (const { watcher, respond } of monitors) {
      const watched = this.#watched.get(watcher);
      watched?.delete(ended.address);
      if (watched?.size === 0) this.#watched.delete(watcher);
      respond(true, { ...ended });
    }
  }

  /** The service that waits has ended itself. */
  forgetWatcher(watcher: Address): void {
    for (const target of this.#watched.get(watcher)?.keys() ?? []) {
      const monitors = this.#monitors.get(target) ?? new Set<Monitor>();
      for (const monitor of monitors) if (monitor.watcher === watcher) monitors.delete(monitor);
      if (monitors.size === 0) this.#monitors.delete(target);
    }
    this.#watched.delete(watcher);
  }
}

function refuseBeyond(count: number, address: Address, what: string): void {
  if (count < limits.monitorsMax) return;
  const who = formatAddress(address);
  throw new CodedError(
    "ARGUMENT_INVALID",
    `${who} has ${limits.monitorsMax} monitors ${what}, as many as there may be (monitorsMax)`,
  );
}
