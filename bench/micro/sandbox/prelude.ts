// Prelude: what a small call of a guarded built-in costs in an untrusted isolate, beside the same
// call in a trusted one, and what an isolate of each kind costs to make.
// Run: node --no-node-snapshot bench/micro/sandbox/prelude.ts
// Invariant: the loop runs inside the isolate: one entry is a thousand calls.

import { IsolateCount } from "../../../src/engine/ceiling.ts";
import { IsolatedEngine } from "../../../src/engine/isolated-engine.ts";
import type { IsolatedService } from "../../../src/engine/isolate.ts";
import { TurnMark } from "../../../src/kernel/turn-mark.ts";
import { encode } from "../../../wire/codec.ts";
import { writeHeader, emptyHeader, frameHeaderBytes } from "../../../wire/frame.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { ControlWord } from "../../../wire/turn-memory.ts";
import { measure, type Task } from "../measure.ts";

const calls: Readonly<Record<string, string>> = {
  "[10].map(f)": "ten.map((x) => x + 1)",
  "[10].indexOf": "ten.indexOf(7)",
  "[10].slice": "ten.slice(2, 5)",
  "[3].join": "three.join('-')",
  "text.split(',')": "(text + index).split(',')",
  "text.toUpperCase": "(text + index).toUpperCase()",
  "text.replace(/b/g, '[$&]')": "text.replace(/b/g, '[$&]')",
  "/b/.test": "/b/.test(text)",
  "JSON.parse": "JSON.parse('{\"a\":1}')",
  "Object.keys": "Object.keys(fields)",
  "new Date()": "new Date()",
};

const units = 1000;
const memoryMb = 32;
const own = 0x0100_0100;
const mark = new TurnMark(TurnMark.memory(1), 0);
const count = new IsolateCount(new SharedArrayBuffer(4), 1000);
const engine = new IsolatedEngine({ mark: mark.words, count, turnMsMax: 0 });

/** A service that does all the calls of one name in a turn. */
function makeService(isTrusted: boolean): IsolatedService {
  const service = engine.create(memoryMb, { isTrusted });
  const loops = Object.entries(calls).map(
    ([name, call]) =>
      `${JSON.stringify(name)}: () => {
        for (let index = 0; index < ${units}; index++) kept = ${call};
      }`,
  );
  const source = `
    import { commands, start } from "isonet";
    const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], three = ["a", "b", "c"];
    const text = "a,b,c,d", fields = { x: 1, y: 2 };
    export let kept;
    commands({ ${loops.join(",\n")} });
    start(() => {});`;
  const times = { callTimeoutMs: 0, startTimeMs: 0 };
  const identity = { address: own, node: 1, name: "bench", messageBytesMax: 65_536, ...times };
  service.assign(JSON.stringify(identity));
  const files = new Map([["bench.js", source]]);
  service.load({ main: "bench.js", files, resolve: (specifier) => specifier }, units);
  return service;
}

/** One command as a one-way message; the service's outbox is emptied. */
function send(service: IsolatedService, name: string): void {
  const { control, inbox } = service.memory;
  const body = encode([name]);
  const length = frameHeaderBytes + body.length;
  const header = { ...emptyHeader(), kind: MessageKind.lua, source: own + 1, destination: own };
  writeHeader(inbox, 0, { ...header, length });
  new Uint8Array(inbox.buffer, inbox.byteOffset + frameHeaderBytes).set(body);
  control[ControlWord.inboxLength] = (length + 3) & ~3;
  const { kind } = service.turn();
  if (kind !== "completed") throw new Error(`${name}: ${kind}`);
  control[ControlWord.outboxLength] = 0;
}

const trusted = makeService(true);
const untrusted = makeService(false);
const tasks: Task[] = Object.keys(calls).flatMap((name) => [
  { name: `${name}: trusted`, units, run: () => send(trusted, name) },
  { name: `${name}: untrusted`, units, run: () => send(untrusted, name) },
]);
await measure("one call of a built-in", tasks);
await measure("one isolate, made and disposed", [
  { name: "trusted", units: 1, run: () => engine.create(memoryMb).dispose() },
  {
    name: "untrusted",
    units: 1,
    run: () => engine.create(memoryMb, { isTrusted: false }).dispose(),
  },
]);
trusted.dispose();
untrusted.dispose();
await engine.stop();
