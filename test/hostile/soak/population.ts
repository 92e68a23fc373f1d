// Population: the well-behaved services of a soak: they come, talk, change their peers and go.
// The process of the soak.
// Invariant: whoever is asked here and has ended is struck off; nobody else is.

import { setTimeout as pause } from "node:timers/promises";
import type * as Isonet from "isonet";
import type { Address, LaunchOptions } from "isonet";
import { isSettled, Ledger, type Reports, type Totals } from "../runner/accounts.ts";
import type { InnocentReport } from "../services/innocent.ts";
import type { Random } from "../../kit/random.ts";

type Member = { readonly address: Address; life: number; readonly terms: LaunchOptions };

const askMs = 30_000;
const settleMs = 40_000; // more than a call's timeout: each has ended by then
const pollMs = 50;
const owners = ["ann", "bob", "cleo"];
/**
 * A cell that stalls before it is killed loses no message of theirs; on a busy machine a turn of
 * theirs may last longer than the slice, which is time by the clock.
 */
const untrusted = {
  name: "innocent",
  trust: "untrusted",
  mailboxMax: 65_536,
  sliceMs: 2000,
  allow: { send: ["*"] },
} as const;

export class Population {
  readonly #isonet: typeof Isonet;
  readonly #random: Random;
  readonly #ledger = new Ledger();
  readonly #members = new Map<Address, Member>();
  launched = 0;
  ended = 0;
  restarted = 0;

  constructor(isonet: typeof Isonet, random: Random) {
    this.#isonet = isonet;
    this.#random = random;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Starts one; false when the host had no room, or its cell was lost meanwhile. */
  async launch(): Promise<boolean> {
    const terms = this.#terms();
    try {
      const address = await this.#isonet.newService(terms);
      if (address === undefined) return false;
      this.launched++;
      const { life } = (await this.#ask(address, "report")) as InnocentReport;
      const member = { address, life, terms };
      this.#members.set(address, member);
      await this.#talk(member);
      return true;
    } catch {
      return false;
    }
  }

  #terms(): LaunchOptions {
    const random = this.#random;
    const restart = random.chance(0.7)
      ? ({ policy: "on-crash", restartsMax: 1000, backoffMs: 50 } as const)
      : "never";
    if (random.chance(0.5)) return { name: "innocent", restart };
    const owner = random.pick(owners);
    return { ...untrusted, owner, restart };
  }

  /** Ends one, by its own exit or from outside. */
  async end(): Promise<void> {
    const member = this.#random.pick([...this.#members.values()]);
    this.#members.delete(member.address);
    this.ended++;
    const end = this.#random.chance(0.5)
      ? this.#ask(member.address, "leave")
      : this.#isonet.kill(member.address);
    await end.catch(() => {});
  }

  /** One of them turns to others. */
  async turn(): Promise<void> {
    await this.#talk(this.#random.pick([...this.#members.values()]));
  }

  async #talk({ address }: Member): Promise<void> {
    const members = [...this.#members.values()];
    const sendTo = this.#random.pick(members);
    const callTo = this.#random.pick(members).address;
    const peer = { address: sendTo.address, life: sendTo.life };
    await this.#ask(address, "begin", { sendTo: peer, callTo }).catch(() => {});
  }

  /** Silences all, waits until nothing is on its way, and counts. */
  async settle(): Promise<Totals> {
    const endMs = performance.now() + settleMs;
    let reports: Reports;
    do {
      await pause(pollMs);
      await this.#toAll((address) => this.#ask(address, "pause"));
      reports = await this.#reports();
    } while (!isSettled(reports) && performance.now() < endMs);
    for (const [address, { life }] of reports) {
      const member = this.#members.get(address) as Member;
      if (member.life !== life) this.restarted++;
      member.life = life;
    }
    return this.#ledger.take(reports);
  }

  async begin(): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => this.#talk(member)));
  }

  async #reports(): Promise<Reports> {
    const reports = new Map<Address, InnocentReport>();
    await this.#toAll(async (address) => {
      reports.set(address, (await this.#ask(address, "report")) as InnocentReport);
    });
    return reports;
  }

  /** Until each has answered or has ended. */
  async #toAll(ask: (address: Address) => Promise<unknown>): Promise<void> {
    await Promise.all([...this.#members.keys()].map((address) => this.#toOne(address, ask)));
  }

  async #toOne(address: Address, ask: (address: Address) => Promise<unknown>): Promise<void> {
    const endMs = performance.now() + askMs;
    while (performance.now() < endMs) {
      try {
        await ask(address);
        return;
      } catch (error) {
        const { code } = error as { code?: string };
        const isBack = code === "SERVICE_RESTARTING" || this.#restarts(address, code);
        if (!isBack) break;
        await pause(pollMs);
      }
    }
    if (this.#members.delete(address)) this.ended++;
  }

  #restarts(address: Address, code: string | undefined): boolean {
    const isCrash = code === "CELL_LOST" || code === "MEMORY_LIMIT";
    return isCrash && this.#members.get(address)?.terms.restart !== "never";
  }

  #ask(to: Address, command: string, value?: unknown): Promise<unknown> {
    return this.#isonet.call({ to, timeoutMs: askMs }, "lua", command, value);
  }
}
