// Insight views: what was recorded of a service, as people read it.
// Main thread of the isonet command. Used by console-commands.ts and top.ts.
// Invariant: texts of services go through text-table.ts, or through safeText.

import type { HeapFigures } from "../../services/api/launcher.ts";
import type {
  Growth,
  HeapGrowth,
  HotFunctions,
} from "../../services/host/console/insight-powers.ts";
import { safeText } from "../../services/host/console/safe-text.ts";
import type { View } from "./console-views.ts";
import { sizeText, tableLines, type Column } from "./text-table.ts";

const right = (title: string): Column => ({ title, align: "right" });

export const heapView: View = (result) => {
  const { path, bytes, nodes, selfBytes } = result as Record<string, number> & { path: string };
  const what = `${nodes} objects of ${sizeText(Number(selfBytes))}`;
  return [safeText(path), `${sizeText(Number(bytes))}: ${what}; load it in DevTools, Memory`];
};

const growthColumns = [
  ...["GROWTH", "OBJECTS", "NOW", "RETAINED"].map(right),
  { title: "CONSTRUCTOR" },
];
const pathsShown = 8;

export const growthView: View = (result) => {
  const { before, after, growers, files } = result as HeapGrowth & { files: readonly string[] };
  const rows = growers.map(
    ({ constructor, count, countGrowth, selfBytesGrowth, retainedBytes }) => [
      `+${sizeText(selfBytesGrowth)}`,
      String(countGrowth),
      String(count),
      retainedBytes === undefined ? "?" : sizeText(retainedBytes),
      constructor,
    ],
  );
  return [
    `heap ${sizeText(before.selfBytes)} -> ${sizeText(after.selfBytes)}`,
    ...tableLines(growthColumns, rows),
    ...growers
      .filter(({ path }) => path !== "")
      .slice(0, pathsShown)
      .map(pathLine),
    ...files.map(safeText),
  ];
};

function pathLine({ constructor, path }: Growth): string {
  return safeText(`${constructor}: ${path}`);
}

type Hot = HotFunctions & { readonly path: string };

export const cpuView: View = (result) => {
  const { path, total, samples, functions } = result as Hot;
  const rows = functions.map(({ self, hotLine, name, url, line }) => [
    (self / 1000).toFixed(1),
    percent(self, total),
    hotLine === 0 ? "" : String(hotLine),
    url === "" ? name : `${name} ${url}:${line}`,
  ]);
  const columns = [...["SELF ms", "%", "HOT LINE"].map(right), { title: "FUNCTION" }];
  const all = `${(total / 1000).toFixed(1)} ms of CPU time in ${samples} samples`;
  return [safeText(path), all, ...tableLines(columns, rows)];
};

export const allocationView: View = (result) => {
  const { path, total, functions } = result as Hot;
  const rows = functions.map(({ self, name, url, line }) => [
    sizeText(self),
    percent(self, total),
    url === "" ? name : `${name} ${url}:${line}`,
  ]);
  const columns = [...["SELF", "%"].map(right), { title: "FUNCTION" }];
  return [safeText(path), `${sizeText(total)}, estimated`, ...tableLines(columns, rows)];
};

type Group = HeapFigures & { readonly name: string; readonly services: number };

export const groupsView: View = (result) => {
  const rows = (result as readonly Group[]).map((group) =>
    [
      group.usedBytes,
      group.totalBytes,
      group.limitBytes,
      group.externalBytes,
      group.sharedBytes,
      group.nativeBytes,
    ]
      .map(sizeText)
      .concat(String(group.services), group.name),
  );
  const titles = ["USED", "HEAP", "LIMIT", "BUFFERS", "SHARED", "NATIVE", "SERVICES"];
  return tableLines([...titles.map(right), { title: "NAME" }], rows);
};

type TopService = {
  readonly address: string;
  readonly cpuPercent: number;
  readonly usedBytes: number;
  readonly messagesPerSecond: number;
  readonly mqlen: number;
  readonly name: string;
};

const topColumns = [
  { title: "ADDRESS" },
  ...["CPU %", "HEAP", "MSG/s", "QUEUE"].map(right),
  { title: "SERVICE" },
];

export function topLines(result: unknown): string[] {
  const { services } = result as { readonly services: readonly TopService[] };
  const rows = services.map((service) => [
    service.address,
    service.cpuPercent.toFixed(1),
    sizeText(service.usedBytes),
    service.messagesPerSecond.toFixed(0),
    String(service.mqlen),
    service.name,
  ]);
  return tableLines(topColumns, rows);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "0.0" : ((part / whole) * 100).toFixed(1);
}
