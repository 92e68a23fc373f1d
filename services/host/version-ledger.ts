// Version ledger: which text of its main module each guest service runs, and ran before, and which
// snax patches lie on top of it.
// Shard 0. Told by host-services.ts of each start, by hotfix.ts and snax.ts of each change.
// Invariant: a service that is started once more, wherever, gets the text that it ran last; its
// snax patches are gone then, and the log says so.

import type { Address } from "isonet";
import { limits } from "../../wire/limits.ts";
import type { VersionLine } from "../api/hotfix.ts";
import type { LaunchOrder } from "./launch-order.ts";

type Version = VersionLine & { readonly text: string };

type Entry = {
  readonly order: LaunchOrder;
  readonly versions: Version[];
  /** Methods that were replaced in this isolate of the service (snax.hotfix). */
  patches: VersionLine[];
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
  readonly warn: (address: Address, text: string) => void;
};

export class VersionLedger {
  readonly #powers: LedgerPowers;
  readonly #entries = new Map<Address, Entry>();

  constructor(powers: LedgerPowers) {
    this.#powers = powers;
  }

  /** A service is about to be created; the order, with the text that counts. */
  starting(order: LaunchOrder): LaunchOrder {
    this.startedAnew(order.address);
    const entry = this.#entries.get(order.address);
    if (entry?.isPatched === true) return { ...order, mainText: this.#latest(entry)?.text };
    try {
      const text = this.#powers.read(order);
      const { state: _, ...kept } = order;
      const known = entry ?? { order: kept, versions: [], patches: [], isPatched: false };
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

  /** Methods of a snax service were replaced, on top of the text that it runs. */
  methodsPatched(address: Address, source: string): string {
    const version = this.#powers.hash(source);
    const entry = this.#entries.get(address);
    if (entry === undefined) return version;
    entry.patches.push({ version, how: "snax", sinceMs: this.#powers.nowMs() });
    if (entry.patches.length > limits.versionsMax) entry.patches.shift();
    return version;
  }

  /** It has another isolate: no patch of its methods is in there. */
  startedAnew(address: Address): void {
    const entry = this.#entries.get(address);
    if (entry === undefined || entry.patches.length === 0) return;
    const which = entry.patches.map(({ version }) => version).join(", ");
    entry.patches = [];
    const text = `is started anew without the snax patches that it had (${which})`;
    this.#powers.warn(address, `${text}: change its file, or use hotfix, to keep a change`);
  }

  /** The text before the present one. */
  before(address: Address): Version | undefined {
    return this.#entries.get(address)?.versions.at(-2);
  }

  versionOf(address: Address): string {
    const entry = this.#entries.get(address);
    return (entry === undefined ? undefined : this.#latest(entry)?.version) ?? "";
  }

  /** For `list`: " [hotfix 1a2b3c4d] [snax patch 5e6f7a8b]"; "" for one that runs its file. */
  remarkOf(address: Address): string {
    const { isPatched = false, patches = [] } = this.#entries.get(address) ?? {};
    const methods = patches.at(-1);
    const text = isPatched ? ` [hotfix ${this.versionOf(address)}]` : "";
    return methods === undefined ? text : `${text} [snax patch ${methods.version}]`;
  }

  /** All that it has run, in their order. */
  linesOf(address: Address): VersionLine[] {
    const { versions = [], patches = [] } = this.#entries.get(address) ?? {};
    const lines = [...versions.map(lineOf), ...patches];
    return lines.toSorted((one, other) => one.sinceMs - other.sinceMs);
  }

  /** What it runs: a text, and the patches of its methods. */
  presentLinesOf(address: Address): VersionLine[] {
    const entry = this.#entries.get(address);
    if (entry === undefined) return [];
    return [...entry.versions.slice(-1).map(lineOf), ...entry.patches];
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

function lineOf({ version, how, sinceMs }: VersionLine): VersionLine {
  return { version, how, sinceMs };
}
