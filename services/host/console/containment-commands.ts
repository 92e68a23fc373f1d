// Containment commands: the cells of untrusted services, what their owners have done, and the
// records of what was stopped.
// Shard 0. From the host's containment and the launcher; nobody in a cell is asked but by `owners`.
// Invariant: texts of strangers are printed through print.ts, which makes them harmless.

import type { Incident } from "../../../wire/containment-figures.ts";
import { CodedError } from "../../../wire/coded-error.ts";
import type { Answer, Table } from "./answer.ts";
import { launcher, type CommandTable, type Invocation } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";

const mib = 1024 * 1024;

export const containmentCommands: CommandTable = {
  cells: {
    usage: "",
    summary: "processes of untrusted services: state, services, memory and age of each",
    access: "read",
    run: cells,
  },
  strikes: {
    usage: "",
    summary: "owners of untrusted services that have done harm: points, standing, offences",
    access: "read",
    run: strikes,
  },
  forgive: {
    usage: "owner",
    summary: "clears an owner's strikes: its services may be launched again",
    access: "write",
    run: forgive,
  },
  owners: {
    usage: "",
    summary: "CPU of each owner of untrusted services: its bucket, what it used, who waits",
    access: "read",
    run: owners,
  },
  limits: {
    usage: "",
    summary: "every limit of this host, as it is set",
    access: "read",
    run: ({ powers }) => ({ result: powers.containment.limits() }),
  },
  postmortem: {
    usage: "[number]",
    summary: "the last services that were stopped, and why; with a number all of that record",
    access: "read",
    run: postmortem,
  },
};

function cells({ powers }: Invocation): Answer {
  const all = powers.containment.cells();
  const text: Table = new Map(
    all.map(({ place, pid, state, services, waiting, rssBytes, ageMs, refused }) => [
      `cell.${place}`,
      {
        age: `${Math.round(ageMs / 1000)}s`,
        memory: `${(rssBytes / mib).toFixed(1)} Mb`,
        pid,
        refused,
        services,
        state,
        waiting,
      },
    ]),
  );
  return { result: all, text };
}

function strikes({ powers }: Invocation): Answer {
  const all = powers.containment.strikes();
  return { result: all, text: new Map(all.map(({ owner, ...record }) => [owner, record])) };
}

/** One line for each owner in each cell; the cell alone where it did not answer. */
async function owners({ isonet }: Invocation): Promise<Answer> {
  const result = await launcher(isonet, consoleLimits.debugMs).call.owners();
  const rows = Object.entries(result).flatMap(([cell, figures]): [string, unknown][] =>
    typeof figures === "string"
      ? [[cell, figures]]
      : figures.map(({ owner, balanceMs, chargedMs, ...counts }) => [
          `${cell} ${owner}`,
          { balanceMs: tenths(balanceMs), chargedMs: tenths(chargedMs), ...counts },
        ]),
  );
  return { result, text: new Map(rows) };
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function forgive({ powers, args }: Invocation): Answer {
  const owner = args.required(0, "an owner's name");
  if (!powers.containment.forgive(owner)) {
    throw new CodedError("ARGUMENT_INVALID", `owner ${JSON.stringify(owner)} has no strikes`);
  }
  return { result: undefined };
}

function postmortem({ powers, args }: Invocation): Answer {
  const all = powers.containment.incidents();
  if (args.count === 0) {
    const text: Table = new Map(all.map((incident) => [numberText(incident.id), line(incident)]));
    return { result: all, text };
  }
  const id = args.integer(0, "the number of a record", 0);
  const found = all.find((incident) => incident.id === id);
  if (found === undefined) {
    throw new CodedError(
      "ARGUMENT_INVALID",
      `no record has the number ${id}: postmortem lists them`,
    );
  }
  return { result: found, text: page(found) };
}

/** The list is sorted by its keys as texts. */
function numberText(id: number): string {
  return String(id).padStart(6, " ");
}

function line({ timeMs, kind, address, title, owner, text }: Incident): string {
  return `${new Date(timeMs).toISOString()} ${kind} ${address} ${title} (${owner}): ${text}`;
}

function page(incident: Incident): Table {
  const { timeMs, messages, figures, stderr, ...rest } = incident;
  const rows: [string, unknown][] = [
    ...Object.entries(rest),
    ["time", new Date(timeMs).toISOString()],
    ["figures", figures],
    ...messages.map((message, index): [string, string] => [`message.${index}`, message]),
    ...stderr
      .split("\n")
      .filter((each) => each.trim() !== "")
      .map((each, index): [string, string] => [`words.${String(index).padStart(4, "0")}`, each]),
  ];
  return new Map(rows);
}
