// Circle: the innocent services of a run: starts them, has them talk, and settles their accounts.
// Runner only.
// Invariant: accounts are settled only when all are silent: what has not arrived by then is lost.

import type * as Isonet from "isonet";
import type { Address, LaunchOptions } from "isonet";
import type { InnocentReport } from "../services/innocent.ts";

export type Innocent = { address: Address; readonly terms: LaunchOptions };

/** What went wrong between two settlements, and how much went well. */
export type Settlement = {
  readonly errors: number;
  readonly lost: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly firstError: string;
  /** Messages and calls that arrived, each second. */
  readonly ratePerSecond: number;
};

type Totals = { errors: number; lost: number; done: number; codes: Record<string, number> };

const settleMs = 10_000;
const pollMs = 20;
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

export class Circle {
  readonly #isonet: typeof Isonet;
  readonly innocents: Innocent[] = [];
  #before: Totals = { errors: 0, lost: 0, done: 0, codes: {} };
  #startedMs = 0;

  constructor(isonet: typeof Isonet) {
    this.#isonet = isonet;
  }

  async add(terms: LaunchOptions): Promise<void> {
    const address = await this.#isonet.newService(terms);
    if (address === undefined) throw new Error(`${terms.name} exited while it was starting`);
    this.innocents.push({ address, terms });
  }

  /** Everyone sends to the next one and calls one further on. */
  async begin(): Promise<void> {
    const { innocents } = this;
    const at = (index: number): Address => innocents[index % innocents.length]?.address as Address;
    const stride = Math.max(1, Math.floor(innocents.length / 3));
    await Promise.all(
      innocents.map(({ address }, index) => {
        const peers = { sendTo: at(index + 1), callTo: at(index + stride) };
        return this.#ask(address, "begin", peers);
      }),
    );
    this.#startedMs = performance.now();
  }

  /** Silences all and counts; what was there at the last settlement is not counted again. */
  async settle(): Promise<Settlement> {
    const spentMs = performance.now() - this.#startedMs;
    await Promise.all(this.innocents.map(({ address }) => this.#ask(address, "pause")));
    const [totals, firstError] = await this.#account();
    const before = this.#before;
    this.#before = totals;
    const codes = Object.entries(totals.codes)
      .map(([code, count]): [string, number] => [code, count - (before.codes[code] ?? 0)])
      .filter(([, count]) => count > 0);
    return {
      errors: totals.errors - before.errors,
      lost: totals.lost - before.lost,
      codes: Object.fromEntries(codes),
      firstError: codes.length === 0 ? "" : firstError,
      ratePerSecond: ((totals.done - before.done) * 1000) / spentMs,
    };
  }

  /** True when each of them answers within the time. */
  async answers(timeoutMs: number): Promise<boolean> {
    const asked = this.innocents.map(({ address }) => this.#ask(address, "echo", 1, timeoutMs));
    return (await Promise.allSettled(asked)).every(({ status }) => status === "fulfilled");
  }

  async #account(): Promise<[Totals, string]> {
    const endMs = performance.now() + settleMs;
    for (;;) {
      const reports = await this.#reports();
      const isSettled = [...reports.values()].every(
        (report) => report.waiting === 0 && overdue(reports, report) === 0,
      );
      if (isSettled || performance.now() > endMs) return totalsOf(reports);
      await pause(pollMs);
    }
  }

  async #reports(): Promise<Map<Address, InnocentReport>> {
    const asked = this.innocents.map(async ({ address }): Promise<[Address, InnocentReport]> => {
      return [address, (await this.#ask(address, "report")) as InnocentReport];
    });
    return new Map(await Promise.all(asked));
  }

  #ask(to: Address, command: string, value?: unknown, timeoutMs = settleMs): Promise<unknown> {
    return this.#isonet.call({ to, timeoutMs }, "lua", command, value);
  }
}

/** Messages of this one that have not arrived. */
function overdue(reports: ReadonlyMap<Address, InnocentReport>, sender: InnocentReport): number {
  if (sender.sentTo === undefined) return 0;
  const own = [...reports].find(([, report]) => report === sender)?.[0] as Address;
  const heard = reports.get(sender.sentTo)?.heard.get(own);
  return sender.sent - (heard?.life === sender.life ? heard.last : 0);
}

function totalsOf(reports: ReadonlyMap<Address, InnocentReport>): [Totals, string] {
  const totals: Totals = { errors: 0, lost: 0, done: 0, codes: {} };
  let firstError = "";
  for (const report of reports.values()) {
    for (const [code, count] of Object.entries(report.errors)) {
      totals.errors += count;
      totals.codes[code] = (totals.codes[code] ?? 0) + count;
    }
    totals.errors += report.wrong;
    totals.done += report.answered;
    totals.lost += report.waiting + overdue(reports, report);
    for (const { last, lost, doubled, late } of report.heard.values()) {
      totals.lost += lost + doubled + late;
      totals.done += last - lost;
    }
    if (firstError === "") ({ firstError } = report);
  }
  return [totals, firstError];
}
