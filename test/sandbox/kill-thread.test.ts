// Kill thread: ends forks, timers, sleepers, waiters and callers (reference §2.6).

import type { Thread } from "isonet";
import { describe, expect, test } from "vitest";
import type { CodedError } from "../../wire/coded-error.ts";
import { caller, fired, message, other, response, RuntimeKit } from "../kit/runtime-kit.ts";

/** A service that keeps the thread of each request, and the code its wait ended with. */
function waiting() {
  const kit = new RuntimeKit();
  const threads: Thread[] = [];
  const ended: unknown[] = [];
  const wait = async (start: () => Promise<unknown>): Promise<string> => {
    threads.push(kit.api.running() as Thread);
    try {
      await start();
      return "went on";
    } catch (error) {
      ended.push((error as CodedError).code);
      throw error;
    }
  };
  kit.api.commands({
    call: () => wait(() => kit.api.call(other, "lua")),
    sleep: () => wait(() => kit.api.sleep(10, "s")),
    wait: () => wait(() => kit.api.wait("w")),
  });
  return { kit, threads, ended };
}

describe("killThread", () => {
  test.each([["call"], ["sleep"], ["wait"]])(
    "rejects a %s with THREAD_KILLED, and the request it owes is a fault",
    async (what) => {
      const { kit, threads, ended } = waiting();
      await kit.turn(message(7, what));
      kit.take();

      expect(kit.api.killThread(threads[0] as Thread)).toBe(threads[0]);
      await kit.turn();

      expect(ended).toEqual(["THREAD_KILLED"]);
      expect(kit.take().filter(({ fault }) => fault !== undefined)).toMatchObject([
        { fault: 7, to: caller, code: "THREAD_KILLED" },
      ]);
      expect(kit.takeLog()).toEqual([]);
    },
  );

  test("drops a fork that has not started", async () => {
    const kit = new RuntimeKit();
    const ran: string[] = [];
    kit.api.dispatch("lua", () => {
      const doomed = kit.api.fork(() => ran.push("doomed"));
      kit.api.fork(() => ran.push("other"));
      ran.push(String(kit.api.killThread(doomed) === doomed));
    });

    await kit.turn(message(0));

    expect(ran).toEqual(["true", "other"]);
  });

  test("forgets a timer that has not fired, by thread and by text", async () => {
    const kit = new RuntimeKit();
    const ran: string[] = [];
    const first = kit.api.timeout(10, () => ran.push("first"));
    const second = kit.api.timeout(20, () => ran.push("second"));

    expect(kit.api.killThread(first)).toBe(first);
    expect(kit.api.killThread("timer")).toBe(second);
    expect(kit.api.killThread("timer")).toBe(undefined);
    await kit.turn(fired(1), fired(2));

    expect(ran).toEqual([]);
    expect(kit.take().map(({ command }) => command)).toEqual([
      "timeout",
      "timeout",
      "cancel",
      "cancel",
    ]);
  });

  test("ends the first thread whose text contains the words", async () => {
    const { kit, threads, ended } = waiting();
    await kit.turn(message(7, "call"), message(8, "call"));

    expect(kit.api.killThread("lua")).toBe(threads[0]);
    expect(kit.api.killThread("nosuch")).toBe(undefined);
    await kit.turn();

    expect(ended).toEqual(["THREAD_KILLED"]);
  });

  test("a late reply to its call is swallowed", async () => {
    const { kit, threads, ended } = waiting();
    await kit.turn(message(7, "call"));
    kit.take();
    kit.api.killThread(threads[0] as Thread);

    await kit.turn(response(1, "late"));

    expect(ended).toEqual(["THREAD_KILLED"]);
    expect(kit.take()).toMatchObject([{ fault: 7, code: "THREAD_KILLED" }]);
  });

  test("what the handler still returns is no reply", async () => {
    const kit = new RuntimeKit();
    let thread: Thread | undefined;
    kit.api.commands({
      stubborn: async () => {
        thread = kit.api.running();
        await kit.api.call(other, "lua").catch(() => {});
        return "all the same";
      },
    });
    await kit.turn(message(7, "stubborn"));
    kit.take();

    kit.api.killThread(thread as Thread);
    await kit.turn();

    expect(kit.take()).toMatchObject([{ fault: 7, code: "THREAD_KILLED" }]);
  });

  test("does not end the running thread, one that has ended, or one killed before", async () => {
    const { kit, threads } = waiting();
    const said: unknown[] = [];
    kit.api.commands({
      self: async () => {
        const me = kit.api.running() as Thread;
        said.push(kit.api.killThread(me));
        await Promise.resolve();
        said.push(kit.api.killThread(me));
        return "alive";
      },
    });

    await kit.turn(message(7, "self"), message(8, "call"));
    kit.api.killThread(threads[0] as Thread);
    said.push(kit.api.killThread(threads[0] as Thread));
    await kit.turn();
    said.push(kit.api.killThread(threads[0] as Thread));

    expect(said).toEqual([undefined, undefined, undefined, undefined]);
    expect(kit.take()).toContainEqual({ reply: 7, to: caller, values: ["alive"] });
  });

  test("leaves a thread alone that only looks like one", () => {
    const { api } = new RuntimeKit();

    expect(api.killThread({ id: 1 })).toBe(undefined);
    expect(api.killThread(undefined as never)).toBe(undefined);
  });

  test("ends a thread that was woken and has not gone on", async () => {
    const { kit, threads } = waiting();
    await kit.turn(message(7, "wait"));

    kit.api.wakeup("w");
    kit.api.killThread(threads[0] as Thread);
    await kit.turn();

    expect(kit.take()).toMatchObject([{ fault: 7, code: "THREAD_KILLED" }]);
  });
});
