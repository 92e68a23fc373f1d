// Deadlines: calls end at their time, and the time of a request travels with the calls it makes.

import { describe, expect, test } from "vitest";
import type { CodedError } from "../../wire/coded-error.ts";
import { caller, fault, fired, message, other, response, RuntimeKit } from "../kit/runtime-kit.ts";

/** What became of a promise, for a test to look at after a turn. */
function watch(promise: Promise<unknown>): unknown[] {
  const seen: unknown[] = [];
  promise.then(
    (value) => seen.push(value),
    (error: CodedError) => seen.push(error.code),
  );
  return seen;
}

describe("timeouts", () => {
  test("a call ends with CALL_TIMEOUT at its time, by one timer of the kernel", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    kit.now = 50;
    const seen = watch(kit.api.call(other, "lua"));
    expect(kit.take()).toEqual([
      { kind: "lua", to: other, session: 1, values: [], deadline: 150 },
      { command: "timeout", session: 2, operand: 100 },
    ]);

    kit.now = 149;
    await kit.turn();
    expect(seen).toEqual([]);
    kit.now = 150;
    await kit.turn(fired(2));

    expect(seen).toEqual(["CALL_TIMEOUT"]);
  });

  test("the text says who was called and for how long", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    const caught = kit.api.call(".world", "lua").catch((error: unknown) => error);

    kit.now = 100;
    await kit.turn(fired(2));

    expect(await caught).toMatchObject({
      message: "call .world kind 10 session 1: no reply in 1000 ms",
    });
  });

  test("one timer serves all calls: it is armed again for the next deadline", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    const first = watch(kit.api.call(other, "lua"));
    kit.now = 30;
    const second = watch(kit.api.call(other, "lua"));
    kit.take();

    kit.now = 100;
    await kit.turn(fired(2));
    expect([first, second]).toEqual([["CALL_TIMEOUT"], []]);
    expect(kit.take()).toEqual([{ command: "timeout", session: 4, operand: 30 }]);
    kit.now = 130;
    await kit.turn(fired(4));

    expect(second).toEqual(["CALL_TIMEOUT"]);
    expect(kit.take()).toEqual([]);
  });

  test("an earlier deadline takes the timer over", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    const long = watch(kit.api.call(other, "lua"));
    const short = watch(kit.api.call({ to: other, timeoutMs: 200 }, "lua"));

    expect(kit.take().filter(({ command }) => command !== undefined)).toEqual([
      { command: "timeout", session: 2, operand: 100 },
      { command: "cancel", session: 2 },
      { command: "timeout", session: 4, operand: 20 },
    ]);
    kit.now = 20;
    await kit.turn(fired(4));

    expect([long, short]).toEqual([[], ["CALL_TIMEOUT"]]);
  });

  test("0 is no timeout, and Infinity none whatever the request being handled", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    kit.api.commands({
      ask: () => {
        void watch(kit.api.call({ to: other, timeoutMs: 0 }, "lua", "own"));
        void watch(kit.api.call({ to: other, timeoutMs: Infinity }, "lua", "never"));
      },
    });
    void watch(kit.api.call({ to: other, timeoutMs: 0 }, "lua", "free"));

    await kit.turn({ ...message(7, "ask"), deadline: 60 });

    expect(kit.take().filter(({ kind }) => kind === "lua")).toEqual([
      { kind: "lua", to: other, session: 1, values: ["free"] },
      { kind: "lua", to: other, session: 2, values: ["own"], deadline: 60 },
      { kind: "lua", to: other, session: 4, values: ["never"] },
    ]);
  });

  test("the kernel's refusal of the timer is survived: the next call asks again", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    void watch(kit.api.call(other, "lua"));
    kit.take();

    await kit.turn(fault(2, "TIMERS_FULL", { source: 0 }));
    expect(kit.take()).toEqual([]);
    void watch(kit.api.call(other, "lua"));

    expect(kit.take()).toContainEqual({ command: "timeout", session: 4, operand: 100 });
  });

  test("deadlines work across the wrap of the tick counter", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    kit.now = -50;
    const seen = watch(kit.api.call(other, "lua"));
    kit.take();

    kit.now = 49;
    await kit.turn(fired(2));
    expect(seen).toEqual([]);
    kit.now = 50;
    await kit.turn(fired(3));

    expect(seen).toEqual(["CALL_TIMEOUT"]);
  });
});

describe("deadlines that travel", () => {
  /** A service that calls on for each request, with `steps` of its own before. */
  function relaying(steps: (kit: RuntimeKit) => unknown): RuntimeKit {
    const kit = new RuntimeKit({ callTimeoutMs: 10_000 });
    kit.api.commands({
      relay: async (name: string) => {
        await steps(kit);
        await kit.api.call(other, "lua", name);
      },
    });
    return kit;
  }

  function deadlines(kit: RuntimeKit): unknown {
    const calls = kit.take().filter(({ kind }) => kind === "lua");
    return Object.fromEntries(
      calls.map(({ values, deadline }) => [(values as string[])[0], deadline]),
    );
  }

  test("a nested call ends with the request, or with its own timeout when that is earlier", async () => {
    const kit = relaying(() => {});

    await kit.turn(
      { ...message(7, "relay", "tight"), deadline: 60 },
      { ...message(8, "relay", "wide"), deadline: 5000 },
      message(9, "relay", "none"),
    );

    expect(deadlines(kit)).toEqual({ tight: 60, wide: 1000, none: 1000 });
  });

  test("also after awaits, beside other requests, and through helper functions", async () => {
    const helper = async (kit: RuntimeKit): Promise<void> => {
      await kit.api.call(caller, "lua", "before");
      await Promise.resolve();
    };
    const kit = relaying(async (tested) => {
      await helper(tested);
      await Promise.resolve();
    });
    await kit.turn(
      { ...message(7, "relay", "a"), deadline: 60 },
      { ...message(8, "relay", "b"), deadline: 70 },
      { ...message(9, "relay", "c"), deadline: 80 },
    );
    kit.take();

    await kit.turn(response(1), response(3), response(4));

    expect(deadlines(kit)).toEqual({ a: 60, b: 70, c: 80 });
  });

  test("not to code that no request waits for, though one is under way", async () => {
    const kit = relaying(() => {});
    const background = async (): Promise<void> => {
      for (let round = 1; round <= 2; round++) {
        await kit.api.sleep(5);
        void watch(kit.api.call(other, "lua", `background ${round}`));
      }
    };
    kit.api.start(() => {
      void background();
    });
    await kit.start();

    await kit.turn({ ...message(7, "relay", "request"), deadline: 60 });
    await kit.turn(fired(1));
    await kit.turn(fired(5));

    expect(deadlines(kit)).toMatchObject({
      request: 60,
      "background 1": 1000,
      "background 2": 1000,
    });
  });

  test("not to what a finished request has left running", async () => {
    const kit = relaying(() => {});
    const background = async (): Promise<void> => {
      await kit.api.sleep(5);
      void watch(kit.api.call(other, "lua", "left"));
    };
    kit.api.commands({
      leave: () => {
        void background();
      },
    });

    await kit.turn({ ...message(7, "leave"), deadline: 60 });
    await kit.turn({ ...message(8, "relay", "request"), deadline: 70 });
    await kit.turn(fired(1));

    expect(deadlines(kit)).toEqual({ request: 70, left: 1000 });
  });

  test("not to forks and timers of the request", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 10_000 });
    kit.api.commands({
      go: () => {
        kit.api.fork(() => void watch(kit.api.call(other, "lua", "fork")));
        kit.api.timeout(0, () => void watch(kit.api.call(other, "lua", "timer")));
      },
    });

    await kit.run({ ...message(7, "go"), deadline: 60 });

    expect(deadlines(kit)).toEqual({ fork: 1000, timer: 1000 });
  });

  test("to the thread that was woken, not to the one that woke it", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 10_000 });
    kit.api.commands({
      wait: async () => {
        await kit.api.wait("t");
        await kit.api.call(other, "lua", "woken");
      },
      wake: async () => {
        kit.api.wakeup("t");
        await Promise.resolve();
        await kit.api.call(other, "lua", "waker");
      },
    });

    await kit.turn({ ...message(7, "wait"), deadline: 60 });
    await kit.turn({ ...message(8, "wake"), deadline: 70 });

    expect(deadlines(kit)).toEqual({ woken: 60, waker: 70 });
  });
});
