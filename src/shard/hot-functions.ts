// Hot functions: the functions of a CPU profile or an allocation sample by what they took
// themselves.
// A helper thread. Pure. Used by recording-reader.ts.
// Invariant: the text may be a hostile cell's: what is not a profile fails with INSPECT_FAILED.

import { CodedError } from "../../wire/coded-error.ts";

export type HotEntry = {
  readonly name: string;
  readonly url: string;
  readonly line: number;
  readonly self: number;
  readonly hotLine: number;
};

export type HotReport = {
  readonly total: number;
  readonly samples: number;
  readonly functions: readonly HotEntry[];
};

type Frame = { readonly functionName?: unknown; readonly url?: unknown; lineNumber?: unknown };
type Sum = { name: string; url: string; line: number; self: number; ticks: Map<number, number> };

const functionsShown = 20;

export function hotFunctions(text: string): HotReport {
  const profile = parsed(text);
  const sums = new Map<string, Sum>();
  const { nodes, head } = profile;
  if (Array.isArray(nodes)) addCpu(sums, profile);
  else if (typeof head === "object" && head !== null) addAllocations(sums, head);
  else throw new CodedError("INSPECT_FAILED", "this is no profile: it has neither nodes nor head");
  const all = [...sums.values()];
  return {
    total: all.reduce((sum, { self }) => sum + self, 0),
    samples: Array.isArray(profile["samples"]) ? profile["samples"].length : 0,
    functions: all
      .filter(({ self }) => self > 0)
      .toSorted((one, other) => other.self - one.self)
      .slice(0, functionsShown)
      .map(({ name, url, line, self, ticks }) => {
        const hotLine = mostOf(ticks);
        return { name, url, line, self, hotLine };
      }),
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new CodedError("INSPECT_FAILED", "this is no profile: it is no JSON object");
}

/** Each sample counts with the time up to the next one. */
function addCpu(sums: Map<string, Sum>, profile: Record<string, unknown>): void {
  const samples = numbers(profile["samples"]);
  const { startTime, endTime } = profile;
  const spanUs = Number(endTime) - Number(startTime);
  const interval = medianOf(numbers(profile["timeDeltas"])) || spanUs / (samples.length || 1);
  for (const node of profile["nodes"] as Record<string, unknown>[]) {
    const sum = sumOf(sums, node["callFrame"]);
    const hits = isOurs(node["callFrame"]) ? 0 : Number(node["hitCount"]) || 0;
    sum.self += hits * interval;
    const ticks: unknown = node["positionTicks"];
    for (const tick of Array.isArray(ticks) ? (ticks as Record<string, unknown>[]) : []) {
      const line = Number(tick["line"]) || 0;
      sum.ticks.set(line, (sum.ticks.get(line) ?? 0) + (Number(tick["ticks"]) || 0));
    }
  }
}

function addAllocations(sums: Map<string, Sum>, head: object): void {
  const waiting = [head as Record<string, unknown>];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    sumOf(sums, node["callFrame"]).self += Number(node["selfSize"]) || 0;
    const { children } = node;
    if (Array.isArray(children))
      for (const child of children as typeof waiting) waiting.push(child);
  }
}

function sumOf(sums: Map<string, Sum>, given: unknown): Sum {
  const { functionName, url, lineNumber } = (given ?? {}) as Frame;
  const name = short(functionName) || "(anonymous)";
  const line = (Number(lineNumber) || 0) + 1;
  const file = short(url);
  const key = `${file}:${line}:${name}`;
  const sum = sums.get(key) ?? { name, url: file, line, self: 0, ticks: new Map() };
  sums.set(key, sum);
  return sum;
}

/** The loop in which the profiler was started (src/engine/insight.ts). */
function isOurs(frame: unknown): boolean {
  return (frame as Frame | undefined)?.url === "<isolated-vm>";
}

function short(text: unknown): string {
  return typeof text === "string" ? text.slice(0, 500) : "";
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function mostOf(ticks: ReadonlyMap<number, number>): number {
  const [[line] = [0]] = [...ticks].toSorted(([, one], [, other]) => other - one);
  return line;
}
