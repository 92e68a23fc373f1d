// Metrics: what a monitoring system reads at /metrics: figures of services, modules, shards, cells
// and of the containment.
// Shard 0. Asked by http-session.ts; the launcher and the marks have the figures.
// Invariant: as many rows as the limits allow, and an answer in time: a shard that is stuck is left
// out and counted.

import type { HeapFigures, Missing, ServiceFigures } from "../../api/launcher.ts";
import type { MetricFamily, MetricSample } from "../../../wire/metric-family.ts";
import { launcher, type Isonet } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";
import type { ConsolePowers } from "./powers.ts";

const { metricModulesMax, metricServicesMax, metricTicks, launcherMarginMs } = consoleLimits;
const tickMs = 10;
const other = "other";

/** Figures of one service, or the sum of several. */
type Row = Record<(typeof columns)[number]["of"], number>;

const columns = [
  { of: "messages", kind: "counter", help: "messages handled" },
  { of: "errors", kind: "counter", help: "requests answered with an error" },
  { of: "cpuSeconds", name: "cpu_seconds", kind: "counter", help: "CPU time" },
  { of: "refused", kind: "counter", help: "messages sent and refused" },
  { of: "expired", kind: "counter", help: "requests dropped past their deadline" },
  { of: "interrupts", kind: "counter", help: "turns interrupted: strikes of untrusted services" },
  { of: "faults", kind: "counter", help: "breaches of the frame format" },
  { of: "restarts", kind: "counter", help: "restarts" },
  { of: "queue", name: "queue_messages", kind: "gauge", help: "messages that wait" },
  { of: "tasks", kind: "gauge", help: "suspended tasks" },
  { of: "heapBytes", name: "heap_bytes", kind: "gauge", help: "heap in use" },
] as const;

export async function metricFamilies(
  isonet: Isonet,
  powers: ConsolePowers,
): Promise<readonly MetricFamily[]> {
  const scope = { timeoutTicks: metricTicks };
  const { call } = launcher(isonet, metricTicks * tickMs + launcherMarginMs);
  const [titles, stats, heaps] = await Promise.all([
    call.list(),
    call.stat(scope),
    call.mem(scope),
  ]);
  const services: { address: string; module: string; row: Row }[] = [];
  let missing = 0;
  for (const [address, title] of Object.entries(titles)) {
    const row = rowOf(stats[address], heaps[address]);
    if (row === undefined) missing++;
    else services.push({ address, module: title.split(" ", 1)[0] ?? "", row });
  }
  services.sort((one, two) => two.row.messages - one.row.messages);
  return [
    ...families("service", services, ({ address, module }, index) =>
      index < metricServicesMax ? { address, module } : { address: other, module: other },
    ),
    ...families("module", services, moduleLabels(services)),
    gauge("services", "services that live", Object.keys(titles).length),
    gauge("services_missing", "services whose shard has not answered in time", missing),
    ...hostFamilies(powers),
    ...containmentFamilies(powers),
  ];
}

/** Undefined: it has not answered, or waits for its restart. */
function rowOf(
  stat: ServiceFigures | Missing | undefined,
  heap: HeapFigures | Missing | undefined,
): Row | undefined {
  if (typeof stat !== "object") return undefined;
  const { message, errors, cpu, refused, expired, interrupts, faults, restarts } = stat;
  return {
    messages: message,
    errors,
    cpuSeconds: cpu,
    refused,
    expired,
    interrupts,
    faults,
    restarts,
    queue: stat.mqlen,
    tasks: stat.task,
    heapBytes: typeof heap === "object" ? heap.usedBytes : 0,
  };
}

/** The modules with the most messages have rows of their own. */
function moduleLabels(services: readonly { readonly module: string }[]) {
  const named = new Set<string>();
  for (const { module } of services) if (named.size < metricModulesMax) named.add(module);
  return ({ module }: { readonly module: string }): Record<string, string> => ({
    module: named.has(module) ? module : other,
  });
}

/** One family a column, rows of the same labels summed. */
function families<T extends { readonly row: Row }>(
  what: string,
  services: readonly T[],
  labelsOf: (service: T, index: number) => Record<string, string>,
): MetricFamily[] {
  const sums = new Map<string, { labels: Record<string, string>; row: Row }>();
  for (const [index, service] of services.entries()) {
    const labels = labelsOf(service, index);
    const key = JSON.stringify(labels);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { labels, row: { ...service.row } });
    else for (const { of } of columns) sum.row[of] += service.row[of];
  }
  return columns.map((column) => {
    const { of, kind, help } = column;
    const stem = "name" in column ? column.name : of;
    const name = `isonet_${what}_${stem}${kind === "counter" ? "_total" : ""}`;
    const rows = Array.from(sums.values(), ({ labels, row }) => ({ labels, value: row[of] }));
    return { name, help: `${help}, by ${what}`, kind, samples: rows };
  });
}

function hostFamilies({ facts }: ConsolePowers): MetricFamily[] {
  const { shards, isolates, isolatesMax, memory, uptimeMs } = facts();
  const byShard = (value: (shard: (typeof shards)[number]) => number): MetricSample[] =>
    shards.map((shard) => ({ labels: { shard: String(shard.index) }, value: value(shard) }));
  return [
    samples(
      "shard_services",
      "services on the shard",
      byShard(({ services }) => services),
    ),
    samples(
      "shard_waiting",
      "messages that wait on the shard",
      byShard(({ waiting }) => waiting),
    ),
    gauge("isolates", "isolates of the host", isolates),
    gauge("isolates_max", "isolates the host may have", isolatesMax),
    gauge("process_resident_bytes", "memory of the host's process", memory.rss),
    gauge("uptime_seconds", "time since the host started", uptimeMs / 1000),
  ];
}

function containmentFamilies({ containment }: ConsolePowers): MetricFamily[] {
  const cells = containment.cells();
  const owners = containment.strikes();
  const byCell = (value: (cell: (typeof cells)[number]) => number): MetricSample[] =>
    cells.map((cell) => ({
      labels: { cell: String(cell.place), state: cell.state },
      value: value(cell),
    }));
  const offences = (["slice", "memory", "cell"] as const).map((kind) => ({
    labels: { kind },
    value: owners.reduce((sum, owner) => sum + owner[kind], 0),
  }));
  const standings = (["free", "quarantined", "refused"] as const).map((standing) => ({
    labels: { standing },
    value: owners.filter((owner) => owner.standing === standing).length,
  }));
  const points = owners.reduce((sum, owner) => sum + owner.points, 0);
  const incidents = containment.incidents()[0]?.id ?? 0;
  return [
    samples(
      "cell_services",
      "services in the cell",
      byCell(({ services }) => services),
    ),
    samples(
      "cell_waiting",
      "messages that wait in the cell",
      byCell(({ waiting }) => waiting),
    ),
    samples(
      "cell_resident_bytes",
      "memory of the cell",
      byCell(({ rssBytes }) => rssBytes),
    ),
    samples(
      "cell_refused",
      "frames of the cell dropped",
      byCell(({ refused }) => refused),
    ),
    {
      ...samples("offences_total", "offences: interrupted, out of memory, cell lost", offences),
      kind: "counter",
    },
    samples("owners_with_strikes", "owners with a record, by standing", standings),
    gauge("strike_points", "points of all owners", points),
    { ...gauge("incidents_total", "services stopped and cells lost", incidents), kind: "counter" },
  ];
}

function samples(name: string, help: string, all: readonly MetricSample[]): MetricFamily {
  return { name: `isonet_${name}`, help, kind: "gauge", samples: all };
}

function gauge(name: string, help: string, value: number): MetricFamily {
  return samples(name, help, [{ labels: {}, value }]);
}
