// Console views: the results of one-shot commands as people read them.
// Main thread of the isonet command. Used by console-commands.ts.
// Invariant: a view shows everything its result holds, the figures that matter first.

import { inspect } from "node:util";
import type {
  Collection,
  HeapFigures,
  Missing,
  ServiceFigures,
} from "../../services/api/launcher.ts";
import { safeText, safeWord } from "../../services/host/console/safe-text.ts";
import type { HostFacts } from "../../services/host/console/powers.ts";
import { ageText, pairLines, sizeText, tableLines, type Column } from "./text-table.ts";

/** Names of services by address, as `list` gives them. */
export type Names = Readonly<Record<string, string>>;

export type View = (result: unknown, names: Names) => string[];

type Row = { readonly address: string; readonly weight: number; readonly cells: readonly string[] };

/** Rows by weight, heaviest first, then by address; those without figures last. */
function byWeight<T extends object>(
  result: unknown,
  weigh: (figures: T) => number,
  cells: (figures: T) => readonly string[],
): Row[] {
  const rows = Object.entries(result as Record<string, T | Missing>).map(([address, figures]) =>
    typeof figures === "string"
      ? { address, weight: -1, cells: [figures] }
      : { address, weight: weigh(figures), cells: cells(figures) },
  );
  return rows.toSorted((a, b) => b.weight - a.weight || (a.address < b.address ? -1 : 1));
}

function figureTable(titles: readonly string[], rows: readonly Row[], names: Names): string[] {
  const columns: Column[] = [
    { title: "ADDRESS" },
    ...titles.map((title): Column => ({ title, align: "right" })),
    { title: "SERVICE" },
  ];
  const lines = rows.map(({ address, cells }) => {
    const padded = titles.map((_, index) => cells[index] ?? "");
    return [address, ...padded, names[address] ?? ""];
  });
  return tableLines(columns, lines);
}

export const listView: View = (result) => {
  const rows = Object.entries(result as Record<string, string>);
  return tableLines([{ title: "ADDRESS" }, { title: "SERVICE" }], sorted(rows));
};

export const statView: View = (result, names) => {
  const rows = byWeight<ServiceFigures>(
    result,
    ({ cpu }) => cpu,
    ({ cpu, message, mqlen, task, timers, sent, faults, state }) => [
      cpu.toFixed(3),
      ...[message, mqlen, task, timers, sent, faults].map(String),
      state,
    ],
  );
  const titles = ["CPU s", "MESSAGES", "MAILBOX", "TASKS", "TIMERS", "SENT", "FAULTS", "STATE"];
  return figureTable(titles, rows, names);
};

export const memView: View = (result, names) => {
  const rows = byWeight<HeapFigures>(
    result,
    ({ usedBytes }) => usedBytes,
    ({ usedBytes, totalBytes, limitBytes, externalBytes, sharedBytes, nativeBytes }) =>
      [usedBytes, totalBytes, limitBytes, externalBytes, sharedBytes, nativeBytes].map(sizeText),
  );
  const usedBytes = rows.reduce((sum, { weight }) => sum + Math.max(0, weight), 0);
  const lines = figureTable(["USED", "HEAP", "LIMIT", "BUFFERS", "SHARED", "NATIVE"], rows, names);
  const services = rows.length === 1 ? "1 service uses" : `${rows.length} services use`;
  return [...lines, `${services} ${sizeText(usedBytes)}`];
};

export const gcView: View = (result, names) => {
  const rows = byWeight<Collection>(
    result,
    ({ beforeBytes, afterBytes }) => Math.max(0, beforeBytes - afterBytes),
    ({ beforeBytes, afterBytes, ms }) => [
      sizeText(beforeBytes),
      sizeText(afterBytes),
      sizeText(Math.max(0, beforeBytes - afterBytes)),
      ms.toFixed(1),
    ],
  );
  return figureTable(["BEFORE", "AFTER", "FREED", "MS"], rows, names);
};

export const timeoutsView: View = (result, names) => {
  const rows = Object.entries(result as Record<string, number | Missing>)
    .map(([address, timers]) => ({ address, weight: Number(timers) || 0, cells: [String(timers)] }))
    .toSorted((a, b) => b.weight - a.weight || (a.address < b.address ? -1 : 1));
  return figureTable(["TIMERS"], rows, names);
};

export const pairsView: View = (result) =>
  pairLines(sorted(Object.entries(result as Record<string, string>)));

/** Numbers by name. */
export const countsView: View = (result) =>
  pairLines(
    sorted(
      Object.entries(result as Record<string, number>).map(([name, count]) => [
        name,
        String(count),
      ]),
    ),
  );

export const memoryView: View = (result) =>
  pairLines(
    Object.entries(result as Record<string, number>).map(([name, bytes]) => [
      name,
      sizeText(bytes),
    ]),
  );

export const cmemView: View = (result, names) => {
  const { services, totalBytes, processBytes } = result as {
    services: Record<string, number | Missing>;
    totalBytes: number;
    processBytes: number;
  };
  const rows = Object.entries(services)
    .map(([address, bytes]) => ({
      address,
      weight: typeof bytes === "number" ? bytes : -1,
      cells: [typeof bytes === "number" ? sizeText(bytes) : bytes],
    }))
    .toSorted((a, b) => b.weight - a.weight);
  const [inServices, inAll] = [sizeText(totalBytes), sizeText(processBytes)];
  const total = `all services ${inServices} outside their heaps, the process ${inAll}`;
  return [...figureTable(["OUTSIDE HEAP"], rows, names), total];
};

export const pingView: View = (result) => [`${(result as { ms: number }).ms.toFixed(2)} ms`];

const shardColumns: readonly Column[] = [
  { title: "SHARD", align: "right" },
  { title: "SERVICES", align: "right" },
  { title: "WAITING", align: "right" },
];

export const hostView: View = (result) => {
  const facts = result as HostFacts & { readonly node: number };
  const shards = facts.shards.map(({ index, services, waiting }) => [
    String(index),
    String(services),
    String(waiting),
  ]);
  return [
    ...pairLines([
      ["version", `${facts.version} on Node.js ${facts.nodeVersion}`],
      ["node", String(facts.node)],
      ["process", `${facts.pid}, up ${ageText(facts.uptimeMs)}, ${sizeText(facts.memory.rss)}`],
      ["isolates", `${facts.isolates} of ${facts.isolatesMax}`],
    ]),
    ...tableLines(shardColumns, shards),
  ];
};

/** What a call returned: each value on a line of its own. */
export const callView: View = (result) =>
  (result as readonly unknown[]).flatMap((value) => valueLines(value));

/** A text as it is, any other value as JavaScript writes it. */
export const valueView: View = (result) => valueLines(result);

/** Threads with what they wait for, the stack of each below it; a text when one was asked for. */
export const taskView: View = (result) => {
  if (typeof result !== "object" || result === null) return valueLines(result ?? "");
  return sorted(Object.entries(result as Record<string, string>)).flatMap(([title, text]) => {
    return valueLines(`${safeWord(title)}  ${text}`);
  });
};

/** Each key is a whole line: how many threads, their sessions, and where they are. */
export const uniqueTaskView: View = (result) =>
  Object.keys(result as object).flatMap((key) => valueLines(key.replaceAll("\t", "  ")));

const inspectOptions = {
  depth: 8,
  breakLength: 100,
  maxArrayLength: 1000,
  maxStringLength: 65_536,
};

function valueLines(value: unknown): string[] {
  const text =
    typeof value === "string" ? value.replace(/\n$/, "") : inspect(value, inspectOptions);
  return safeText(text).split("\n");
}

function sorted(rows: readonly [string, string][]): [string, string][] {
  return rows.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
