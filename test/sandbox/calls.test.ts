// Calls: requests, their replies and faults, dead peers and names (reference §2.4).

import { describe, expect, test } from "vitest";
import type { CodedError } from "../../wire/coded-error.ts";
import { encode } from "../../wire/codec.ts";
import { limits } from "../../wire/limits.ts";
import {
  caller,
  fault,
  message,
  other,
  own,
  resolvedTo,
  response,
  RuntimeKit,
} from "../kit/runtime-kit.ts";

/** What became of a promise, for a test to look at after a turn. */
function watch(promise: Promise<unknown>): unknown[] {
  const seen: unknown[] = [];
  promise.then(
    (value) => seen.push(value),
    (error: CodedError) => seen.push(error.code),
  );
  return seen;
}

function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as CodedError).code;
  }
}

describe("call", () => {
  test("sends the values under a session of its own and resolves with the reply", async () => {
    const kit = new RuntimeKit();
    const first = watch(kit.api.call(other, "lua", "add", 1, 2));
    const second = watch(kit.api.call(other, "lua", "mul", 3, 4));

    expect(kit.take()).toEqual([
      { kind: "lua", to: other, session: 1, values: ["add", 1, 2] },
      { kind: "lua", to: other, session: 2, values: ["mul", 3, 4] },
    ]);
    await kit.turn(response(2, 12), response(1, 3));

    expect([first, second]).toEqual([[3], [12]]);
  });

  test.each([
    ["undefined for no value", [], undefined],
    ["the value for one", [7], 7],
    ["an array for several", [7, "b"], [7, "b"]],
    ["undefined for undefined", [undefined], undefined],
    ["the array for one array", [[7]], [7]],
  ])("resolves with %s", async (_what, values, expected) => {
    const kit = new RuntimeKit();
    const seen = watch(kit.api.call(other, "lua"));

    await kit.turn(response(1, ...values));

    expect(seen).toEqual([expected]);
  });

  test("rejects with the fault's code, text and the handler's own code", async () => {
    const kit = new RuntimeKit();
    const call = kit.api.call(other, "lua", "buy");
    const caught = call.catch((error: unknown) => error);

    await kit.turn(fault(1, "REMOTE_FAULT", { text: "no money", remoteCode: "E_MONEY" }));

    expect(await caught).toMatchObject({
      code: "REMOTE_FAULT",
      message: "no money",
      remoteCode: "E_MONEY",
    });
  });

  test("rejects with UNPACK_MALFORMED when the reply is no packed values", async () => {
    const kit = new RuntimeKit();
    const seen = watch(kit.api.call(other, "lua"));

    await kit.turn({ ...response(1), body: Uint8Array.of(0xc1) });

    expect(seen).toEqual(["UNPACK_MALFORMED"]);
  });

  test("rejects when its values cannot be packed, and nothing is sent", async () => {
    const kit = new RuntimeKit();
    const seen = watch(kit.api.call(other, "lua", () => 1));
    await kit.turn();

    expect(seen).toEqual(["PACK_UNSUPPORTED"]);
    expect(kit.take()).toEqual([]);
    expect(kit.control("waiting")).toBe(0);
  });

  test("sends by the address of text forms, and by name what is none", async () => {
    const kit = new RuntimeKit();
    kit.api.send(":01000300", "lua");
    kit.api.send(":300", "lua");
    kit.api.send(0x300 as never, "lua");
    kit.api.send(".world", "lua");
    kit.api.send("world", "lua");

    expect(kit.take().map(({ to }) => to)).toEqual([other, other, other, ".world", "world"]);
  });

  test.each([
    ["0", 0],
    ["a negative number", -1],
    ["a fraction", 1.5],
    ["a number over 32 bits", 2 ** 32],
    ["an empty text", ""],
    ["an address without digits", ":"],
    ["an address that is none", ":xyz"],
    ["undefined", undefined],
    ["null", null],
    ["an object without target", {}],
    ["a function", () => 1],
  ])("refuses %s as its target with ARGUMENT_INVALID, at once", (_what, target) => {
    const kit = new RuntimeKit();

    expect(codeOf(() => kit.api.send(target as never, "lua"))).toBe("ARGUMENT_INVALID");
    expect(codeOf(() => void kit.api.call(target as never, "lua"))).toBe("ARGUMENT_INVALID");
  });

  test.each([[-1], [Number.NaN], ["10"], [null]])(
    "refuses a timeout of %s with ARGUMENT_INVALID",
    (timeoutMs) => {
      const kit = new RuntimeKit();
      const target = { to: other, timeoutMs: timeoutMs as number };

      expect(codeOf(() => void kit.api.call(target, "lua"))).toBe("ARGUMENT_INVALID");
      expect(kit.control("waiting")).toBe(0);
    },
  );

  test("takes a name of nameBytesMax and refuses a longer one with NAME_INVALID", async () => {
    const kit = new RuntimeKit();
    const longest = `.${"x".repeat(limits.nameBytesMax - 1)}`;
    kit.api.send(longest, "lua");

    expect(codeOf(() => kit.api.send(`${longest}y`, "lua"))).toBe("NAME_INVALID");
    expect(codeOf(() => kit.api.send(".ü".repeat(30), "lua"))).toBe("NAME_INVALID");
    expect(codeOf(() => kit.api.send("x".repeat(100_000), "lua"))).toBe("NAME_INVALID");
    expect(kit.take()).toMatchObject([{ to: longest }]);
  });

  test("refuses a protocol that is not registered with PROTOCOL_UNKNOWN", () => {
    const kit = new RuntimeKit();

    expect(codeOf(() => kit.api.send(other, "nosuch"))).toBe("PROTOCOL_UNKNOWN");
    expect(codeOf(() => void kit.api.call(other, {} as never))).toBe("PROTOCOL_UNKNOWN");
  });
});

describe("send", () => {
  test("is one way: session 0", () => {
    const kit = new RuntimeKit();

    expect(kit.api.send(other, "lua", "hit", 5)).toBe(undefined);
    expect(kit.take()).toEqual([{ kind: "lua", to: other, session: 0, values: ["hit", 5] }]);
  });
});

describe("rawSend, rawCall and redirect", () => {
  test("rawSend takes packed bytes", () => {
    const kit = new RuntimeKit();
    kit.api.rawSend(other, "lua", encode(["raw"]));

    expect(kit.take()).toEqual([{ kind: "lua", to: other, session: 0, values: ["raw"] }]);
  });

  test("rawCall resolves with the reply's bytes as the caller's own", async () => {
    const kit = new RuntimeKit();
    const replies: Uint8Array[] = [];
    void kit.api.rawCall(other, "lua", encode(["raw"])).then((body) => replies.push(body));

    await kit.turn(response(1, "one"));
    await kit.turn(message(0, "overwrites the inbox"));

    expect(replies).toEqual([encode(["one"])]);
  });

  test("redirect sends in another's name, with a session of the caller's choice", () => {
    const kit = new RuntimeKit();
    kit.api.redirect(other, caller, "lua", 33, encode(["on"]));
    kit.api.redirect(other, 0, "lua", 34, encode(["own"]));

    expect(kit.take()).toEqual([
      { kind: "lua", to: other, session: 33, values: ["on"], source: caller },
      { kind: "lua", to: other, session: 34, values: ["own"] },
    ]);
  });

  test.each([
    ["a session that is negative", caller, -1],
    ["a session over 2^31 - 1", caller, 2 ** 31],
    ["a session that is no number", caller, "7"],
    ["a source that is no address", -1, 1],
  ])("redirect refuses %s", (_what, source, session) => {
    const kit = new RuntimeKit();
    const redirect = (): void =>
      kit.api.redirect(other, source as never, "lua", session as number, encode([]));

    expect(codeOf(redirect)).toBe("ARGUMENT_INVALID");
    expect(kit.take()).toEqual([]);
  });

  test.each([["text"], [[1, 2]], [undefined], [new Uint16Array(2)]])(
    "refuse %s as a body with ARGUMENT_INVALID",
    (body) => {
      const { api } = new RuntimeKit();

      expect(codeOf(() => api.rawSend(other, "lua", body as never))).toBe("ARGUMENT_INVALID");
      expect(codeOf(() => void api.rawCall(other, "lua", body as never))).toBe("ARGUMENT_INVALID");
      expect(codeOf(() => api.redirect(other, 0, "lua", 0, body as never))).toBe(
        "ARGUMENT_INVALID",
      );
    },
  );
});

describe("the end of a peer", () => {
  test("fails every call to it, and no other", async () => {
    const kit = new RuntimeKit();
    const dead = [watch(kit.api.call(other, "lua")), watch(kit.api.call(other, "lua"))];
    const alive = watch(kit.api.call(caller, "lua"));

    await kit.turn(fault(0, "ADDRESS_DEAD", { text: "it is gone" }));

    expect(dead).toEqual([["ADDRESS_DEAD"], ["ADDRESS_DEAD"]]);
    expect(alive).toEqual([]);
  });

  test("fails with the code of its end", async () => {
    const kit = new RuntimeKit();
    const seen = watch(kit.api.call(other, "lua"));

    await kit.turn(fault(0, "MEMORY_LIMIT"));

    expect(seen).toEqual(["MEMORY_LIMIT"]);
  });

  test("fails calls that were made by name, once the name is resolved", async () => {
    const kit = new RuntimeKit();
    const resolved = watch(kit.api.call(".world", "lua"));
    const unresolved = watch(kit.api.call(".other", "lua"));

    await kit.turn(resolvedTo(1, other));
    await kit.turn(fault(0, "ADDRESS_DEAD"));

    expect([resolved, unresolved]).toEqual([["ADDRESS_DEAD"], []]);
  });

  test("a late reply of a dead peer is counted and dropped", async () => {
    const kit = new RuntimeKit();
    const seen = watch(kit.api.call(other, "lua"));

    await kit.turn(fault(0, "ADDRESS_DEAD"), response(1, "late"));

    expect(seen).toEqual(["ADDRESS_DEAD"]);
    expect(kit.takeLog()).toEqual([]);
  });
});

describe("names", () => {
  test("a name that was resolved is called by its address, until that service has ended", async () => {
    const kit = new RuntimeKit();
    void watch(kit.api.call(".world", "lua"));
    await kit.turn(resolvedTo(1, other), response(1));
    void watch(kit.api.call(".world", "lua"));
    await kit.turn(fault(0, "ADDRESS_DEAD"));
    void watch(kit.api.call(".world", "lua"));

    expect(kit.take().map(({ to }) => to)).toEqual([".world", other, ".world"]);
  });

  test("a name is asked for again when a call finds its service dead", async () => {
    const kit = new RuntimeKit();
    void watch(kit.api.call(".world", "lua"));
    await kit.turn(resolvedTo(1, other), response(1));
    void watch(kit.api.call(".world", "lua"));
    await kit.turn(fault(2, "ADDRESS_DEAD"));
    void watch(kit.api.call(".world", "lua"));

    expect(kit.take().map(({ to }) => to)).toEqual([".world", other, ".world"]);
  });
});

describe("term", () => {
  test("fails own calls to an address with ADDRESS_DEAD, and no other", async () => {
    const kit = new RuntimeKit();
    const dead = watch(kit.api.call(other, "lua"));
    const alive = watch(kit.api.call(caller, "lua"));

    kit.api.term(":01000300");
    await kit.turn(response(1, "late"));

    expect([dead, alive]).toEqual([["ADDRESS_DEAD"], []]);
  });

  test("fails calls to a name, resolved or not, and lets sleepers sleep", async () => {
    const kit = new RuntimeKit();
    const unresolved = watch(kit.api.call(".world", "lua"));
    const resolved = watch(kit.api.call(".moon", "lua"));
    const sleeping = watch(kit.api.sleep(10));
    await kit.turn(resolvedTo(2, other));

    kit.api.term(".world");
    kit.api.term(".moon");
    await kit.turn();

    expect([unresolved, resolved, sleeping]).toEqual([["ADDRESS_DEAD"], ["ADDRESS_DEAD"], []]);
  });
});

test("a call to oneself is answered", async () => {
  const kit = new RuntimeKit();
  kit.api.commands({ add: (a: number, b: number) => a + b });
  const seen = watch(kit.api.call(own, "lua", "add", 2, 3));

  await kit.turn({ ...message(1, "add", 2, 3), source: own });
  await kit.run();

  expect(seen).toEqual([5]);
});
