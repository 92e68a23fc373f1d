// Accounts: what the innocents' reports say together: what arrived, what failed, what is lost.
// Runner only, pure.
// Invariant: only of two that live can it be said that a message between them is lost.

import type { Address } from "isonet";
import type { InnocentReport } from "../services/innocent.ts";

export type Reports = ReadonlyMap<Address, InnocentReport>;

export type Totals = {
  readonly sent: number;
  /** Messages heard and calls answered. */
  readonly delivered: number;
  /** Calls that ended with a code, and wrong answers. */
  readonly errors: number;
  readonly codes: Readonly<Record<string, number>>;
  /** Messages that did not arrive, or twice, or late, and calls that have not ended. */
  readonly lost: number;
  readonly firstError: string;
};

/** Counts from one settlement to the next. */
export class Ledger {
  #before: Reports = new Map();

  /** What is new in the reports. What one that has ended had counted went with its life. */
  take(reports: Reports): Totals {
    const known = [...this.#before].filter(([one, { life }]) => reports.get(one)?.life === life);
    const [now, before] = [totalsOf(reports), totalsOf(new Map(known))];
    this.#before = reports;
    const codes = Object.entries(now.codes)
      .map(([code, count]): [string, number] => [code, count - (before.codes[code] ?? 0)])
      .filter(([, count]) => count > 0);
    return {
      sent: now.sent - before.sent,
      delivered: now.delivered - before.delivered,
      errors: now.errors - before.errors,
      lost: now.lost - before.lost,
      codes: Object.fromEntries(codes),
      firstError: codes.length === 0 ? "" : now.firstError,
    };
  }
}

function totalsOf(reports: Reports): Totals {
  const totals = { sent: 0, delivered: 0, errors: 0, lost: 0, firstError: "" };
  const codes: Record<string, number> = {};
  for (const [address, report] of reports) {
    for (const [code, count] of Object.entries(report.errors)) {
      totals.errors += count;
      codes[code] = (codes[code] ?? 0) + count;
    }
    totals.sent += report.calls;
    for (const { count } of report.sent.values()) totals.sent += count;
    totals.errors += report.wrong;
    totals.delivered += report.answered;
    totals.lost += report.waiting + overdue(reports, address);
    for (const { last, lost, doubled, late } of report.heard.values()) {
      totals.lost += lost + doubled + late;
      totals.delivered += last - lost;
    }
    if (totals.firstError === "") totals.firstError = report.firstError;
  }
  return { ...totals, codes };
}

/** True when nothing is on its way any more. */
export function isSettled(reports: Reports): boolean {
  return [...reports].every(
    ([address, report]) => report.waiting === 0 && overdue(reports, address) === 0,
  );
}

/** Messages of this one that have not arrived at those who live. */
function overdue(reports: Reports, sender: Address): number {
  const own = reports.get(sender);
  let missing = 0;
  for (const [address, { life: toLife, count }] of own?.sent ?? []) {
    const receiver = reports.get(address);
    if (receiver?.life !== toLife) continue;
    const heard = receiver.heard.get(sender);
    missing += count - (heard !== undefined && heard.life === own?.life ? heard.last : 0);
  }
  return missing;
}
