// Replies: ret, retPack, response and ignoreRet, and what becomes of requests nobody answers
// (reference §2.5).

import type { Response } from "isonet";
import { describe, expect, test } from "vitest";
import type { CodedError } from "../../wire/coded-error.ts";
import { encode } from "../../wire/codec.ts";
import { caller, fault, message, other, response, RuntimeKit } from "../kit/runtime-kit.ts";

/** A service whose "lua" handler is `handler`. */
function serving(handler: (api: RuntimeKit["api"], ...values: unknown[]) => unknown): RuntimeKit {
  const kit = new RuntimeKit();
  kit.api.dispatch("lua", (_session, _source, ...values) => handler(kit.api, ...values));
  return kit;
}

/** What a test observes of a call: its result, or the code of its error. */
function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as CodedError).code;
  }
}

describe("ret", () => {
  test("sends the body to the requester and says so", async () => {
    const said: unknown[] = [];
    const kit = serving((api) => said.push(api.ret(encode(["a", 1]))));

    await kit.turn(message(7));

    expect(said).toEqual([true]);
    expect(kit.take()).toEqual([{ reply: 7, to: caller, values: ["a", 1] }]);
  });

  test("without a body sends an empty reply", async () => {
    const kit = serving((api) => api.ret());

    await kit.turn(message(7));

    expect(kit.take()).toEqual([{ reply: 7, to: caller, values: [] }]);
  });

  test("is false for a one-way message, and sends nothing", async () => {
    const said: unknown[] = [];
    const kit = serving((api) => said.push(api.retPack(1)));

    await kit.turn(message(0));

    expect(said).toEqual([false]);
    expect(kit.take()).toEqual([]);
  });

  test("fails with NO_SESSION the second time, and the first reply stands", async () => {
    const said: unknown[] = [];
    const kit = serving((api) => {
      said.push(api.retPack("first"));
      said.push(codeOf(() => api.retPack("second")));
    });

    await kit.turn(message(7));

    expect(said).toEqual([true, "NO_SESSION"]);
    expect(kit.take()).toEqual([{ reply: 7, to: caller, values: ["first"] }]);
  });

  test("fails with NO_SESSION in a fork of the request, in the module body and in a timer", async () => {
    const said: unknown[] = [];
    const kit = serving((api) => {
      api.fork(() => said.push(codeOf(() => api.ret())));
      api.timeout(0, () => said.push(codeOf(() => api.ret())));
      api.retPack("done");
    });

    said.push(codeOf(() => kit.api.ret()));
    await kit.run(message(7));

    expect(said).toEqual(["NO_SESSION", "NO_SESSION", "NO_SESSION"]);
  });

  test("replies to its own request after an await, beside another request", async () => {
    const kit = serving(async (api, name) => {
      await api.call(other, "lua", name);
      api.retPack(name);
    });

    await kit.turn(message(7, "one"), message(8, "two"));
    kit.take();
    await kit.turn(response(2), response(1));

    expect(kit.take()).toEqual([
      { reply: 8, to: caller, values: ["two"] },
      { reply: 7, to: caller, values: ["one"] },
    ]);
  });

  test("replies through helper functions that await by themselves", async () => {
    const kit = serving(async (api, name) => {
      const helper = async (): Promise<void> => {
        await api.call(other, "lua", name);
        await Promise.resolve();
      };
      await helper();
      await Promise.resolve();
      api.retPack(name);
    });

    await kit.turn(message(7, "one"), message(8, "two"));
    kit.take();
    await kit.turn(response(1), response(2));

    expect(kit.take()).toEqual([
      { reply: 7, to: caller, values: ["one"] },
      { reply: 8, to: caller, values: ["two"] },
    ]);
  });

  test("lets the handler go on, and its later error is not told to the requester", async () => {
    const kit = serving((api) => {
      api.retPack("done");
      throw new Error("too late");
    });

    await kit.turn(message(7));

    expect(kit.takeLog()).toEqual([expect.stringContaining("too late")]);
    expect(kit.take()).toEqual([{ reply: 7, to: caller, values: ["done"] }]);
  });

  test("fails where the handler calls it when the values cannot be packed, and the requester is told", async () => {
    const said: unknown[] = [];
    const kit = serving((api) => said.push(codeOf(() => api.retPack({ f: () => 1 }))));

    await kit.turn(message(7));

    expect(said).toEqual(["PACK_UNSUPPORTED"]);
    expect(kit.take()).toEqual([
      expect.objectContaining({ fault: 7, to: caller, code: "PACK_UNSUPPORTED" }),
    ]);
  });

  test("tells the requester MESSAGE_TOO_LARGE when the reply is over messageBytesMax", async () => {
    const kit = new RuntimeKit({ messageBytesMax: 2048 });
    const said: unknown[] = [];
    kit.api.dispatch("lua", () => said.push(codeOf(() => kit.api.ret(new Uint8Array(4096)))));

    await kit.turn(message(7));

    expect(said).toEqual(["MESSAGE_TOO_LARGE"]);
    expect(kit.take()).toMatchObject([{ fault: 7, code: "MESSAGE_TOO_LARGE" }]);
  });

  test.each([["a string"], [[1, 2]], [{ length: 3 }]])(
    "refuses %j, which is no Uint8Array, with ARGUMENT_INVALID",
    async (body) => {
      const said: unknown[] = [];
      const kit = serving((api) => {
        said.push(codeOf(() => api.ret(body as never)));
        api.retPack("still mine");
      });

      await kit.turn(message(7));

      expect(said).toEqual(["ARGUMENT_INVALID"]);
      expect(kit.take()).toEqual([{ reply: 7, to: caller, values: ["still mine"] }]);
    },
  );

  test("is false once the requester is known to be dead", async () => {
    const said: unknown[] = [];
    const kit = serving(async (api) => {
      await api.call(other, "lua");
      said.push(api.retPack(1));
    });

    await kit.turn(message(7));
    kit.take();
    await kit.turn(fault(0, "ADDRESS_DEAD", { source: caller }), response(1));

    expect(said).toEqual([false]);
    expect(kit.take()).toEqual([]);
  });
});

describe("a request nobody replied to", () => {
  test("is answered with REPLY_MISSING, and the log says so as Skynet's does", async () => {
    const kit = serving(() => "what a dispatch handler returns is no reply");

    await kit.turn(message(7));

    expect(kit.takeLog()).toEqual(["warn Maybe forgot response session 7 from :01000200 : lua"]);
    expect(kit.take()).toMatchObject([{ fault: 7, to: caller, code: "REPLY_MISSING" }]);
  });

  test("is answered with REPLY_MISSING when an asynchronous handler ends", async () => {
    const kit = serving(async () => {
      await Promise.resolve();
    });

    await kit.turn(message(7));

    expect(kit.take()).toMatchObject([{ fault: 7, to: caller, code: "REPLY_MISSING" }]);
  });

  test("is answered with REMOTE_FAULT, the text and the code of what its handler threw", async () => {
    const kit = serving(() => {
      throw Object.assign(new Error("no such player"), { code: "E_PLAYER" });
    });

    await kit.turn(message(7));

    expect(kit.take()).toEqual([
      {
        fault: 7,
        to: caller,
        code: "REMOTE_FAULT",
        text: "no such player",
        remoteCode: "E_PLAYER",
      },
    ]);
  });

  test("is answered when the handler throws after an await", async () => {
    const kit = serving(async () => {
      await Promise.resolve();
      throw new Error("later");
    });

    await kit.turn(message(7));

    expect(kit.take()).toMatchObject([{ fault: 7, code: "REMOTE_FAULT", text: "later" }]);
  });

  test("keeps the code of another handler's error that is passed on", async () => {
    const kit = serving((api) => api.call(other, "lua", "buy"));

    await kit.turn(message(7));
    kit.take();
    await kit.turn(fault(1, "REMOTE_FAULT", { text: "no money", remoteCode: "E_MONEY" }));

    expect(kit.take()).toMatchObject([
      { fault: 7, code: "REMOTE_FAULT", text: "no money", remoteCode: "E_MONEY" },
    ]);
  });

  test("is answered with REMOTE_FAULT also when the handler fails with a code of isonet's", async () => {
    const kit = serving((api) => {
      api.unpack(Uint8Array.of(0xc1));
    });

    await kit.turn(message(7));

    expect(kit.take()).toMatchObject([
      { fault: 7, code: "REMOTE_FAULT", remoteCode: "UNPACK_MALFORMED" },
    ]);
  });

  test.each([
    ["text", "just text", "just text"],
    ["undefined", undefined, "the handler of the request threw"],
    ["null", null, "null"],
    ["a number", 13, "13"],
    ["an object without a text", Object.create(null), "an error that cannot be read"],
  ])("is answered when its handler throws %s", async (_what, thrown, text) => {
    const kit = serving(() => {
      throw thrown;
    });

    await kit.turn(message(7));

    expect(kit.take()).toMatchObject([{ fault: 7, code: "REMOTE_FAULT", text }]);
  });

  test.each([
    ["whose message getter throws", hostileError("message")],
    ["whose code getter throws", hostileError("code")],
    ["whose stack getter throws", hostileError("stack")],
    ["that is a proxy which refuses everything", refusingProxy()],
  ])("is answered when its handler throws an error %s", async (_what, thrown) => {
    const kit = serving(() => {
      throw thrown;
    });

    await kit.turn(message(7), message(8));

    expect(kit.take()).toMatchObject([{ fault: 7 }, { fault: 8 }]);
  });
});

function hostileError(key: string): Error {
  return Object.defineProperty(new Error("hostile"), key, {
    get: () => {
      throw new Error("not yours to read");
    },
  });
}

function refusingProxy(): Error {
  const refuse = (): never => {
    throw new Error("refused");
  };
  const traps = ["get", "has", "getPrototypeOf", "ownKeys", "getOwnPropertyDescriptor"];
  return new Proxy(new Error("hidden"), Object.fromEntries(traps.map((trap) => [trap, refuse])));
}

describe("response", () => {
  /** A service that keeps the response of its requests. */
  function deferring(pack?: (...values: unknown[]) => Uint8Array) {
    const kept: Response[] = [];
    const kit = serving((api) => kept.push(api.response(pack)));
    return { kit, kept };
  }

  test("replies later, once", async () => {
    const { kit, kept } = deferring();

    await kit.turn(message(7));
    expect(kit.take()).toEqual([]);

    expect(kept[0]?.isWanted()).toBe(true);
    expect(kept[0]?.(true, "later", 2)).toBe(true);
    expect(kept[0]?.isWanted()).toBe(false);
    expect(codeOf(() => kept[0]?.(true, "again"))).toBe("ALREADY_REPLIED");
    expect(kit.take()).toEqual([{ reply: 7, to: caller, values: ["later", 2] }]);
  });

  test("packs with the function it was given", async () => {
    const { kit, kept } = deferring((...values) => encode(["packed", ...values]));

    await kit.turn(message(7));
    kept[0]?.(true, 1);

    expect(kit.take()).toEqual([{ reply: 7, to: caller, values: ["packed", 1] }]);
  });

  test("tells a fault when it is not ok: text, or an error with its code", async () => {
    const { kit, kept } = deferring();

    await kit.turn(message(7), message(8));
    kept[0]?.(false, "no luck");
    kept[1]?.(false, Object.assign(new Error("no money"), { code: "E_MONEY" }));

    expect(kit.take()).toEqual([
      { fault: 7, to: caller, code: "REMOTE_FAULT", text: "no luck" },
      { fault: 8, to: caller, code: "REMOTE_FAULT", text: "no money", remoteCode: "E_MONEY" },
    ]);
  });

  test("takes the duty away: ret after it fails, and no reply is missed", async () => {
    const said: unknown[] = [];
    const kit = serving((api) => {
      api.response();
      said.push(codeOf(() => api.ret()));
    });

    await kit.turn(message(7));

    expect(said).toEqual(["NO_SESSION"]);
    expect(kit.take()).toEqual([]);
  });

  test("does nothing for a one-way message", async () => {
    const { kit, kept } = deferring();

    await kit.turn(message(0));

    expect(kept[0]?.isWanted()).toBe(false);
    expect(kept[0]?.(true, 1)).toBe(false);
    expect(kept[0]?.(true, 1)).toBe(false);
    expect(kit.take()).toEqual([]);
  });

  test("is not wanted any more, and false, when the requester has died", async () => {
    const { kit, kept } = deferring();

    await kit.turn(message(7));
    await kit.turn(fault(0, "ADDRESS_DEAD", { source: caller }));

    expect(kept[0]?.isWanted()).toBe(false);
    expect(kept[0]?.(true, 1)).toBe(false);
    expect(kit.take()).toEqual([]);
  });

  test("fails with NO_SESSION outside a request", () => {
    const kit = new RuntimeKit();

    expect(codeOf(() => kit.api.response())).toBe("NO_SESSION");
  });

  test("tells the requester when the values cannot be packed", async () => {
    const { kit, kept } = deferring();

    await kit.turn(message(7));

    expect(codeOf(() => kept[0]?.(true, Symbol("s")))).toBe("PACK_UNSUPPORTED");
    expect(kit.take()).toMatchObject([{ fault: 7, code: "PACK_UNSUPPORTED" }]);
  });
});

describe("ignoreRet", () => {
  test("declares that no reply comes: none is sent, none is missed, ret fails", async () => {
    const said: unknown[] = [];
    const kit = serving((api) => {
      api.ignoreRet();
      said.push(codeOf(() => api.ret()));
    });

    await kit.turn(message(7));

    expect(said).toEqual(["NO_SESSION"]);
    expect(kit.take()).toEqual([]);
  });
});

describe("context", () => {
  test("is session and source in a request, also after an await, and undefined elsewhere", async () => {
    const seen: unknown[] = [];
    const kit = serving(async (api) => {
      seen.push(api.context());
      api.fork(() => seen.push(api.context()));
      await Promise.resolve();
      seen.push(api.context());
      api.retPack();
      seen.push(api.context());
    });
    seen.push(kit.api.context());

    await kit.turn(message(7));

    const request = { session: 7, source: caller };
    expect(seen).toEqual([undefined, request, undefined, request, request]);
  });
});
