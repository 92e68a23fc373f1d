// Lone isolate: one service's isolate with its engine and warden, and nothing of a host around it.
// A process of its own, started by lone-service.ts. Takes a LoneJob, prints a LoneEnd a line.
// Invariant: the process ends by SIGKILL once it has printed: what an attack has left behind does
// not matter.

import { writeSync } from "node:fs";
import { IsolateCount } from "../../src/engine/ceiling.ts";
import { IsolatedEngine } from "../../src/engine/isolated-engine.ts";
import type { IsolatedService } from "../../src/engine/isolate.ts";
import { MarkWord, TurnMark } from "../../src/kernel/turn-mark.ts";
import { decode } from "../../wire/codec.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import { frame, joinBodies, readFrames, type FrameFields, type SeenFrame } from "./frames.ts";
import type { LoneEnd, LoneJob } from "./lone-service.ts";
import { caller, message, own, startMessage } from "./runtime-kit.ts";

const bodyMsMax = 60_000; // the warden is the one who interrupts

const job = JSON.parse(process.argv[2] ?? "") as LoneJob;
const mark = new TurnMark(TurnMark.memory(1), 0);
const count = new IsolateCount(new SharedArrayBuffer(4), 100);
const engine = new IsolatedEngine({ mark: mark.words, count, turnMsMax: job.turnMsMax });
for (const source of job.sources) writeSync(1, `${JSON.stringify(run(source))}\n`);
process.kill(process.pid, "SIGKILL");

function run(source: string): LoneEnd {
  const service = engine.create(job.memoryMb, { isTrusted: job.isTrusted });
  engine.watch(own, service);
  const end = lifeOf(service, source);
  engine.unwatch(own);
  service.dispose();
  return end;
}

function lifeOf(service: IsolatedService, source: string): LoneEnd {
  const interrupts = mark.words[MarkWord.interrupts];
  const identity = { address: own, node: 1, name: "lone", callTimeoutMs: 0, startTimeMs: 0 };
  service.assign(JSON.stringify({ ...identity, messageBytesMax: 1 << 24 }));
  const began = performance.now();
  const fault = inTurn(() => loadFault(service, source));
  const ms = Math.round(performance.now() - began);
  const isInterrupted = mark.words[MarkWord.interrupts] !== interrupts;
  const reply = job.requests === undefined ? undefined : replyTo(service, job.requests);
  return { fault, ms, isInterrupted, reply };
}

function inTurn<T>(enter: () => T): T {
  mark.begin(own, caller);
  try {
    return enter();
  } finally {
    mark.end();
  }
}

function loadFault(service: IsolatedService, source: string): string | undefined {
  const files = new Map([["lone.js", source]]);
  try {
    service.load({ main: "lone.js", files, resolve: (specifier) => specifier }, bodyMsMax);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What the service's commands answer, each in a turn of its own; the last answer counts. */
function replyTo(service: IsolatedService, requests: readonly string[]): unknown {
  const { control, outbox } = service.memory;
  const sent: SeenFrame[] = [];
  service.onFlush = () => {
    sent.push(...readFrames(outbox, control[ControlWord.outboxLength] as number));
    control[ControlWord.outboxLength] = 0;
    return 0;
  };
  const messages = requests.map((request, index) => message(index + 1, request));
  for (const fields of [startMessage(), ...messages]) {
    fill(service, fields);
    const result = inTurn(() => service.turn());
    if (result.kind !== "completed") return result;
    service.onFlush();
  }
  const replies = sent.filter(({ source, kind, session, destination }) => {
    const isOurs = source === 0 && destination === caller && session === requests.length;
    return isOurs && kind === MessageKind.response;
  });
  return replies.length > 0 ? decode(joinBodies(replies))[0] : "no reply";
}

function fill(service: IsolatedService, fields: FrameFields): void {
  const words = frame({ source: caller, destination: own, ...fields });
  service.memory.inbox.set(words);
  service.memory.control[ControlWord.inboxLength] = words.length * 4;
}
