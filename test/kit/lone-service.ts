// Lone service: runs the code of services, one after the other, each in an isolate of its own, in a
// process of their own.
// Tests only. For hostile code, and for what only a real isolate shows.
// Invariant: the process is gone when the promise settles, whatever its code did.

import { fileURLToPath } from "node:url";
import { Child } from "./child.ts";

const program = fileURLToPath(new URL("lone-isolate.ts", import.meta.url));

export type LoneJob = {
  readonly isTrusted: boolean;
  /** The module of each service; what it throws is the `fault` of its end. */
  readonly sources: readonly string[];
  /** Commands that are sent to it, each in a turn of its own, once it has started. */
  readonly requests?: readonly string[];
  readonly memoryMb: number;
  readonly turnMsMax: number;
};

export type LoneEnd = {
  readonly fault: string | undefined;
  /** How long the body of the module ran. */
  readonly ms: number;
  readonly isInterrupted: boolean;
  readonly reply: unknown;
};

const usual = { isTrusted: false, memoryMb: 32, turnMsMax: 80 };

/** How each service went, up to the one that has ended the process, whose end is a text. */
export async function runLone(
  job: Pick<LoneJob, "sources"> & Partial<LoneJob>,
): Promise<(LoneEnd | string)[]> {
  const parameters = ["--no-node-snapshot", program, JSON.stringify({ ...usual, ...job })];
  await using child = new Child([process.execPath, ...parameters]);
  const { stdout, stderr, code, signal } = await child.ended;
  const lines = stdout.split("\n").slice(0, -1);
  const ends: (LoneEnd | string)[] = lines.map((line) => JSON.parse(line) as LoneEnd);
  if (ends.length === job.sources.length) return ends;
  return [...ends, `the process has ended: ${code ?? signal} ${stderr.slice(0, 500)}`];
}

/** What the one service answers to the last of its requests. */
export async function askLone(
  source: string,
  requests: readonly string[],
  options: Partial<LoneJob> = {},
): Promise<unknown> {
  const turnMsMax = 20_000; // nothing hostile here
  const [end] = await runLone({ sources: [source], requests, turnMsMax, ...options });
  if (typeof end !== "object" || end.fault !== undefined) throw new Error(JSON.stringify(end));
  return end.reply;
}
