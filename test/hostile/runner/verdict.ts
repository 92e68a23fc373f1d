// Verdict: what became of a script and of those around it, and whether that is what was promised.
// Runner only, pure.
// Invariant: an outcome is told from codes; only an escape is told from a text.

export type Outcome =
  | "returned"
  | "threw"
  | "interrupted"
  | "memory"
  | "cell-killed"
  | "refused"
  | "escaped";

/** One script's line. */
export type HostileLine = {
  readonly script: string;
  readonly outcome: Outcome;
  /** Of the error that the caller got; "" for none. */
  readonly code: string;
  /** Longest time that the script kept its service from answering, its caller's answer included. */
  readonly stopMs: number;
  /**
   * What is promised for it: of the slice, or of a cell that does not answer; with the time that
   * its cell waited for a processor, which other programs of the machine had.
   */
  readonly boundMs: number;
  readonly cellLost: boolean;
  /** Calls of innocents outside the script's cell that failed, or were answered wrongly. */
  readonly innocentErrors: number;
  /** Their messages that were lost, doubled or late, and calls without an end. */
  readonly innocentLost: number;
  /** What they got done, as a share of what they do in quiet. */
  readonly innocentRate: number;
  /** Codes that the innocents in the script's own cell got, other than of the cell's end. */
  readonly neighbourErrors: number;
  /** Until all of them answered again; 0 when they never stopped. */
  readonly neighbourBackMs: number;
  readonly hostAlive: boolean;
  /** Longest time that the host's main thread was not to be had. */
  readonly hostStallMs: number;
  readonly rssAfterMb: number;
  /** Text of the error, or of whatever shows an escape. */
  readonly text: string;
};

export type Failure = { readonly code: string; readonly text: string; readonly remoteCode: string };

export type Promises = { readonly sliceMs: number; readonly cellStallMs: number };

export type Stopped = {
  readonly outcome: Outcome;
  readonly stopMs: number;
  /** Time in which its cell could have run and did not get a processor. */
  readonly waitedMs: number;
};

export const escapeWord = /(?<!['"`\\])\bESCAPED\b(?!['"`\\])/;
const tolerance = 1.5;

const outcomesByCode: Readonly<Record<string, Outcome>> = {
  "": "returned",
  ADDRESS_DEAD: "returned", // its own exit
  CALL_TIMEOUT: "returned", // it waits for something, and lets others be served meanwhile
  REMOTE_FAULT: "threw",
  REPLY_MISSING: "threw",
  SERVICE_LOAD_FAILED: "threw",
  SERVICE_INIT_FAILED: "threw",
  SLICE_EXCEEDED: "interrupted",
  MEMORY_LIMIT: "memory",
  CELL_LOST: "cell-killed",
  OWNER_REFUSED: "refused",
};

/** Codes of an error that a script threw on because the host had said no to it. */
const refusals = new RegExp(
  "^(NOT_PERMITTED|IMPORT_REFUSED|CELLS_FULL|CAPABILITY_MISSING|NOT_AVAILABLE|PACK_\\w+|NAME_\\w+" +
    "|MESSAGE_TOO_LARGE|ALREADY_REPLIED|NO_SESSION|ARGUMENT_INVALID|OUTBOX_FULL|\\w+_(FULL|LIMIT))$",
);

/** `failure` undefined: it answered. */
export function outcomeOf(failure: Failure | undefined): Outcome {
  if (failure === undefined) return "returned";
  const { code, text, remoteCode } = failure;
  if (escapeWord.test(text)) return "escaped";
  const known = outcomesByCode[code];
  const isOwn = known !== undefined && known !== "threw";
  if (isOwn) return known;
  if (outcomesByCode[remoteCode] !== undefined && remoteCode !== "") {
    return outcomesByCode[remoteCode];
  }
  return known === undefined || refusals.test(remoteCode) ? "refused" : "threw";
}

/** The slice's bound holds for whatever can be interrupted; the cell's for the rest. */
export function boundMsFor(
  { outcome, stopMs, waitedMs }: Stopped,
  { sliceMs, cellStallMs }: Promises,
): number {
  const sliceBoundMs = sliceMs * tolerance + waitedMs;
  const isSlow = outcome === "cell-killed" || stopMs > sliceBoundMs;
  return Math.round(isSlow ? cellStallMs * tolerance + waitedMs : sliceBoundMs);
}

/** What is wrong with a line; empty: all is as promised. */
export function complaints(line: HostileLine): string[] {
  const wrong: string[] = [];
  if (line.outcome === "escaped") wrong.push(`escaped: ${line.text}`);
  if (!line.hostAlive) wrong.push("the host died");
  if (line.innocentErrors > 0) wrong.push(`${line.innocentErrors} errors of innocents`);
  if (line.innocentLost > 0) wrong.push(`${line.innocentLost} messages of innocents lost`);
  if (line.neighbourErrors > 0)
    wrong.push(`${line.neighbourErrors} errors of its cell's innocents`);
  if (line.neighbourBackMs < 0) wrong.push("innocents of its cell did not come back");
  if (line.stopMs > line.boundMs) wrong.push(`stopped after ${line.stopMs} of ${line.boundMs} ms`);
  return wrong;
}
