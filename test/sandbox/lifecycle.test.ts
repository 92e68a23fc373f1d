// Lifecycle: start, init and exit (reference §2.1, §2.6).

import { describe, expect, test } from "vitest";
import type { CodedError } from "../../wire/coded-error.ts";
import {
  caller,
  debugMessage,
  message,
  other,
  response,
  resolvedTo,
  restartMessage,
  RuntimeKit,
} from "../kit/runtime-kit.ts";

function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as CodedError).code;
  }
}

const gone = { code: "ADDRESS_DEAD", text: "the service has exited" };

describe("start", () => {
  test("runs with the arguments of newService, and the kernel hears that it is ready", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    kit.api.start((...args: unknown[]) => seen.push(args));

    await kit.start("a", { b: 2 });

    expect(seen).toEqual([["a", { b: 2 }]]);
    expect(kit.take()).toEqual([{ command: "ready" }]);
  });

  test("is over when the handler's promise has resolved; messages are handled meanwhile", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ hello: () => "world" });
    kit.api.start(async () => {
      await kit.api.call(other, "lua", "warm");
    });

    await kit.start();
    await kit.turn(message(7, "hello"));
    expect(kit.take()).toEqual([
      { kind: "lua", to: other, session: 1, values: ["warm"] },
      { reply: 7, to: caller, values: ["world"] },
    ]);
    await kit.turn(response(1));

    expect(kit.take()).toEqual([{ command: "ready" }]);
  });

  test("a module that never calls it is ready when its body has run", async () => {
    const kit = new RuntimeKit();

    await kit.start();

    expect(kit.take()).toEqual([{ command: "ready" }]);
  });

  test("an error is told to the kernel with its text, its code and the place in the author's file", async () => {
    const kit = new RuntimeKit();
    kit.api.start(() => {
      throw Object.assign(new Error("no database"), { code: "E_DB" });
    });

    await kit.start();

    expect(kit.take()).toEqual([
      {
        command: "failed",
        fault: {
          code: "SERVICE_INIT_FAILED",
          text: expect.stringMatching(/^no database \(at .*lifecycle\.test\.ts:\d+:\d+\)$/),
          remoteCode: "E_DB",
        },
      },
    ]);
  });

  test("an error after an await is told as well, and one that is no Error by its text", async () => {
    const kit = new RuntimeKit();
    const thrown: unknown = "just text";
    kit.api.start(async () => {
      await Promise.resolve();
      throw thrown;
    });

    await kit.start();

    expect(kit.take()).toMatchObject([{ command: "failed", fault: { text: "just text" } }]);
  });

  test("is called once, in the module body, with a function", async () => {
    const kit = new RuntimeKit();
    const said: unknown[] = [codeOf(() => kit.api.start(5 as never))];
    kit.api.start(() => {
      said.push(codeOf(() => kit.api.start(() => {})));
    });
    said.push(codeOf(() => kit.api.start(() => {})));

    await kit.start();

    expect(said).toEqual(["ARGUMENT_INVALID", "ARGUMENT_INVALID", "ARGUMENT_INVALID"]);
  });

  test("a second start message, or a forged one, starts nothing", async () => {
    const kit = new RuntimeKit();
    let starts = 0;
    kit.api.start(() => {
      starts++;
    });

    await kit.turn({ kind: 4, source: caller, body: Uint8Array.of(1, 0, 0, 0) });
    await kit.start();
    await kit.start();

    expect(starts).toBe(1);
    expect(kit.take()).toEqual([{ command: "ready" }]);
  });
});

describe("init", () => {
  test("runs before the start handler, in order of registration, each to its end", async () => {
    const kit = new RuntimeKit();
    const ran: unknown[] = [];
    kit.api.start((...args: unknown[]) => ran.push("start", ...args));
    kit.api.init(async () => {
      await Promise.resolve();
      ran.push("first");
    });
    kit.api.init(() => ran.push("second"));

    await kit.start("a");

    expect(ran).toEqual(["first", "second", "start", "a"]);
    expect(kit.take()).toEqual([{ command: "ready" }]);
  });

  test("an error fails the start, and the start handler does not run", async () => {
    const kit = new RuntimeKit();
    const ran: unknown[] = [];
    kit.api.start(() => ran.push("start"));
    kit.api.init(() => {
      throw new Error("no init");
    });

    await kit.start();

    expect(ran).toEqual([]);
    expect(kit.take()).toMatchObject([
      { command: "failed", fault: { text: expect.stringMatching(/^no init \(at /) } },
    ]);
  });

  test("runs at once when the service has started", async () => {
    const kit = new RuntimeKit();
    const ran: string[] = [];
    kit.api.start(() => {
      kit.api.init(() => ran.push("init"));
      ran.push("start");
    });

    await kit.start();

    expect(ran).toEqual(["init", "start"]);
  });
});

describe("exit", () => {
  test("tells requesters, deferred responses and callees, then the kernel", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({
      wait: () => kit.api.call(other, "lua", "slow"),
      defer: () => void kit.api.response(),
      leave: () => kit.api.exit(),
    });

    await kit.turn({ ...message(7, "wait") }, message(8, "defer"));
    kit.take();
    await kit.turn(message(9, "leave"));

    expect(kit.take()).toEqual([
      { fault: 8, to: caller, ...gone },
      { fault: 9, to: caller, ...gone },
      { fault: 7, to: caller, ...gone },
      { fault: 0, to: other, ...gone },
      { command: "exit" },
    ]);
    expect(kit.takeLog()).toEqual([]);
  });

  test("never returns, rejects what waits with SERVICE_EXITED, and drops forks and timers", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    const wait = (what: string, promise: Promise<unknown>): void => {
      promise.catch(({ code }: CodedError) => seen.push({ what, code }));
    };
    kit.api.commands({
      leave: () => {
        wait("call", kit.api.call(other, "lua"));
        wait("sleep", kit.api.sleep(10));
        wait("wait", kit.api.wait("t"));
        kit.api.fork(() => seen.push("fork ran"));
        kit.api.timeout(0, () => seen.push("timer ran"));
        kit.api.exit();
        seen.push("went on");
      },
    });

    await kit.run(message(0, "leave"));

    const code = "SERVICE_EXITED";
    expect(seen).toEqual([
      { what: "call", code },
      { what: "sleep", code },
      { what: "wait", code },
    ]);
    expect(kit.takeLog()).toEqual([]);
  });

  test("answers later messages of the same turn, and starts nothing for them", async () => {
    const kit = new RuntimeKit();
    const ran: unknown[] = [];
    kit.api.commands({ leave: () => kit.api.exit(), hello: () => ran.push("hello") });

    await kit.turn(message(0, "leave"), message(8, "hello"), message(0, "hello"), debugMessage(9));

    expect(ran).toEqual([]);
    expect(kit.take()).toMatchObject([
      { command: "exit" },
      { fault: 8, code: "ADDRESS_DEAD" },
      { fault: 9, code: "ADDRESS_DEAD" },
    ]);
  });

  test("tells a callee once, and one that was called by name when the name is resolved", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({
      ask: () => Promise.all([kit.api.call(other, "lua"), kit.api.call(other, "lua")]),
      name: () => kit.api.call(".world", "lua"),
      leave: () => kit.api.exit(),
    });
    await kit.turn(message(0, "ask"), message(0, "name"));
    await kit.turn(resolvedTo(3, caller));
    kit.take();

    await kit.turn(message(0, "leave"));

    expect(kit.take()).toEqual([
      { fault: 0, to: other, ...gone },
      { fault: 0, to: caller, ...gone },
      { command: "exit" },
    ]);
  });

  test("in the start handler tells the kernel of the exit only", async () => {
    const kit = new RuntimeKit();
    kit.api.start(() => kit.api.exit());

    await kit.start();

    expect(kit.take()).toEqual([{ command: "exit" }]);
  });

  test("after an await, in a fork and by the operator's EXIT ends the service as well", async () => {
    const later = new RuntimeKit();
    later.api.dispatch("lua", async () => {
      await Promise.resolve();
      later.api.exit();
    });
    const fork = new RuntimeKit();
    fork.api.dispatch("lua", () => void fork.api.fork(() => fork.api.exit()));
    const operator = new RuntimeKit();

    await later.turn(message(7));
    await fork.turn(message(0));
    await operator.turn(debugMessage(8, "EXIT"));

    expect(later.take()).toEqual([{ fault: 7, to: caller, ...gone }, { command: "exit" }]);
    expect(fork.take()).toEqual([{ command: "exit" }]);
    expect(operator.take()).toEqual([{ fault: 8, to: caller, ...gone }, { command: "exit" }]);
  });

  test("is said once, whoever catches it and calls it again", async () => {
    const kit = new RuntimeKit();
    kit.api.dispatch("lua", () => {
      for (let round = 0; round < 2; round++) {
        try {
          kit.api.exit();
        } catch {
          // An author's catch-all gets the signal too.
        }
      }
    });

    await kit.turn(message(7));

    expect(kit.take()).toEqual([{ fault: 7, to: caller, ...gone }, { command: "exit" }]);
  });

  test("is told to the kernel although the service has sent its share of the turn", async () => {
    const kit = new RuntimeKit({ outboxBytes: 4096 });
    kit.flushesLeft = 0;
    kit.api.dispatch("lua", () => {
      try {
        for (;;) kit.api.send(other, "lua", "x".repeat(100));
      } finally {
        kit.api.exit();
      }
    });

    await kit.turn(message(7));

    const sent = kit.take().filter(({ kind }) => kind !== "lua");
    expect(sent).toEqual([{ fault: 7, to: caller, ...gone }, { command: "exit" }]);
  });
});

describe("a state from an earlier life", () => {
  test("is imported before the init and start handlers, which wait for it", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    kit.api.importState(async (state: unknown) => {
      seen.push(["import", state]);
      await kit.api.call(other, "lua", "ready");
    });
    kit.api.init(() => seen.push("init"));
    kit.api.start((...args: unknown[]) => seen.push(["start", ...args]));

    await kit.turn(restartMessage({ count: 7, text: "x".repeat(300) }, "a", 2));
    expect(seen).toEqual([["import", { count: 7, text: "x".repeat(300) }]]);
    await kit.turn(response(1));

    expect(seen.slice(1)).toEqual(["init", ["start", "a", 2]]);
    expect(kit.take().at(-1)).toEqual({ command: "ready" });
  });

  test("that nobody imports is left out", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    kit.api.start((...args: unknown[]) => seen.push(args));

    await kit.turn(restartMessage("state", "a"));

    expect(seen).toEqual([["a"]]);
  });

  test("that cannot be imported fails the start", async () => {
    const kit = new RuntimeKit();
    kit.api.importState(() => {
      throw Object.assign(new Error("too old"), { code: "OLD" });
    });

    await kit.turn(restartMessage("state"));

    expect(kit.take()).toMatchObject([
      { command: "failed", fault: { code: "SERVICE_INIT_FAILED", remoteCode: "OLD" } },
    ]);
  });

  test("is not imported at a first start", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    kit.api.importState((state: unknown) => seen.push(state));

    await kit.start("a");

    expect(seen).toEqual([]);
  });

  test.each(["exportState", "importState"] as const)("%s needs a function", (name) => {
    const kit = new RuntimeKit();

    expect(codeOf(() => kit.api[name](7 as never))).toBe("ARGUMENT_INVALID");
  });
});
