// Sleepers: sleep, yield, wait and wakeup (reference §2.6).

import type { Thread } from "isonet";
import { describe, expect, test } from "vitest";
import { fault, fired, message, other, RuntimeKit } from "../kit/runtime-kit.ts";

/** Runs `body` as the handler of a one-way message, with what it sends to itself handed back. */
async function handling(
  body: (api: RuntimeKit["api"]) => unknown,
  kit: RuntimeKit = new RuntimeKit(),
): Promise<RuntimeKit> {
  kit.api.dispatch("lua", () => body(kit.api));
  await kit.run(message(0));
  return kit;
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return (error as { code: unknown }).code;
  }
}

describe("sleep", () => {
  test("resolves with undefined when its time is over", async () => {
    const said: unknown[] = [];

    const kit = await handling(async (api) => {
      said.push(await api.sleep(20));
    });
    expect(kit.take()).toEqual([{ command: "timeout", session: 1, operand: 20 }]);
    await kit.turn(fired(1));

    expect(said).toEqual([undefined]);
  });

  test("resolves with BREAK when woken by its token or its thread, and its timer is cancelled", async () => {
    const said: unknown[] = [];
    const kit = new RuntimeKit();
    let thread: Thread | undefined;
    kit.api.commands({
      byToken: async () => {
        said.push("token", await kit.api.sleep(20, "t"));
      },
      byThread: async () => {
        thread = kit.api.running();
        said.push("thread", await kit.api.sleep(20));
      },
    });
    await kit.turn(message(0, "byToken"), message(0, "byThread"));
    kit.take();

    await kit.turn();
    expect([kit.api.wakeup("t"), kit.api.wakeup(thread)]).toEqual([true, true]);
    await kit.turn();

    expect(said).toEqual(["token", "BREAK", "thread", "BREAK"]);
    expect(kit.take()).toEqual([
      { command: "cancel", session: 1 },
      { command: "cancel", session: 2 },
    ]);
  });

  test("is not woken twice: a timer that fires behind the wake-up changes nothing", async () => {
    const said: unknown[] = [];
    const kit = new RuntimeKit();
    kit.api.commands({
      sleep: async () => {
        said.push(await kit.api.sleep(20, "t"));
      },
      wake: () => {
        said.push(kit.api.wakeup("t"));
      },
    });

    await kit.turn(message(0, "sleep"));
    await kit.turn(message(0, "wake"), fired(1));
    await kit.turn(fired(1));

    expect(said).toEqual([true, "BREAK"]);
  });

  test("rejects with ARGUMENT_INVALID for ticks that are none, and the token is free again", async () => {
    const kit = new RuntimeKit();

    expect(await codeOf(kit.api.sleep(Number.NaN, "t"))).toBe("ARGUMENT_INVALID");
    expect(kit.api.wakeup("t")).toBe(false);
    expect(kit.control("waiting")).toBe(0);
  });

  test("rejects with TIMERS_FULL when the kernel refuses its timer", async () => {
    const kit = new RuntimeKit();
    const sleeping = codeOf(kit.api.sleep(20));

    await kit.turn(fault(1, "TIMERS_FULL", { source: 0 }));

    expect(await sleeping).toBe("TIMERS_FULL");
  });

  test("may be slept twice at once by one thread", async () => {
    const said: unknown[] = [];

    const kit = await handling(async (api) => {
      said.push(await Promise.all([api.sleep(10), api.sleep(20)]));
    });
    await kit.turn(fired(2), fired(1));

    expect(said).toEqual([[undefined, undefined]]);
  });
});

describe("wait and wakeup", () => {
  test("wakes in the order of the wake-ups", async () => {
    const woken: unknown[] = [];
    const kit = new RuntimeKit();
    kit.api.commands({
      wait: async (token: string) => {
        await kit.api.wait(token);
        woken.push(token);
      },
      wake: () => {
        for (const token of ["b", "c", "a"]) kit.api.wakeup(token);
      },
    });

    await kit.turn(message(0, "wait", "a"), message(0, "wait", "b"), message(0, "wait", "c"));
    await kit.turn(message(0, "wake"));

    expect(woken).toEqual(["b", "c", "a"]);
  });

  test("wait resolves with undefined", async () => {
    const kit = new RuntimeKit();
    const waiting = kit.api.wait("t");

    kit.api.wakeup("t");

    expect(await waiting).toBe(undefined);
  });

  test("a second wake-up of one who is about to wake is true and harmless", async () => {
    let woken = 0;
    const kit = new RuntimeKit();
    void kit.api.wait("t").then(() => woken++);

    expect([kit.api.wakeup("t"), kit.api.wakeup("t")]).toEqual([true, true]);
    await kit.turn();

    expect(woken).toBe(1);
    expect(kit.api.wakeup("t")).toBe(false);
  });

  test("a wake-up nobody waits for is false", () => {
    const kit = new RuntimeKit();

    expect([kit.api.wakeup("nobody"), kit.api.wakeup(undefined), kit.api.wakeup({})]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("a wake-up does not end a call", async () => {
    const kit = new RuntimeKit();
    let thread: Thread | undefined;
    let hasReply = false;
    kit.api.commands({
      ask: async () => {
        thread = kit.api.running();
        await kit.api.call(other, "lua");
        hasReply = true;
      },
    });
    await kit.turn(message(0, "ask"));

    expect(kit.api.wakeup(thread)).toBe(false);
    await kit.turn();

    expect(hasReply).toBe(false);
  });

  test("a token somebody waits on is refused with TOKEN_IN_USE, and is free afterwards", async () => {
    const kit = new RuntimeKit();
    const first = kit.api.wait("t");

    expect(await codeOf(kit.api.wait("t"))).toBe("TOKEN_IN_USE");
    expect(await codeOf(kit.api.sleep(10, "t"))).toBe("TOKEN_IN_USE");
    expect(kit.take()).toEqual([]);
    kit.api.wakeup("t");
    await first;
    const again = kit.api.wait("t");
    kit.api.wakeup("t");

    expect(await again).toBe(undefined);
  });

  test("tokens are compared by identity, and may be any value", async () => {
    const kit = new RuntimeKit();
    const token = {};
    void kit.api.wait(token);
    void kit.api.wait(Number.NaN);
    void kit.api.wait(null);

    expect([
      kit.api.wakeup({}),
      kit.api.wakeup(token),
      kit.api.wakeup(Number.NaN),
      kit.api.wakeup(null),
    ]).toEqual([false, true, true, true]);
  });
});
