// After an interrupt: what the runtime makes of a turn that the host has cut off.
// A handler that never returns is unwound by V8 as in an isolate; interrupted microtasks are tested
// on real hosts.

import { describe, expect, test } from "vitest";
import { caller, message, other, own, response, RuntimeKit, spin } from "../kit/runtime-kit.ts";

const cut = { code: "SLICE_EXCEEDED", text: expect.stringContaining("turnMsMax") };

describe("a turn that was cut off", () => {
  test("its request is answered with SLICE_EXCEEDED, and the rest of the turn goes on", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ spin, hello: () => "world" });

    await kit.cutOff(message(1, "hello"), message(2, "spin"), message(3, "hello"));

    expect(kit.take()).toEqual([
      { reply: 1, to: caller, values: ["world"] },
      { fault: 2, to: caller, ...cut },
      { reply: 3, to: caller, values: ["world"] },
    ]);
    expect(kit.takeLog()).toEqual([expect.stringContaining("turnMsMax")]);
  });

  test("a request that was answered before it went on spinning gets no second answer", async () => {
    const kit = new RuntimeKit();
    kit.api.dispatch("lua", () => {
      kit.api.retPack("done");
      spin();
    });

    await kit.cutOff(message(7));

    expect(kit.take()).toEqual([{ reply: 7, to: caller, values: ["done"] }]);
  });

  test("a request is answered that spins in a getter of its reply", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({
      bad: () => ({
        get value() {
          return spin();
        },
      }),
    });

    await kit.cutOff(message(7, "bad"));

    expect(kit.take()).toEqual([{ fault: 7, to: caller, ...cut }]);
  });

  test("a request is answered that spins in its protocol's unpack", async () => {
    const kit = new RuntimeKit();
    kit.api.registerProtocol({
      name: "bad",
      id: 20,
      unpack: () => spin() ?? [],
      dispatch: () => {},
    });

    await kit.cutOff({ kind: 20, session: 7 });

    expect(kit.take()).toEqual([{ fault: 7, to: caller, ...cut }]);
  });

  test("a request that another thread answers later is left alone", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ ask: () => kit.api.call(other, "lua"), spin });

    await kit.cutOff(message(1, "ask"), message(2, "spin"));
    await kit.turn(response(1, "in time"));

    expect(kit.take()).toEqual([
      { kind: "lua", to: other, session: 1, values: [] },
      { fault: 2, to: caller, ...cut },
      { reply: 1, to: caller, values: ["in time"] },
    ]);
  });

  test("a fork that spun is not started again, and those behind it start", async () => {
    const kit = new RuntimeKit();
    const ran: string[] = [];
    kit.api.dispatch("lua", () => {
      kit.api.fork(() => ran.push("first"));
      kit.api.fork(() => {
        ran.push("spins");
        spin();
      });
      kit.api.fork(() => ran.push("last"));
      kit.api.retPack();
    });

    await kit.cutOff(message(7));
    await kit.turn();

    expect(ran).toEqual(["first", "spins", "last"]);
    expect(kit.take()).toEqual([{ reply: 7, to: caller, values: [] }]);
  });

  test("a start handler that spun has failed", async () => {
    const kit = new RuntimeKit();
    kit.api.start(spin);

    await kit.cutOff({ kind: 4, source: 0, body: Uint8Array.of(1, 0, 0, 0) });

    expect(kit.take()).toMatchObject([
      { command: "failed", fault: { code: "SERVICE_INIT_FAILED", text: expect.any(String) } },
    ]);
  });

  test("nobody counts as running afterwards: forks made after an await run, replies find their request", async () => {
    const kit = new RuntimeKit();
    const ran: unknown[] = [];
    kit.api.commands({
      spin,
      later: async () => {
        await Promise.resolve();
        kit.api.fork(() => ran.push("fork"));
        kit.api.retPack(kit.api.context()?.session);
      },
    });

    await kit.cutOff(message(1, "spin"));
    await kit.turn(message(2, "later"));

    expect(ran).toEqual(["fork"]);
    expect(kit.take()).toContainEqual({ reply: 2, to: caller, values: [2] });
  });

  test("one-way messages that spin are logged", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ spin });

    await kit.cutOff(message(0, "spin"));

    expect(kit.take()).toEqual([]);
    expect(kit.takeLog()).toEqual([expect.stringMatching(/^error lua call \[:01000200 : 0\]/)]);
  });

  test("a call of its own that it had made may still be answered", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    kit.api.commands({
      spin: () => {
        void kit.api.call(own, "lua", "hello").then((value) => seen.push(value));
        spin();
      },
    });

    await kit.cutOff(message(7, "spin"));
    await kit.turn(response(1, "world"));

    expect(seen).toEqual(["world"]);
  });
});
