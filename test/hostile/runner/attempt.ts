// Attempt: one script in a service of its own: called once, and watched until it has stopped.
// The process of the runner's host.
// Invariant: ends within its deadline, whatever the script does.

import { setTimeout as pause } from "node:timers/promises";
import type { Address } from "isonet";
import { CpuWait } from "./cpu-wait.ts";
import type { Stage } from "./stage.ts";
import { serviceSource, type ScriptText } from "./script-source.ts";
import type { Failure } from "./verdict.ts";

export type Attempted = {
  readonly failure: Failure | undefined;
  readonly stopMs: number;
  /** Of that time, what its cell waited for a processor. */
  readonly waitedMs: number;
  /** What it answered, as text. */
  readonly answer: string;
};

type Answer = {
  readonly failure: Failure | undefined;
  readonly answer: string;
  readonly value?: unknown;
  readonly tookMs: number;
};

const deadlineMs = 15_000;
const patienceMs = 3000;
const promptMsMax = 200;
const pingsMs = 20;
const shownUnits = 400;

export async function attempt(stage: Stage, script: ScriptText): Promise<Attempted> {
  using wait = new CpuWait();
  const launched = await answerOf(stage.launch(serviceSource(script)));
  const address = launched.value as Address | undefined;
  if (address === undefined) {
    const { failure, answer, tookMs } = launched;
    const stopMs = failure === undefined ? 0 : Math.round(tookMs);
    return { failure, answer, stopMs, waitedMs: wait.ms };
  }
  wait.reset();
  try {
    return await watch(stage, address, wait);
  } finally {
    await stage.clear();
  }
}

/** Calls it, and pings it until its answer is there and a ping has come back behind it. */
async function watch(stage: Stage, to: Address, wait: CpuWait): Promise<Attempted> {
  const startMs = performance.now();
  const leftMs = (): number => Math.max(1, deadlineMs - (performance.now() - startMs));
  const ask = (command: string): Promise<Answer> =>
    answerOf(stage.host.isonet.call({ to, timeoutMs: leftMs() }, "lua", command));
  let ran: Answer | undefined;
  const running = ask("run").then((answer) => (ran = answer));
  let silent = { ms: 0, waitedMs: 0 };
  let promptSinceMs = startMs;
  let stopped: Failure | undefined;
  for (;;) {
    const isLast = ran !== undefined || leftMs() === 1;
    const before = wait.ms;
    const { failure, tookMs } = await ask("ping");
    if (tookMs > silent.ms) silent = { ms: tookMs, waitedMs: wait.ms - before };
    if (failure !== undefined && stops.has(failure.code)) stopped ??= failure;
    if (tookMs > promptMsMax) promptSinceMs = performance.now();
    const isAwaiting = ran === undefined && performance.now() - promptSinceMs > patienceMs;
    if (isAwaiting) return { failure: stillAwaits, answer: "", ...stopOf(silent) };
    if (isLast || (failure !== undefined && endings.has(failure.code))) break;
    await Promise.race([running, pause(pingsMs)]);
  }
  const { failure, answer, tookMs } = await running;
  const ranFor = { ms: tookMs, waitedMs: wait.ms };
  // What it still does behind an error waits for its owner's share, or is ended already.
  if (failure !== undefined) return { failure, answer, ...stopOf(ranFor) };
  // One that answers pings while its caller waits is awaiting something, and stops nobody.
  const hasAwaited = tookMs > silent.ms * 2 + pingsMs;
  const kept = hasAwaited || silent.ms > tookMs ? silent : ranFor;
  stopped ??= await interruption(ask);
  return { failure: stopped, answer, ...stopOf(kept) };
}

/** It answered, and was interrupted in what it did behind its answer. */
async function interruption(
  ask: (command: string) => Promise<Answer>,
): Promise<Failure | undefined> {
  const { value } = await ask("interrupts");
  if (typeof value !== "number" || value === 0) return undefined;
  return { code: "SLICE_EXCEEDED", text: `it answered; interrupts: ${value}`, remoteCode: "" };
}

function stopOf({ ms, waitedMs }: { readonly ms: number; readonly waitedMs: number }) {
  return { stopMs: Math.round(ms), waitedMs };
}

const stillAwaits: Failure = {
  code: "CALL_TIMEOUT",
  text: `no answer for ${patienceMs} ms, in which it answered others`,
  remoteCode: "",
};

/** What ends a script that had answered and went on behind its answer. */
const stops: ReadonlySet<string> = new Set(["SLICE_EXCEEDED", "CELL_LOST", "MEMORY_LIMIT"]);
const endings: ReadonlySet<string> = new Set(["ADDRESS_DEAD", "CELL_LOST", "MEMORY_LIMIT"]);

async function answerOf(asked: Promise<unknown>): Promise<Answer> {
  const startMs = performance.now();
  try {
    const value = await asked;
    const answer = String(value).slice(0, shownUnits);
    return { failure: undefined, answer, value, tookMs: performance.now() - startMs };
  } catch (error) {
    const thrown = error as Error & Partial<Failure>;
    const text = thrown.message.slice(0, shownUnits);
    const failure = { code: thrown.code ?? "NO_CODE", remoteCode: thrown.remoteCode ?? "", text };
    return { failure, answer: "", tookMs: performance.now() - startMs };
  }
}
