// Insight commands: what a service holds and does: heap snapshots and their growth, profiles,
// allocation samples, and all services by what they use.
// Shard 0. Through recorder.ts; files are written by the host into its profile directory.
// Invariant: texts of services are printed through print.ts, which makes them harmless.

import type { ServiceFigures } from "../../api/launcher.ts";
import { limits } from "../../../wire/limits.ts";
import type { HotFunctions } from "./insight-powers.ts";
import { Recorder, type Recorded } from "./recorder.ts";
import type { Answer } from "./answer.ts";
import { aligned } from "./columns.ts";
import { addressed, launcher, type CommandTable, type Invocation } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";

const allocationBytes = 16 * 1024; // between two samples, on average
const pathsShown = 8;
const sorts = ["cpu", "mem", "rate", "queue"] as const;

export const insightCommands: CommandTable = {
  heap: {
    usage: "address [file]",
    summary: "writes a heap snapshot that opens in DevTools",
    access: "write",
    run: heap,
  },
  heapdiff: {
    usage: "address seconds [keep]",
    summary: "what grew in that time, by constructor, and who keeps it",
    access: "write",
    run: heapDiff,
  },
  profile: {
    usage: "address seconds [file]",
    summary: "writes a CPU profile, and shows the hottest functions",
    access: "write",
    run: profile,
  },
  sample: {
    usage: "address seconds [all] [file]",
    summary: "samples allocations: who made what is still there; all: what was collected, too",
    access: "write",
    run: sample,
  },
  top: {
    usage: "[cpu|mem|rate|queue] [seconds]",
    summary: "what services use in a second, the busiest first",
    access: "read",
    run: top,
  },
};

/** ":0100000c" without what a file name cannot have, and the time. */
async function nameOf(invocation: Invocation, index: number, ending: string): Promise<string> {
  const given = invocation.args.optional(index);
  if (given !== undefined) return given.endsWith(`.${ending}`) ? given : `${given}.${ending}`;
  const address = await addressed(invocation);
  const time = new Date().toISOString().replaceAll(/[:.]/g, "");
  return `${invocation.isonet.address(address).slice(1)}-${time}.${ending}`;
}

function secondsOf({ args }: Invocation): number {
  const seconds = Number(args.required(1, "seconds"));
  const isFine = Number.isFinite(seconds) && seconds > 0 && seconds <= limits.recordingSecondsMax;
  if (isFine) return seconds;
  throw args.invalid(`seconds must be over 0 and at most ${limits.recordingSecondsMax}`);
}

async function heap(invocation: Invocation): Promise<Answer> {
  const { isonet, powers } = invocation;
  const address = await addressed(invocation);
  const name = await nameOf(invocation, 1, "heapsnapshot");
  const { path, bytes, discard } = await new Recorder(isonet, powers.insight).snapshot(
    address,
    name,
  );
  try {
    const { nodes, edges, selfBytes } = await powers.insight.readSnapshot(path);
    const result = { path, bytes, nodes, edges, selfBytes };
    const what = `${nodes} objects of ${kilobytes(selfBytes)}, ${edges} edges`;
    return { result, text: `${path}\n${kilobytes(bytes)}: ${what}` };
  } catch (error) {
    await discard();
    throw error;
  }
}

async function heapDiff(invocation: Invocation): Promise<Answer> {
  const { isonet, powers, args } = invocation;
  const address = await addressed(invocation);
  const seconds = secondsOf(invocation);
  const isKept = args.optional(2) === "keep";
  const base = (await nameOf(invocation, Number.MAX_SAFE_INTEGER, "heapsnapshot")).split(".")[0];
  const recorder = new Recorder(isonet, powers.insight);
  const made: Recorded[] = [];
  try {
    made.push(await recorder.snapshot(address, `${base}-before.heapsnapshot`));
    await isonet.sleep(Math.ceil(seconds * 100));
    made.push(await recorder.snapshot(address, `${base}-after.heapsnapshot`));
    const [before, after] = made.map(({ path }) => path) as [string, string];
    const growth = await powers.insight.compareSnapshots(before, after);
    const files = isKept ? [before, after] : [];
    return { result: { ...growth, files }, text: growthText(growth, files) };
  } finally {
    if (!isKept) await Promise.all(made.map((file) => file.discard()));
  }
}

type HeapGrowth = Awaited<ReturnType<Invocation["powers"]["insight"]["compareSnapshots"]>>;

function growthText({ before, after, growers }: HeapGrowth, files: readonly string[]): string {
  const rows = growers.map((grower) => [
    signed(grower.selfBytesGrowth / 1024, 1),
    signed(grower.countGrowth, 0),
    String(grower.count),
    grower.retainedBytes === undefined ? "?" : (grower.retainedBytes / 1024).toFixed(1),
    grower.constructor,
  ]);
  const paths = growers.filter(({ path }) => path !== "").slice(0, pathsShown);
  return [
    `heap: ${kilobytes(before.selfBytes)} -> ${kilobytes(after.selfBytes)}`,
    ...aligned(["GROWTH Kb", "OBJECTS", "NOW", "RETAINED Kb", "CONSTRUCTOR"], rows),
    ...paths.map(({ constructor, path }) => `${constructor}: ${path}`),
    ...files,
  ].join("\n");
}

async function profile(invocation: Invocation): Promise<Answer> {
  const seconds = secondsOf(invocation);
  const intervalUs = Math.max(1000, Math.ceil((seconds * 1e6) / limits.profileSamplesMax));
  const name = await nameOf(invocation, 2, "cpuprofile");
  const order = { kind: "cpu", intervalUs };
  return recorded(invocation, { name, order, seconds }, cpuLines);
}

async function sample(invocation: Invocation): Promise<Answer> {
  const seconds = secondsOf(invocation);
  const isAll = invocation.args.optional(2) === "all";
  const name = await nameOf(invocation, isAll ? 3 : 2, "heapprofile");
  const order = { kind: "allocations", intervalBytes: allocationBytes, isAll };
  return recorded(invocation, { name, order, seconds }, allocationLines);
}

async function recorded(
  invocation: Invocation,
  { name, order, seconds }: { name: string; order: object; seconds: number },
  linesOf: (hot: HotFunctions) => string[],
): Promise<Answer> {
  const { isonet, powers } = invocation;
  const address = await addressed(invocation);
  const recorder = new Recorder(isonet, powers.insight);
  const { path, bytes, discard } = await recorder.record(address, name, {
    order,
    ms: Math.ceil(seconds * 1000),
  });
  try {
    const hot = await powers.insight.readProfile(path);
    return { result: { path, bytes, ...hot }, text: [path, ...linesOf(hot)].join("\n") };
  } catch (error) {
    await discard();
    throw error;
  }
}

function cpuLines({ total, samples, functions }: HotFunctions): string[] {
  const rows = functions.map(({ self, hotLine, ...where }) => [
    (self / 1000).toFixed(1),
    share(self, total),
    hotLine === 0 ? "" : String(hotLine),
    placeText(where),
  ]);
  const all = `${(total / 1000).toFixed(1)} ms of CPU time in ${samples} samples`;
  return [all, ...aligned(["SELF ms", "%", "HOT LINE", "FUNCTION"], rows)];
}

function allocationLines({ total, functions }: HotFunctions): string[] {
  const rows = functions.map(({ self, ...where }) => [
    (self / 1024).toFixed(1),
    share(self, total),
    placeText(where),
  ]);
  return [`${kilobytes(total)}, estimated`, ...aligned(["SELF Kb", "%", "FUNCTION"], rows)];
}

function placeText({ name, url, line }: { name: string; url: string; line: number }): string {
  return url === "" ? name : `${name} ${url}:${line}`;
}

type TopRow = {
  readonly address: string;
  readonly cpuPercent: number;
  readonly usedBytes: number;
  readonly messagesPerSecond: number;
  readonly mqlen: number;
  readonly name: string;
};

async function top(invocation: Invocation): Promise<Answer> {
  const { isonet, args, powers } = invocation;
  const sort = sorts.find((each) => each === (args.optional(0) ?? "cpu"));
  if (sort === undefined) throw args.invalid(`it is sorted by ${sorts.join(", ")}`);
  const seconds = Number(args.optional(1) ?? "1");
  if (!(seconds >= 0.1 && seconds <= 60)) throw args.invalid("seconds must be 0.1 to 60");
  const { call } = launcher(isonet, consoleLimits.launcherMarginMs + consoleLimits.debugMs);
  const before = await call.stat();
  const startMs = powers.clock.nowMs();
  await isonet.sleep(Math.round(seconds * 100));
  const [after, heaps, names] = await Promise.all([call.stat(), call.mem(), call.list()]);
  const spanSeconds = Math.max(0.001, (powers.clock.nowMs() - startMs) / 1000);
  const rows = Object.entries(after).flatMap(([address, figures]): TopRow[] => {
    if (typeof figures === "string") return [];
    const was = before[address];
    const then: Pick<ServiceFigures, "cpu" | "message"> = typeof was === "object" ? was : figures;
    const heapFigures = heaps[address];
    return [
      {
        address,
        cpuPercent: ((figures.cpu - then.cpu) / spanSeconds) * 100,
        usedBytes: typeof heapFigures === "object" ? heapFigures.usedBytes : 0,
        messagesPerSecond: (figures.message - then.message) / spanSeconds,
        mqlen: figures.mqlen,
        name: names[address] ?? "",
      },
    ];
  });
  const weigh = weights[sort];
  const sorted = rows.toSorted((one, other) => weigh(other) - weigh(one));
  return { result: { sort, seconds: spanSeconds, services: sorted }, text: topText(sorted) };
}

const weights: Record<(typeof sorts)[number], (row: TopRow) => number> = {
  cpu: ({ cpuPercent }) => cpuPercent,
  mem: ({ usedBytes }) => usedBytes,
  rate: ({ messagesPerSecond }) => messagesPerSecond,
  queue: ({ mqlen }) => mqlen,
};

function topText(rows: readonly TopRow[]): string {
  const cells = rows.map((row) => [
    row.address,
    row.cpuPercent.toFixed(1),
    (row.usedBytes / 1024).toFixed(0),
    row.messagesPerSecond.toFixed(0),
    String(row.mqlen),
    row.name,
  ]);
  return aligned(["ADDRESS", "CPU %", "HEAP Kb", "MSG/s", "QUEUE", "SERVICE"], cells).join("\n");
}

function share(part: number, whole: number): string {
  return whole === 0 ? "0.0" : ((part / whole) * 100).toFixed(1);
}

function signed(value: number, digits: number): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(digits)}`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} Kb`;
}
