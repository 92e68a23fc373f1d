// Circle: the innocent services of a run: starts them, has them talk, and settles their accounts.
// Runner only.
// Invariant: accounts are settled only when all are silent: what has not arrived by then is lost.

import { setTimeout as pause } from "node:timers/promises";
import type * as Isonet from "isonet";
import type { Address, CodedError, LaunchOptions } from "isonet";
import type { InnocentReport, Peer, Peers } from "../services/innocent.ts";
import { isSettled, Ledger, type Reports, type Totals } from "./accounts.ts";

/** What went wrong between two settlements, and how much went well. */
export type Settlement = Totals & {
  /** Messages and calls that arrived, each second. */
  readonly ratePerSecond: number;
};

/** Messages and calls of one innocent each second, when nothing holds it up. */
export const innocentRate = 300;

const settleMs = 10_000;
const pollMs = 20;
const beginTriesMax = 5;

export class Circle {
  readonly #isonet: typeof Isonet;
  readonly addresses: Address[] = [];
  readonly #ledger = new Ledger();
  #startedMs = 0;

  constructor(isonet: typeof Isonet) {
    this.#isonet = isonet;
  }

  async add(terms: LaunchOptions): Promise<void> {
    const address = await this.#isonet.newService(terms);
    if (address === undefined) throw new Error(`${terms.name} exited while it was starting`);
    this.addresses.push(address);
  }

  /** Everyone sends to the next one and calls one further on. */
  async begin(): Promise<void> {
    const reports = await this.#reports();
    const peers = [...reports].map(([address, { life }]) => ({ address, life }));
    const at = (index: number): Peer => peers[index % peers.length] as Peer;
    const stride = Math.max(1, Math.floor(peers.length / 3));
    await Promise.all(
      peers.map(({ address }, index) => {
        const order = { sendTo: at(index + 1), callTo: at(index + stride).address };
        return this.#begun(address, order);
      }),
    );
    this.#startedMs = performance.now();
  }

  /** Again when it was interrupted: cold code on a busy machine, while the others still start. */
  async #begun(address: Address, order: Peers): Promise<void> {
    for (let left = beginTriesMax; ; left--) {
      try {
        await this.#ask(address, "begin", order);
        return;
      } catch (error) {
        if (left === 0 || (error as CodedError).code !== "SLICE_EXCEEDED") throw error;
      }
    }
  }

  /** Silences all and counts; what was there at the last settlement is not counted again. */
  async settle(): Promise<Settlement> {
    const spentMs = performance.now() - this.#startedMs;
    await Promise.allSettled(this.addresses.map((address) => this.#ask(address, "pause")));
    const reports = await this.#settledReports();
    const { errors, ...totals } = this.#ledger.take(reports);
    const ratePerSecond = (totals.delivered * 1000) / spentMs;
    // One that has ended is an error of its own, whatever ended it.
    return { ...totals, errors: errors + this.addresses.length - reports.size, ratePerSecond };
  }

  /** True when each of them answers within the time. */
  async answers(timeoutMs: number): Promise<boolean> {
    const asked = this.addresses.map((address) => this.#ask(address, "echo", 1, timeoutMs));
    return (await Promise.allSettled(asked)).every(({ status }) => status === "fulfilled");
  }

  async #settledReports(): Promise<Reports> {
    const endMs = performance.now() + settleMs;
    for (;;) {
      const reports = await this.#reports();
      if (isSettled(reports) || performance.now() > endMs) return reports;
      await pause(pollMs);
    }
  }

  /** Of those who answer. */
  async #reports(): Promise<Reports> {
    const asked = this.addresses.map(async (address): Promise<[Address, InnocentReport]> => {
      return [address, (await this.#ask(address, "report")) as InnocentReport];
    });
    const answers = await Promise.allSettled(asked);
    return new Map(
      answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : [])),
    );
  }

  #ask(to: Address, command: string, value?: unknown, timeoutMs = settleMs): Promise<unknown> {
    return this.#isonet.call({ to, timeoutMs }, "lua", command, value);
  }
}
