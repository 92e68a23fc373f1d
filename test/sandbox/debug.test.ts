// Debug messages, task and infoFunc: what every service answers to an operator (reference §3.6).

import { afterEach, describe, expect, test } from "vitest";
import { caller, debugMessage, message, other, response, RuntimeKit } from "../kit/runtime-kit.ts";

const host = 0x0100_0002;

/** What the service answers to one debug command of the host's. */
async function asked(kit: RuntimeKit, ...command: readonly unknown[]): Promise<unknown> {
  await kit.turn({ ...debugMessage(99, ...command), source: host });
  return kit.take().find(({ reply, fault }) => reply === 99 || fault === 99);
}

/** A service with a request that waits for a call, and one that sleeps. */
async function suspended(): Promise<RuntimeKit> {
  const kit = new RuntimeKit();
  kit.api.commands({
    ask: () => kit.api.call(".world", "lua"),
    sleep: () => kit.api.sleep(100),
  });
  await kit.turn(message(7, "ask"), message(0, "sleep"), message(8, "ask"));
  kit.now = 150;
  return kit;
}

function withoutPlace(line: string): string {
  return line.replace(/\(.*\/([\w.-]+):\d+:\d+\)$/, "($1)");
}

describe("debug commands", () => {
  test("PING is answered, without values", async () => {
    expect(await asked(new RuntimeKit(), "PING")).toEqual({ reply: 99, to: host, values: [] });
  });

  test("an unknown command is a fault that names it", async () => {
    expect(await asked(new RuntimeKit(), "FLY")).toMatchObject({
      code: "COMMAND_UNKNOWN",
      text: 'no debug command "FLY"',
    });
  });

  test("INFO answers what infoFunc's provider gives, with its arguments, and nothing without one", async () => {
    const kit = new RuntimeKit();
    expect(await asked(kit, "INFO", 1)).toMatchObject({ values: [] });
    kit.api.infoFunc((...args: unknown[]) => ({ args }));

    expect(await asked(kit, "INFO", 1, "b")).toMatchObject({ values: [{ args: [1, "b"] }] });
  });

  test("INFO of a provider that throws is a fault", async () => {
    const kit = new RuntimeKit();
    kit.api.infoFunc(() => {
      throw new Error("no info");
    });

    expect(await asked(kit, "INFO")).toMatchObject({ code: "REMOTE_FAULT", text: "no info" });
  });

  test("TASK tells each suspended thread and what it waits for, since when", async () => {
    const kit = await suspended();

    expect(await asked(kit, "TASK")).toMatchObject({
      values: [
        {
          "thread 1 lua session: 7 from :01000200": "call .world kind 10 session 1 for 1.50 s",
          "thread 2 lua": "timer or wake-up session 2 for 1.50 s",
          "thread 3 lua session: 8 from :01000200": "call .world kind 10 session 3 for 1.50 s",
        },
      ],
    });
  });

  test("TASK shows who awaits, from the innermost await to the handler, and settles nothing", async () => {
    const kit = new RuntimeKit();
    async function price(of: string): Promise<unknown> {
      return [await kit.api.call(other, "lua", of)];
    }
    kit.api.commands({
      async sell() {
        const [, sword] = await Promise.all([price("shield"), price("sword")]);
        return sword;
      },
      buy: async () => {
        await kit.api.sleep(10);
        return "bought";
      },
    });
    await kit.turn(message(7, "sell"), message(8, "buy"));

    for (const look of [1, 2]) {
      const { values } = (await asked(kit, "TASK")) as { values: [Record<string, string>] };
      const lines = Object.values(values[0]).map((text) => text.split("\n").map(withoutPlace));
      expect(lines, `look ${look}`).toEqual([
        [
          "call :01000300 kind 10 session 1 for 0.00 s",
          "    at async price (debug.test.ts)",
          "    at async Promise.all (index 0)",
          "    at async sell (debug.test.ts)",
          "call :01000300 kind 10 session 2 for 0.00 s",
          "    at async price (debug.test.ts)",
          "    at async Promise.all (index 1)",
          "    at async sell (debug.test.ts)",
        ],
        ["timer or wake-up session 3 for 0.00 s", "    at async buy (debug.test.ts)"],
      ]);
    }
    await kit.turn(response(2, 30), response(3), response(1, 20));
    expect(kit.take()).toMatchObject([
      { reply: 8, values: ["bought"] },
      { reply: 7, values: [[30]] },
    ]);
  });

  test("TASK shows no stack where two await one promise, or none does", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({
      async share() {
        const shared = kit.api.call(other, "lua");
        void shared.then(String);
        await shared;
      },
      async own() {
        await new Promise(() => {});
      },
    });
    await kit.turn(message(7, "share"), message(8, "own"));

    expect(await asked(kit, "TASK")).toMatchObject({
      values: [
        {
          "thread 1 lua session: 7 from :01000200": "call :01000300 kind 10 session 1 for 0.00 s",
          "thread 2 lua session: 8 from :01000200": "awaits something of its own",
        },
      ],
    });
  });

  test("TASK of a session tells that request, or that there is none", async () => {
    const kit = await suspended();

    expect(await asked(kit, "TASK", 8)).toMatchObject({
      values: ["call .world kind 10 session 3 for 1.50 s"],
    });
    expect(await asked(kit, "TASK", "7")).toMatchObject({
      values: ["call .world kind 10 session 1 for 1.50 s"],
    });
    expect(await asked(kit, "TASK", 9)).toMatchObject({ values: ["No session"] });
  });

  test("TASK init tells what the start handler waits for, as long as it does", async () => {
    const kit = new RuntimeKit();
    kit.api.start(() => kit.api.call(other, "lua"));
    await kit.start();

    expect(await asked(kit, "TASK", "init")).toMatchObject({
      values: ["call :01000300 kind 10 session 1 for 0.00 s"],
    });
    await kit.turn(response(1));
    expect(await asked(kit, "TASK", "init")).toMatchObject({ values: [] });
  });

  test("UNIQTASK counts threads that wait for the same", async () => {
    const kit = await suspended();

    expect(await asked(kit, "UNIQTASK")).toMatchObject({
      values: [
        {
          "2\tsessions:[7,8]\tlua: call .world kind 10": "lua: call .world kind 10",
          "1\tsessions:[0]\tlua: timer or wake-up": "lua: timer or wake-up",
        },
      ],
    });
  });

  test("UNIQTASK lists ten sessions and tells that there are more", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ ask: () => kit.api.call(".world", "lua") });
    for (let session = 1; session <= 12; session++) await kit.turn(message(session, "ask"));

    const answer = (await asked(kit, "UNIQTASK")) as { values: object[] };

    expect(Object.keys(answer.values[0] ?? {})).toEqual([
      "12\tsessions:[1,2,3,4,5,6,7,8,9,10,...]\tlua: call .world kind 10",
    ]);
  });

  test("KILLTASK ends a thread by its text, or tells that it found none", async () => {
    const kit = await suspended();

    expect(await asked(kit, "KILLTASK", "thread 1")).toMatchObject({ values: ["thread 1 lua"] });
    expect(await asked(kit, "KILLTASK", "nosuch")).toMatchObject({ values: ["Not found"] });
  });

  test("TERM fails calls to an address", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    kit.api.call(other, "lua").catch((error: { code: string }) => seen.push(error.code));

    expect(await asked(kit, "TERM", ":01000300")).toMatchObject({ values: [] });
    expect(seen).toEqual(["ADDRESS_DEAD"]);
  });

  test("LINK is never answered, and ends with the service", async () => {
    const kit = new RuntimeKit();

    expect(await asked(kit, "LINK")).toBe(undefined);
    expect(kit.takeLog()).toEqual([]);
  });

  test("SUPPORT tells whether a protocol has a handler", async () => {
    const kit = new RuntimeKit();
    kit.api.registerProtocol({ name: "silent", id: 20 });
    kit.api.commands({ a: () => 1 });

    expect(await asked(kit, "SUPPORT", "lua")).toMatchObject({ values: [true] });
    expect(await asked(kit, "SUPPORT", "silent")).toMatchObject({ values: [false] });
    expect(await asked(kit, "SUPPORT", "nosuch")).toMatchObject({ values: [false] });
  });

  test("TRACELOG sets what traceProto sets", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ a: () => 1 });
    await asked(kit, "TRACELOG", true);
    await kit.turn(message(7, "a"));
    const traced = kit.takeLog().length;
    await asked(kit, "TRACELOG", "lua", false);
    await kit.turn(message(8, "a"));

    expect([traced > 0, kit.takeLog()]).toEqual([true, []]);
  });

  test("a message that is no packed values is a fault", async () => {
    const kit = new RuntimeKit();

    await kit.turn({ ...debugMessage(99), body: Uint8Array.of(0xc1) });

    expect(kit.take()).toMatchObject([{ fault: 99, code: "UNPACK_MALFORMED" }]);
  });
});

describe("EXPORT", () => {
  test("answers the host with what the exportState handler gives, and others not", async () => {
    const kit = new RuntimeKit();
    kit.api.exportState(async () => ({ count: 7 }));

    expect(await asked(kit, "EXPORT")).toMatchObject({ values: [{ count: 7 }] });
    await kit.turn({ ...debugMessage(98, "EXPORT"), source: caller });

    expect(kit.take()).toMatchObject([{ fault: 98, code: "NOT_PERMITTED" }]);
  });

  test("is a fault of a service that exports no state, or fails to", async () => {
    const kit = new RuntimeKit();
    expect(await asked(kit, "EXPORT")).toMatchObject({ code: "COMMAND_UNKNOWN" });
    kit.api.exportState(() => () => {});

    expect(await asked(kit, "EXPORT")).toMatchObject({ code: "PACK_UNSUPPORTED" });
  });
});

describe("RUN", () => {
  const world = globalThis as Record<string, unknown>;

  afterEach(() => {
    delete world["isonet:injected:5"];
  });

  test("runs the script that the host left, and answers its output and its value", async () => {
    const kit = new RuntimeKit();
    world["isonet:injected:5"] = async (
      print: (...values: unknown[]) => void,
      args: readonly unknown[],
    ) => {
      await Promise.resolve();
      print("args", args);
      return 42;
    };

    expect(await asked(kit, "RUN", 5, "a", 1)).toMatchObject({
      values: [{ ok: true, output: 'args ["a", 1]\n42\n' }],
    });
    expect(await asked(kit, "RUN", 5)).toMatchObject({ code: "INJECT_FAILED" });
  });

  test("answers what the script printed and its error when it throws", async () => {
    const kit = new RuntimeKit();
    world["isonet:injected:5"] = (print: (...values: unknown[]) => void) => {
      print("before");
      throw new Error("broken script");
    };

    const answer = (await asked(kit, "RUN", 5)) as { values: { ok: boolean; output: string }[] };

    expect(answer.values[0]).toMatchObject({
      ok: false,
      output: expect.stringMatching(/^before\nError: broken script\n/),
    });
  });

  test("is refused to services that are not the host's, and the script stays", async () => {
    const kit = new RuntimeKit();
    world["isonet:injected:5"] = () => 42;

    await kit.turn({ ...debugMessage(98, "RUN", 5), source: caller });

    expect(kit.take()).toMatchObject([{ fault: 98, code: "NOT_PERMITTED" }]);
    expect(await asked(kit, "RUN", 5)).toMatchObject({ values: [{ ok: true, output: "42\n" }] });
  });
});

describe("task", () => {
  test("counts the suspended threads, and tells each with all", async () => {
    const kit = await suspended();

    expect(kit.api.task()).toBe(3);
    expect(Object.keys(kit.api.task("all"))).toEqual([
      "thread 1 lua session: 7 from :01000200",
      "thread 2 lua",
      "thread 3 lua session: 8 from :01000200",
    ]);
  });

  test("tells a thread that awaits a promise of its own", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ hang: () => new Promise(() => {}) });

    await kit.turn(message(0, "hang"));

    expect(kit.api.task("all")).toEqual({ "thread 1 lua": "awaits something of its own" });
  });
});
