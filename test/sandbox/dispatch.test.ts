// Dispatch: protocols, handlers, commands, and what becomes of messages nobody handles (reference
// §2.3).

import type { Commands } from "isonet";
import { describe, expect, test } from "vitest";
import type { CodedError } from "../../wire/coded-error.ts";
import { encode } from "../../wire/codec.ts";
import { caller, fault, message, other, own, response, RuntimeKit } from "../kit/runtime-kit.ts";

function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as CodedError).code;
  }
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

describe("dispatch", () => {
  test("hands session, source and the values over", async () => {
    const seen: unknown[] = [];
    const kit = new RuntimeKit();
    kit.api.dispatch("lua", (...args: unknown[]) => {
      seen.push(args);
      kit.api.retPack();
    });

    await kit.turn(message(7, "hit", { by: 5 }), message(0));

    expect(seen).toEqual([
      [7, caller, "hit", { by: 5 }],
      [0, caller],
    ]);
  });

  test("gives the handler before, and the present one without a handler", () => {
    const { api } = new RuntimeKit();
    const first = (): void => {};
    const second = (): void => {};

    expect([
      api.dispatch("lua"),
      api.dispatch("lua", first),
      api.dispatch("lua", second),
      api.dispatch("lua"),
      api.dispatch("nosuch"),
    ]).toEqual([undefined, undefined, first, second, undefined]);
  });

  test("refuses an unknown protocol and a handler that is no function", () => {
    const { api } = new RuntimeKit();

    expect(codeOf(() => api.dispatch("nosuch", () => {}))).toBe("PROTOCOL_UNKNOWN");
    expect(codeOf(() => api.dispatch("lua", "f" as never))).toBe("ARGUMENT_INVALID");
  });

  test("a message that is no packed values is told to its sender as UNPACK_MALFORMED", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ ok: () => 1 });

    await kit.turn({ session: 7, body: Uint8Array.of(0xc1) }, message(8, "ok"));

    expect(kit.take()).toMatchObject([
      { fault: 7, code: "UNPACK_MALFORMED" },
      { reply: 8, values: [1] },
    ]);
  });
});

describe("registerProtocol", () => {
  test("packs and unpacks messages and replies with the author's functions", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    kit.api.registerProtocol({
      name: "words",
      id: 20,
      pack: (...words: string[]) => text(words.join("|")),
      unpack: (body) => new TextDecoder().decode(body).split("|"),
      dispatch: (session, _source, ...words: string[]) => {
        seen.push(words);
        if (session !== 0) kit.api.ret(text("re|ply"));
      },
    });
    const reply: unknown[] = [];
    void kit.api.call(other, "words", "a", "b").then((value) => reply.push(value));

    await kit.turn(
      { kind: 20, session: 7, body: text("c|d") },
      { ...response(1), body: text("e|f") },
    );

    expect(seen).toEqual([["c", "d"]]);
    expect(reply).toEqual([["e", "f"]]);
    expect(
      kit.takeFrames().map(({ kind, body }) => [kind, new TextDecoder().decode(body)]),
    ).toEqual([
      [20, "a|b"],
      [1, "re|ply"],
    ]);
  });

  test("without functions it carries packed values", async () => {
    const kit = new RuntimeKit();
    kit.api.registerProtocol({ name: "plain", id: 21 });
    kit.api.dispatch("plain", (_session, _source, ...values) => kit.api.retPack(...values));

    await kit.turn({ kind: 21, session: 7, body: encode(["a", 1]) });

    expect(kit.take()).toEqual([{ reply: 7, to: caller, values: ["a", 1] }]);
  });

  test("gives unpack a copy of the body that stays", async () => {
    const kit = new RuntimeKit();
    const kept: Uint8Array[] = [];
    kit.api.registerProtocol({
      name: "raw",
      id: 22,
      unpack: (body) => [body],
      dispatch: (_session, _source, body: Uint8Array) => kept.push(body),
    });

    await kit.turn({ kind: 22, body: text("first") });
    await kit.turn({ kind: 22, body: text("other") });

    expect(kept).toEqual([text("first"), text("other")]);
  });

  test("an unpack that throws is the handler's fault: REMOTE_FAULT", async () => {
    const kit = new RuntimeKit();
    kit.api.registerProtocol({
      name: "broken",
      id: 23,
      unpack: () => {
        throw new Error("cannot read this");
      },
      dispatch: () => {},
    });

    await kit.turn({ kind: 23, session: 7 });

    expect(kit.take()).toMatchObject([
      { fault: 7, code: "REMOTE_FAULT", text: "cannot read this" },
    ]);
  });

  test("a pack that gives no bytes is refused with ARGUMENT_INVALID", async () => {
    const kit = new RuntimeKit();
    kit.api.registerProtocol({ name: "bad", id: 24, pack: () => "text" as never });

    expect(codeOf(() => kit.api.send(other, "bad", 1))).toBe("ARGUMENT_INVALID");
    expect(kit.take()).toEqual([]);
  });

  test.each([
    ["a name that is taken", { name: "lua", id: 30 }],
    ["a number that is taken", { name: "fresh", id: 10 }],
    ["the number of responses", { name: "fresh", id: 1 }],
    ["the number of errors", { name: "fresh", id: 7 }],
    ["the number of system messages", { name: "fresh", id: 4 }],
    ["the number of debug messages", { name: "fresh", id: 9 }],
    ["the number of snax messages", { name: "fresh", id: 11 }],
    ["the number of trace messages", { name: "fresh", id: 12 }],
    ["256", { name: "fresh", id: 256 }],
    ["a negative number", { name: "fresh", id: -1 }],
    ["a fraction", { name: "fresh", id: 13.5 }],
    ["no number", { name: "fresh" }],
    ["an empty name", { name: "", id: 30 }],
    ["a name that is no text", { name: 5, id: 30 }],
    ["a pack that is no function", { name: "fresh", id: 30, pack: 1 }],
    ["a dispatch that is no function", { name: "fresh", id: 30, dispatch: {} }],
  ])("refuses %s with PROTOCOL_INVALID", (_what, protocol) => {
    const { api } = new RuntimeKit();

    expect(codeOf(() => api.registerProtocol(protocol as never))).toBe("PROTOCOL_INVALID");
  });

  test.each([[0], [2], [3], [5], [6], [8], [13], [255]])("takes the number %i", (id) => {
    const { api } = new RuntimeKit();

    api.registerProtocol({ name: "fresh", id });

    expect(codeOf(() => api.registerProtocol({ name: "other", id }))).toBe("PROTOCOL_INVALID");
  });
});

describe("messages nobody handles", () => {
  test("a request is answered with PROTOCOL_UNKNOWN, of whatever kind", async () => {
    const kit = new RuntimeKit();
    kit.api.registerProtocol({ name: "silent", id: 30 });

    await kit.turn(message(7, "x"), { kind: 200, session: 8 }, { kind: 30, session: 9 });

    expect(kit.take()).toMatchObject([
      { fault: 7, to: caller, code: "PROTOCOL_UNKNOWN" },
      { fault: 8, to: caller, code: "PROTOCOL_UNKNOWN" },
      { fault: 9, to: caller, code: "PROTOCOL_UNKNOWN" },
    ]);
  });

  test("a one-way message is logged as Skynet does", async () => {
    const kit = new RuntimeKit();

    await kit.turn({ kind: 200, body: text("hello") });

    expect(kit.takeLog()).toEqual(["error Unknown request (200): hello"]);
  });

  test("dispatchUnknownRequest handles them, and gives the handler before", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    const handler = (...args: unknown[]): void => {
      seen.push(args);
      kit.api.ret(text("handled"));
    };
    expect(kit.api.dispatchUnknownRequest(handler)).toBe(undefined);
    expect(kit.api.dispatchUnknownRequest(handler)).toBe(handler);

    await kit.turn({ kind: 200, session: 7, body: text("hello") });

    expect(seen).toEqual([[7, caller, text("hello"), 200]]);
    expect(kit.takeFrames()).toMatchObject([{ kind: 1, session: 7, body: text("handled") }]);
  });

  test("a handler of unknown requests owes a reply, and its calls end with the request", async () => {
    const kit = new RuntimeKit();
    kit.api.dispatchUnknownRequest(async () => {
      await kit.api.call(other, "lua");
    });

    await kit.turn({ kind: 200, session: 7, deadline: 60 });
    const [call] = kit.take();
    await kit.turn(response(1));

    expect(call).toMatchObject({ kind: "lua", deadline: 60 });
    expect(kit.take()).toMatchObject(
      [{ command: "cancel" }, { fault: 7, code: "REPLY_MISSING" }].slice(1),
    );
  });

  test("responses nobody waits for are dropped, or go to dispatchUnknownResponse", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];

    await kit.turn(response(99, "dropped"));
    kit.api.dispatchUnknownResponse((...args: unknown[]) => seen.push(args));
    await kit.turn(response(99, "seen"));

    expect(seen).toEqual([[99, other, encode(["seen"])]]);
    expect(kit.take()).toEqual([]);
    expect(kit.takeLog()).toEqual([]);
  });

  test("an error of a session nobody waits on is dropped", async () => {
    const kit = new RuntimeKit();

    await kit.turn(fault(99, "ADDRESS_DEAD"));

    expect(kit.take()).toEqual([]);
  });
});

describe("commands", () => {
  test("answers with what the function returns, or resolves to", async () => {
    const kit = new RuntimeKit();
    const table = kit.api.commands({
      add: (a: number, b: number) => a + b,
      later: (value: unknown) => Promise.resolve(value),
      nothing: () => {},
      list: () => [1, 2],
    });

    await kit.turn(
      message(1, "add", 2, 3),
      message(2, "later", "x"),
      message(3, "nothing"),
      message(4, "list"),
    );

    expect(Object.keys(table)).toEqual(["add", "later", "nothing", "list"]);
    expect(kit.take()).toEqual([
      { reply: 1, to: caller, values: [5] },
      { reply: 3, to: caller, values: [] },
      { reply: 4, to: caller, values: [[1, 2]] },
      { reply: 2, to: caller, values: ["x"] },
    ]);
  });

  test("a later table adds to the first and replaces commands of the same name", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ a: () => "a", b: () => "b" });
    kit.api.commands({ b: () => "new b" });

    await kit.turn(message(1, "a"), message(2, "b"));

    expect(kit.take()).toMatchObject([{ values: ["a"] }, { values: ["new b"] }]);
  });

  test.each([["nosuch"], [42], [null], ["toString"], ["constructor"], ["__proto__"], [{ a: 1 }]])(
    "%j is no command: COMMAND_UNKNOWN",
    async (name) => {
      const kit = new RuntimeKit();
      kit.api.commands({ a: () => "a" });

      await kit.turn(message(7, name), message(8, "a"));

      expect(kit.take()).toMatchObject([{ fault: 7, code: "COMMAND_UNKNOWN" }, { reply: 8 }]);
    },
  );

  test("the text of COMMAND_UNKNOWN names the command", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ a: () => "a" });

    await kit.turn(message(7, "mvoe", 1));

    expect(kit.take()).toMatchObject([
      { text: 'no command "mvoe"; see commands() of this service' },
    ]);
  });

  test("an unknown command goes to the protocol's handler when there is one", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ a: () => "a" });
    kit.api.dispatch("lua", (_session, _source, name) => kit.api.retPack(`handled ${name}`));

    await kit.turn(message(7, "nosuch"), message(8, "a"));

    expect(kit.take()).toMatchObject([{ values: ["handled nosuch"] }, { values: ["a"] }]);
  });

  test("a command may reply by ret: what it returns is no second reply", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({
      both: () => {
        kit.api.retPack("ret");
        return "returned";
      },
    });

    await kit.turn(message(7, "both"));

    expect(kit.take()).toEqual([{ reply: 7, to: caller, values: ["ret"] }]);
  });

  test("a return value that cannot be packed is told to the requester", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ bad: () => ({ deep: [() => 1] }) });

    await kit.turn(message(7, "bad"));

    expect(kit.take()).toMatchObject([
      { fault: 7, code: "PACK_UNSUPPORTED", text: expect.stringContaining("value 0.deep[0]") },
    ]);
  });

  test.each([
    ["a value that is no function", { a: () => 1, b: 2 }],
    ["a symbol", { [Symbol("s")]: () => 1 }],
    ["no table", 5],
  ])("refuses %s and adds nothing", async (_what, table) => {
    const kit = new RuntimeKit();

    expect(codeOf(() => kit.api.commands(table as unknown as Commands))).toBe("ARGUMENT_INVALID");
    await kit.turn(message(7, "a"));

    expect(kit.take()).toMatchObject([{ code: "PROTOCOL_UNKNOWN" }]);
  });

  test("one-way commands run, and their errors are logged", async () => {
    const kit = new RuntimeKit();
    const ran: unknown[] = [];
    kit.api.commands({
      hit: (by: number) => ran.push(by),
      miss: () => {
        throw new Error("missed");
      },
    });

    await kit.turn(message(0, "hit", 5), message(0, "miss"), message(0, "nosuch"));

    expect(ran).toEqual([5]);
    expect(kit.take()).toEqual([]);
    expect(kit.takeLog()).toEqual([
      expect.stringMatching(/^error lua call \[:01000200 : 0\] error : Error: missed/),
      'error message from :01000200: no command "nosuch"; see commands() of this service',
    ]);
  });
});

describe("service", () => {
  type World = { move(x: number, y: number): string; hit(by: number): void };

  test("calls and sends by command name", async () => {
    const kit = new RuntimeKit();
    const world = kit.api.service<World>(".world");
    const replies: string[] = [];
    void world.call.move(1, 2).then((reply) => replies.push(reply));
    world.send.hit(5);

    expect(world.target).toBe(".world");
    expect(kit.take()).toEqual([
      { kind: "lua", to: ".world", session: 1, values: ["move", 1, 2] },
      { kind: "lua", to: ".world", session: 0, values: ["hit", 5] },
    ]);
    await kit.turn(response(1, "moved"));

    expect(replies).toEqual(["moved"]);
  });

  test("within gives the same service with another timeout, and leaves the first as it is", () => {
    const kit = new RuntimeKit();
    const world = kit.api.service<World>({ to: other, timeoutMs: 500 });
    void world
      .within(200)
      .call.move(1, 2)
      .catch(() => {});
    void world.call.move(3, 4).catch(() => {});

    const calls = kit.take().filter(({ kind }) => kind === "lua");
    expect(calls.map(({ deadline }) => deadline)).toEqual([20, 50]);
  });

  test("is no promise: an await gives it back", async () => {
    const kit = new RuntimeKit();
    const world = kit.api.service<World>(".world");

    expect(await Promise.resolve(world.call)).toBe(world.call);
    expect(kit.take()).toEqual([]);
  });

  test("gives the same function for a name each time", () => {
    const { call } = new RuntimeKit().api.service<World>(".world");

    expect(call.move).toBe(call.move);
  });

  test("refuses a target that is none, at once", () => {
    const { api } = new RuntimeKit();

    expect(codeOf(() => api.service(":xyz"))).toBe("ARGUMENT_INVALID");
    expect(codeOf(() => api.service(null as never))).toBe("ARGUMENT_INVALID");
    expect(codeOf(() => api.service({ to: own, timeoutMs: -1 }))).toBe("ARGUMENT_INVALID");
    expect(codeOf(() => api.service(own).within(Number.NaN))).toBe("ARGUMENT_INVALID");
  });
});
