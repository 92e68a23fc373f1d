// Victim: a host in a process of its own, as the test that abuses it sees it.
// Test process: the attackers are here, so that what the host's process grows by is the host's.
// Invariant: what was launched through it can be ended with one call, for the next test.

import type { Address, LaunchOptions } from "isonet";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { HostOptions } from "../../../src/options.ts";
import { OrderChannel } from "./order-channel.ts";
import type { VictimFigures, VictimOrder } from "./victim-process.ts";

const entry = path.join(import.meta.dirname, "victim-process.ts");

export class Victim {
  readonly #channel: OrderChannel<VictimOrder>;
  readonly #folder: string;
  readonly #services = new Set<Address>();

  private constructor(channel: OrderChannel<VictimOrder>, folder: string) {
    this.#channel = channel;
    this.#folder = folder;
  }

  static async start(options: HostOptions = {}): Promise<Victim> {
    const folder = mkdtempSync(path.join(tmpdir(), "isonet-victim-"));
    const args = [path.join(folder, "host.log"), JSON.stringify(options)];
    return new Victim(await OrderChannel.open<VictimOrder>(entry, args), folder);
  }

  /** What the host has logged. */
  get log(): string {
    return readFileSync(path.join(this.#folder, "host.log"), "utf8");
  }

  async launch(options: string | LaunchOptions, ...args: unknown[]): Promise<Address> {
    const given = typeof options === "string" ? { name: options } : options;
    const order = { kind: "launch", options: given, args } as const;
    const address = (await this.#channel.tell(order)) as Address;
    this.#services.add(address);
    return address;
  }

  async call<T>(to: Address | string, ...values: unknown[]): Promise<T> {
    return (await this.#channel.tell({ kind: "call", to, values })) as T;
  }

  async kill(address: Address): Promise<void> {
    this.#services.delete(address);
    await this.#channel.tell({ kind: "kill", address });
  }

  /** Every service that was launched here, so that no test finds another one's. */
  async killAll(): Promise<void> {
    await Promise.all([...this.#services].map((address) => this.kill(address)));
  }

  async figures(...services: Address[]): Promise<VictimFigures> {
    return (await this.#channel.tell({ kind: "figures", services })) as VictimFigures;
  }

  /** As it is at this moment, garbage and all. */
  async memory(): Promise<Pick<VictimFigures, "rssMib" | "heapMib" | "externalMib">> {
    return (await this.#channel.tell({ kind: "memory" })) as VictimFigures;
  }

  /** Stops the host in good order: fails when that takes too long. */
  async stop(): Promise<void> {
    await this.#channel.tell({ kind: "stop" });
    await this.#channel.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
