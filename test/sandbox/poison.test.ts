// Poisoned prototypes: an author has replaced every built-in that can be replaced, and the runtime
// goes on answering. The bundle runs in a realm of its own (node:vm), so that the poison stays
// there.

import { readFileSync } from "node:fs";
import { setImmediate as microtasksDrained } from "node:timers/promises";
import { createContext, runInContext, type Context } from "node:vm";
import { beforeEach, describe, expect, test } from "vitest";
import type { BootedRuntime } from "../../sandbox/boot.ts";
import { decode } from "../../wire/codec.ts";
import { decodeFault } from "../../wire/fault.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { ControlWord, controlBytes } from "../../wire/turn-memory.ts";
import { frame, readFrames, type FrameFields } from "../kit/frames.ts";
import { caller, message, other, own, response, fault, startMessage } from "../kit/runtime-kit.ts";

const bundle = readFileSync(new URL("../../build/sandbox.js", import.meta.url), "utf8");
const boxBytes = 16_384;

/**
 * Replaces, on every built-in that author code can reach, all that can be replaced by what throws.
 * But for two properties of promises, without which no author's await works either. It must not
 * use what it has replaced already.
 */
const poison = `{
  const { ownKeys, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const seen = new Set([isonet]);
  const targets = [];
  const visit = (value) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    if (seen.has(value)) return;
    seen.add(value);
    targets.push(value);
    visit(getPrototypeOf(value));
    for (const key of ownKeys(value)) {
      const own = getOwnPropertyDescriptor(value, key);
      visit(own?.value);
      visit(own?.get);
      visit(own?.set);
    }
  };
  visit(globalThis);
  visit(getPrototypeOf([].values()));
  visit(getPrototypeOf(new Map().entries()));
  visit(getPrototypeOf(new Set().values()));
  visit(getPrototypeOf(async function* () {}));
  visit(getPrototypeOf(function* () {}));
  visit(getPrototypeOf(async () => {}));

  const thrower = function () { throw "poison"; };
  const plans = [];
  for (const target of targets) {
    for (const key of ownKeys(target)) {
      const own = getOwnPropertyDescriptor(target, key);
      if (own === undefined || !own.configurable) continue;
      if (target === Promise.prototype && (key === "then" || key === "constructor")) continue;
      const isData = "value" in own;
      const isThing = typeof own.value === "function" || typeof own.value === "object";
      if (isData && (!isThing || own.value === null)) continue;
      const trap = Object.create(null);
      trap.configurable = true;
      if (isData) trap.value = thrower;
      else trap.get = trap.set = thrower;
      plans.push([target, key, trap]);
    }
  }
  for (const name of ["toString", "constructor", "length", "get", "value", "source"]) {
    const trap = Object.create(null);
    trap.configurable = true;
    trap.get = trap.set = thrower;
    plans.push([Object.prototype, name, trap]);
  }
  let poisoned = 0;
  for (let index = 0; index < plans.length; index++) {
    const plan = plans[index];
    if (defineProperty(plan[0], plan[1], plan[2])) poisoned++;
  }
  poisoned;
}`;

class PoisonKit {
  readonly context: Context;
  /** Properties that were replaced. */
  readonly poisoned: number;
  readonly #runtime: BootedRuntime;
  readonly #memory = new SharedArrayBuffer(controlBytes + 2 * boxBytes);
  readonly #control = new Int32Array(this.#memory, 0, controlBytes / 4);
  readonly #inbox = new Uint32Array(this.#memory, controlBytes, boxBytes / 4);
  readonly #outbox = new Uint32Array(this.#memory, controlBytes + boxBytes, boxBytes / 4);

  constructor(service: string) {
    this.context = createContext({});
    const exports = runInContext(bundle, this.context) as {
      boot(...values: unknown[]): BootedRuntime;
    };
    this.#runtime = exports.boot(this.#memory, boxBytes, boxBytes, () => 0);
    const api = runInContext('globalThis["isonet:api"]', this.context) as object;
    this.#runtime.seal();
    this.#runtime.assign(
      JSON.stringify({
        address: own,
        node: 1,
        name: "poisoned",
        callTimeoutMs: 1000,
        messageBytesMax: 65_536,
        startTimeMs: 0,
      }),
    );
    this.context["isonet"] = api;
    runInContext(`(() => { "use strict"; ${service} })()`, this.context);
    this.poisoned = runInContext(poison, this.context) as number;
  }

  async turn(...frames: readonly FrameFields[]): Promise<unknown[]> {
    let to = 0;
    for (const fields of frames) {
      const words = frame({ source: caller, destination: own, ...fields });
      this.#inbox.set(words, to);
      to += words.length;
    }
    this.#control[ControlWord.inboxLength] = to * 4;
    this.#control[ControlWord.inboxRead] = 0;
    do {
      this.#runtime.turn();
      await microtasksDrained();
    } while ((this.#control[ControlWord.inboxRead] as number) < to * 4);
    const sent = readFrames(this.#outbox, this.#control[ControlWord.outboxLength] as number);
    this.#control[ControlWord.outboxLength] = 0;
    return sent
      .filter(({ kind }) => kind !== MessageKind.text && kind !== MessageKind.system)
      .map(({ kind, session, body }) =>
        kind === MessageKind.error
          ? { fault: session, code: decodeFault(body).code }
          : { session, values: decode(body) },
      );
  }
}

const service = `
  const api = isonet;
  const { log } = console;
  api.commands({
    echo: (value) => value,
    boom: () => { throw { code: "E" }; },
    ask: async () => {
      const answer = await api.call(${other}, "lua", "question");
      return answer;
    },
    sleep: async () => await api.sleep(5, "t"),
    wake: () => api.wakeup("t"),
    log: (value) => { log(value); },
    defer: () => { const respond = api.response(); api.fork(() => respond(true, "later")); },
    bad: () => () => 1,
  });
  api.start(() => {});
`;

describe("with every built-in replaced", () => {
  let kit: PoisonKit;

  beforeEach(async () => {
    kit = new PoisonKit(service);
    await kit.turn(startMessage());
  });

  test("the poison is there", () => {
    expect(kit.poisoned).toBeGreaterThan(700);
    expect(() => runInContext("[].push(1)", kit.context)).toThrow("poison");
    expect(() => runInContext("for (const x of [1]);", kit.context)).toThrow("poison");
  });

  test("commands are answered, and what they throw is told", async () => {
    expect(
      await kit.turn(
        message(1, "echo", { a: [1, "two", 3n], b: new Map([[1, new Set(["x"])]]) }),
        message(2, "boom"),
        message(3, "nosuch"),
        message(4, "bad"),
        message(5, "echo", "still here"),
      ),
    ).toEqual([
      { session: 1, values: [{ a: [1, "two", 3n], b: new Map([[1, new Set(["x"])]]) }] },
      { fault: 2, code: "REMOTE_FAULT" },
      { fault: 3, code: "COMMAND_UNKNOWN" },
      { fault: 4, code: "PACK_UNSUPPORTED" },
      { session: 5, values: ["still here"] },
    ]);
  });

  test("calls go out and their replies come back, or their faults", async () => {
    expect(await kit.turn(message(1, "ask"), message(2, "ask"))).toMatchObject([
      { values: ["question"] },
      { values: ["question"] },
    ]);

    const answer = { ...response(1, "answer"), source: other };
    const failure = fault(3, "ADDRESS_DEAD", { source: other });
    expect(await kit.turn(answer, failure)).toEqual([
      { session: 1, values: ["answer"] },
      { fault: 2, code: "REMOTE_FAULT" },
    ]);
  });

  test("sleepers wake, deferred responses and forks work, dead peers are heard of", async () => {
    await kit.turn(message(1, "sleep"));

    expect(
      await kit.turn(message(2, "wake"), message(3, "defer"), fault(0, "ADDRESS_DEAD")),
    ).toEqual([
      { session: 2, values: [true] },
      { session: 1, values: ["BREAK"] },
      { session: 3, values: ["later"] },
    ]);
  });

  test("bodies that are no packed values, unknown kinds and debug commands are answered", async () => {
    const nonsense = { session: 1, body: Uint8Array.of(0xc1) };

    expect(
      await kit.turn(nonsense, { kind: 99, session: 2 }, { ...message(3, "PING"), kind: 9 }),
    ).toEqual([
      { fault: 1, code: "UNPACK_MALFORMED" },
      { fault: 2, code: "PROTOCOL_UNKNOWN" },
      { session: 3, values: [] },
    ]);
  });

  test("suspended requests are shown, with nothing of the author's asked for it", async () => {
    await kit.turn(message(1, "ask"));

    expect(await kit.turn({ ...message(3, "TASK"), kind: 9 })).toEqual([
      {
        session: 3,
        values: [
          {
            "thread 2 lua session: 1 from :01000200": "call :01000300 kind 10 session 1 for 0.00 s",
          },
        ],
      },
    ]);
  });

  test("log lines of values are written, or dropped, and the service goes on", async () => {
    expect(
      await kit.turn(message(1, "log", { a: [1, { b: "x" }] }), message(2, "echo", 1)),
    ).toEqual([
      { session: 1, values: [] },
      { session: 2, values: [1] },
    ]);
  });
});
