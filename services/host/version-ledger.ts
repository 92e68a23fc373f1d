// Version ledger: which text of its main module each guest service runs, and ran before.
// Shard 0. Told by host-services.ts of each start, by hotfix.ts of each change.
// Invariant: a service that is started once more, wherever, gets the text that it ran last.

import type { Address } from "isonet";
import { limits } from "../../wire/limits.ts";
import type { VersionLine } from "../api/hotfix.ts";
import type { LaunchOrder } from "./launch-order.ts";

type Version = VersionLine & { readonly text: string };

type Entry = {
  readonly order: LaunchOrder;
  readonly versions: Version[];
  /** An operator has changed its text: its file does not count. */
  isPatched: boolean;
};

export type LedgerPowers = {
  /** The text of the main module as its file has it. Fails with SERVICE_LOAD_FAILED. */
  readonly read: (order: LaunchOrder) => string;
  /** First digits of the text's hash. */
  readonly hash: (text: string) => string;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
};

export class VersionLedger {
  readonly #powers: LedgerPowers;
  readonly #entries = new Map<Address, Entry>();

  constructor(powers: LedgerPowers) {
    this.#powers = powers;
  }

  /** A service is about to be created; the order, with the text that counts. */
  starting(order: LaunchOrder): LaunchOrder {
    const entry = this.#entries.get(order.address);
    if (entry?.isPatched === true) return { ...order, mainText: this.#latest(entry)?.text };
    try {
      const text = this.#powers.read(order);
      const { state: _, ...kept } = order;
      const known = entry ?? { order: kept, versions: [], isPatched: false };
      this.#entries.set(order.address, known);
      this.#add(known, text, "start");
    } catch {
      // whoever creates it finds the same, and tells of it
    }
    return order;
  }

  /** How it was launched, with the text that it runs. */
  orderOf(address: Address): LaunchOrder | undefined {
    const entry = this.#entries.get(address);
    return entry && { ...entry.order, mainText: this.#latest(entry)?.text };
  }

  /** It runs another text from here on. */
  changed(address: Address, text: string, how: VersionLine["how"]): void {
    const entry = this.#entries.get(address);
    if (entry === undefined) return;
    entry.isPatched = true;
    if (how === "reverted") entry.versions.pop();
    else this.#add(entry, text, how);
  }

  /** The text before the present one. */
  before(address: Address): Version | undefined {
    return this.#entries.get(address)?.versions.at(-2);
  }

  versionOf(address: Address): string {
    const entry = this.#entries.get(address);
    return (entry === undefined ? undefined : this.#latest(entry)?.version) ?? "";
  }

  /** For `list`: " [hotfix 1a2b3c4d]"; "" for a service that runs its file. */
  remarkOf(address: Address): string {
    const isPatched = this.#entries.get(address)?.isPatched === true;
    return isPatched ? ` [hotfix ${this.versionOf(address)}]` : "";
  }

  linesOf(address: Address): VersionLine[] {
    const { versions = [] } = this.#entries.get(address) ?? {};
    return versions.map(({ version, how, sinceMs }) => ({ version, how, sinceMs }));
  }

  /** Services that were launched under this name, the oldest first. */
  ofModule(name: string): Address[] {
    return this.addresses().filter((address) => this.orderOf(address)?.name === name);
  }

  addresses(): Address[] {
    return [...this.#entries.keys()];
  }

  forget(address: Address): void {
    this.#entries.delete(address);
  }

  #latest({ versions }: Entry): Version | undefined {
    return versions.at(-1);
  }

  #add({ versions }: Entry, text: string, how: VersionLine["how"]): void {
    if (versions.at(-1)?.text === text) return;
    const version = this.#powers.hash(text);
    versions.push({ version, text, how, sinceMs: this.#powers.nowMs() });
    if (versions.length > limits.versionsMax) versions.shift();
  }
}
