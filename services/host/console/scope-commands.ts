// Scope commands: what the services use, one line each: list, stat, mem, gc, timeouts, cmem.
// Shard 0. The launcher works on the isolates from outside, so a service that hangs costs its own
// line only.
// Invariant: every one ends: after `t` ticks a service that has not answered is TIMEOUT.

import type { HeapFigures, Missing, Scope, ServiceFigures } from "../../api/launcher.ts";
import type { Answer, Table } from "./answer.ts";
import type { Arguments } from "./arguments.ts";
import { wideMemory } from "./memory-table.ts";
import { addressOf, launcher, type CommandTable, type Invocation } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";

const { launcherMarginMs, scopeTicks, waitMsMax } = consoleLimits;
const tickMs = 10;
const ticksPattern = /^-?\d{1,9}$/;
const scopeUsage = "[address] [t]";

export const scopeCommands: CommandTable = {
  list: {
    usage: "",
    summary: "every service with its name and arguments",
    access: "read",
    run: async ({ isonet }) => ({ result: await launcher(isonet, launcherMarginMs).call.list() }),
  },
  stat: {
    usage: `${scopeUsage} [all]`,
    summary: "CPU seconds, messages, mailbox and tasks of each service; t in ticks of 10 ms",
    access: "read",
    run: stat,
  },
  mem: {
    usage: `${scopeUsage} [all] [--by owner|module|cell]`,
    summary: "heap of each service; all: every figure, with the largest first; --by: totals",
    access: "read",
    run: async (invocation) => {
      const wide = await wideMemory(invocation);
      if (wide !== undefined) return wide;
      const { scope, withinMs } = await scopeOf(invocation, invocation.args.values(0));
      return heapAnswer(invocation, launcher(invocation.isonet, withinMs).call.mem(scope));
    },
  },
  gc: {
    usage: scopeUsage,
    summary: "collects the garbage of each service and shows its heap",
    access: "write",
    run: gc,
  },
  timeouts: {
    usage: scopeUsage,
    summary: "timers that each service waits for",
    access: "read",
    run: timeouts,
  },
  cmem: {
    usage: scopeUsage,
    summary: "memory of each service outside its heap, and of the whole process",
    access: "read",
    run: cmem,
  },
};

/**
 * The words after the name: an address begins with ":" or "." or is no decimal number; a number is
 * t. Of two numbers the first is an address.
 */
async function scopeOf(
  { isonet, args }: Invocation,
  words: readonly unknown[],
): Promise<{ scope: Scope; withinMs: number }> {
  const { address, ticks } = scopeWords(args, words.map(String));
  const withinMs = ticks <= 0 ? waitMsMax : Math.min(ticks * tickMs, waitMsMax);
  const timeoutTicks = Math.ceil(withinMs / tickMs);
  const scope: Scope =
    address === undefined
      ? { timeoutTicks }
      : { address: await addressOf(isonet, address), timeoutTicks };
  return { scope, withinMs: withinMs + launcherMarginMs };
}

function scopeWords(
  args: Arguments,
  words: readonly string[],
): { address: string | undefined; ticks: number } {
  let address: string | undefined;
  let ticks: number | undefined;
  const areNumbers = words.every((word) => ticksPattern.test(word));
  if (areNumbers && words.length === 2) return { address: words[0], ticks: Number(words[1]) };
  for (const word of words) {
    const isTicks = ticksPattern.test(word);
    if (isTicks && ticks === undefined) ticks = Number(word);
    else if (!isTicks && address === undefined) address = word;
    else
      throw args.invalid(`one address and one time at most, not ${JSON.stringify(word)} as well`);
  }
  return { address, ticks: ticks ?? scopeTicks };
}

async function stat(invocation: Invocation): Promise<Answer> {
  const words = invocation.args.values(0);
  const isAll = words.at(-1) === "all";
  const { scope, withinMs } = await scopeOf(invocation, isAll ? words.slice(0, -1) : words);
  const result = await launcher(invocation.isonet, withinMs).call.stat(scope);
  return { result, text: eachOf(result, (figures) => statRow(figures, isAll)) };
}

/** Skynet's four figures; `all` adds the others. */
function statRow(figures: ServiceFigures, isAll: boolean): Record<string, unknown> {
  const four = skynetFigures(figures);
  return isAll ? { ...figures, ...four, turnMs: rounded(figures.turnMs, 3) } : four;
}

export function skynetFigures(figures: ServiceFigures): Record<string, number> {
  const { cpu, message, mqlen, task } = figures;
  return { cpu: rounded(cpu, 6), message, mqlen, task };
}

async function gc(invocation: Invocation): Promise<Answer> {
  const { scope, withinMs } = await scopeOf(invocation, invocation.args.values(0));
  const { call } = launcher(invocation.isonet, withinMs);
  const [result, names] = await Promise.all([call.gc(scope), call.list()]);
  const text = eachOf(result, ({ afterBytes }, address) => kilobytes(afterBytes, names[address]));
  return { result, text };
}

async function heapAnswer(
  { isonet }: Invocation,
  asked: Promise<Record<string, HeapFigures | Missing>>,
): Promise<Answer> {
  const [result, names] = await Promise.all([
    asked,
    launcher(isonet, launcherMarginMs).call.list(),
  ]);
  return {
    result,
    text: eachOf(result, ({ usedBytes }, address) => kilobytes(usedBytes, names[address])),
  };
}

async function timeouts(invocation: Invocation): Promise<Answer> {
  const { scope, withinMs } = await scopeOf(invocation, invocation.args.values(0));
  const { call } = launcher(invocation.isonet, withinMs);
  const [figures, names] = await Promise.all([call.stat(scope), call.list()]);
  const result = Object.fromEntries(eachOf(figures, ({ timers }) => timers));
  return {
    result,
    text: eachOf(figures, ({ timers }, address) => `${timers} (${names[address] ?? ""})`),
  };
}

async function cmem(invocation: Invocation): Promise<Answer> {
  const { scope, withinMs } = await scopeOf(invocation, invocation.args.values(0));
  const services = await launcher(invocation.isonet, withinMs).call.mem(scope);
  const { memory } = invocation.powers.facts();
  const rows = eachOf(services, ({ nativeBytes, externalBytes }) => nativeBytes + externalBytes);
  const totalBytes = [...rows.values()].reduce<number>(
    (sum, bytes) => sum + (typeof bytes === "number" ? bytes : 0),
    0,
  );
  const text = new Map([...rows].map(([address, bytes]) => [address, sizeText(bytes)]));
  text.set("total", sizeText(totalBytes));
  text.set("process", sizeText(memory.rss));
  return {
    result: { services: Object.fromEntries(rows), totalBytes, processBytes: memory.rss },
    text,
  };
}

/** One row for each service; one that did not answer keeps its TIMEOUT or ERROR. */
function eachOf<T extends object>(
  answers: Record<string, T | Missing>,
  row: (answer: T, address: string) => unknown,
): Table {
  const entries = Object.entries(answers).map(([address, answer]): [string, unknown] => [
    address,
    typeof answer === "string" ? answer : row(answer, address),
  ]);
  return new Map(entries);
}

function kilobytes(bytes: number, name = ""): string {
  return `${(bytes / 1024).toFixed(2)} Kb (${name})`;
}

function sizeText(bytes: unknown): unknown {
  return typeof bytes === "number" ? `${(bytes / 1024).toFixed(2)} Kb` : bytes;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
