// Host link: asks the host for snapshots, log lines and commands.
// The browser. Used by main.ts for each second's snapshot, and by the views for the rest.
// Invariant: requests go to the page's own origin, and an answer that is no answer is an error
// with a sentence.

import type { Incident } from "../wire/containment-figures.ts";
import type { LogLine, Snapshot } from "../wire/dashboard-figures.ts";

const snapshotMsMax = 8000; // a host that is busy is told from one that is gone

export type CommandResult = {
  readonly value: unknown;
  /** What the console prints. */
  readonly lines: readonly string[];
  /** Where the file is that the command has written. */
  readonly file?: string;
};

export type CommandHelp = { readonly usage: string; readonly summary: string };

/** A refusal of the host: its code and its text. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, text: string) {
    super(text);
    this.code = code;
  }
}

export async function fetchSnapshot(): Promise<Snapshot> {
  const response = await fetch("/api/snapshot", { signal: AbortSignal.timeout(snapshotMsMax) });
  if (response.ok) return (await response.json()) as Snapshot;
  return (await resultOf(response)) as Snapshot;
}

export async function fetchCommands(): Promise<Readonly<Record<string, CommandHelp>>> {
  return (await resultOf(await fetch("/api/commands"))) as Record<string, CommandHelp>;
}

export async function fetchIncidents(): Promise<readonly Incident[]> {
  return (await resultOf(await fetch("/api/incidents"))) as Incident[];
}

export async function fetchLog(after: number, address?: string): Promise<readonly LogLine[]> {
  const query = new URLSearchParams({ after: String(after) });
  if (address !== undefined) query.set("address", address);
  return (await resultOf(await fetch(`/api/log?${query.toString()}`))) as LogLine[];
}

/** Runs a command of the console. Fails with what the host refused it with. */
export async function run(
  command: string,
  words: readonly (string | number)[],
  source?: string,
): Promise<CommandResult> {
  const response = await fetch("/api/command", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      command,
      arguments: words,
      ...(source === undefined ? {} : { source }),
    }),
  });
  return (await resultOf(response)) as CommandResult;
}

type Answer = { ok: true; result: unknown } | { ok: false; code: string; error: string };

async function resultOf(response: Response): Promise<unknown> {
  const answer = (await response.json()) as Answer;
  if (answer.ok) return answer.result;
  throw new Refused(answer.code, answer.error);
}

export function textOf(error: unknown): string {
  if (error instanceof Refused) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
