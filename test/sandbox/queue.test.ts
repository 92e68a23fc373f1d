// Queue: a critical section (reference §3.1).

import type { Thread } from "isonet";
import { describe, expect, test } from "vitest";
import type { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { message, other, response, RuntimeKit } from "../kit/runtime-kit.ts";

/** A service whose command `work` does two calls inside one queue. */
function working() {
  const kit = new RuntimeKit();
  const lock = kit.api.queue();
  const steps: string[] = [];
  kit.api.commands({
    work: (name: string) =>
      lock(async () => {
        steps.push(`${name} in`);
        await kit.api.call(other, "lua", name);
        steps.push(`${name} out`);
        return name;
      }),
  });
  return { kit, lock, steps };
}

/** Session of the call that the service has made since the last look. */
function sessionOfCall(kit: RuntimeKit): number {
  return kit.take().find(({ kind }) => kind === "lua")?.["session"] as number;
}

describe("queue", () => {
  test("runs one handler at a time, waiters in their order", async () => {
    const { kit, steps } = working();

    await kit.turn(message(1, "work", "a"), message(2, "work", "b"), message(3, "work", "c"));
    await kit.turn(response(sessionOfCall(kit)));
    await kit.turn(response(sessionOfCall(kit)));
    await kit.turn(response(sessionOfCall(kit)));

    expect(steps).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
  });

  test("gives what the handler returns, synchronous ones too", async () => {
    const kit = new RuntimeKit();
    const lock = kit.api.queue();
    const seen: unknown[] = [];
    void lock(() => 5).then((value) => seen.push(value));
    void lock(() => Promise.resolve("later")).then((value) => seen.push(value));

    await kit.turn();

    expect(seen).toEqual([5, "later"]);
  });

  test("is released when the handler throws, now or later", async () => {
    const kit = new RuntimeKit();
    const lock = kit.api.queue();
    const seen: unknown[] = [];
    const failed = (error: Error): number => seen.push(error.message);
    void lock(() => {
      throw new Error("now");
    }).catch(failed);
    void lock(async () => {
      await Promise.resolve();
      throw new Error("later");
    }).catch(failed);
    void lock(() => seen.push("last"));

    await kit.turn();

    expect(seen).toEqual(["now", "later", "last"]);
  });

  test("a thread that is inside enters again without waiting, also after awaits", async () => {
    const kit = new RuntimeKit();
    const lock = kit.api.queue();
    const steps: unknown[] = [];
    const inner = async (name: string): Promise<void> => {
      await lock(() => steps.push(`${name} inner`));
    };
    kit.api.commands({
      work: async (name: string) => {
        await lock(async () => {
          await inner(name);
          await kit.api.call(other, "lua");
          await Promise.resolve();
          await inner(name);
          steps.push(`${name} out`);
        });
      },
    });

    await kit.turn(message(1, "work", "a"), message(2, "work", "b"));
    await kit.turn(response(sessionOfCall(kit)));
    await kit.turn(response(sessionOfCall(kit)));

    expect(steps).toEqual(["a inner", "a inner", "a out", "b inner", "b inner", "b out"]);
  });

  test("another thread waits, although the holder is suspended in it", async () => {
    const kit = new RuntimeKit();
    const lock = kit.api.queue();
    const steps: string[] = [];
    kit.api.commands({
      hold: () => lock(() => kit.api.call(other, "lua")),
      enter: () => lock(() => void steps.push("entered")),
    });

    await kit.turn(message(1, "hold"), message(2, "enter"));
    expect(steps).toEqual([]);
    await kit.turn(response(1));

    expect(steps).toEqual(["entered"]);
  });

  test("two queues know nothing of each other", async () => {
    const kit = new RuntimeKit();
    const steps: string[] = [];
    const first = kit.api.queue();
    const second = kit.api.queue();
    void first(() => kit.api.wait("never"));
    void second(() => steps.push("second"));

    await kit.turn();

    expect(steps).toEqual(["second"]);
  });

  test("a waiter that is killed never enters, and the next one does", async () => {
    const { kit, lock, steps } = working();
    const threads: (Thread | undefined)[] = [];
    kit.api.commands({
      late: (name: string) => {
        threads.push(kit.api.running());
        return lock(() => void steps.push(name));
      },
    });
    void lock(() => kit.api.wait("hold"));

    await kit.turn(message(7, "late", "killed"), message(8, "late", "next"));
    kit.api.killThread(threads[0] as Thread);
    kit.api.wakeup("hold");
    await kit.turn();

    expect(steps).toEqual(["next"]);
    expect(kit.take()).toMatchObject([{ fault: 7, code: "THREAD_KILLED" }, { reply: 8 }]);
  });

  test("is released when its holder is killed", async () => {
    const { kit, steps } = working();

    await kit.turn(message(1, "work", "a"), message(2, "work", "b"));
    kit.api.killThread("lua");
    await kit.turn();

    expect(steps).toEqual(["a in", "b in"]);
  });

  test("refuses more than threadsMax waiters with THREADS_FULL, and the others get their turn", async () => {
    const kit = new RuntimeKit();
    const lock = kit.api.queue();
    let entered = 0;
    const codes: unknown[] = [];
    void lock(() => kit.api.wait("hold"));
    for (let waiting = 0; waiting <= limits.threadsMax; waiting++) {
      lock(() => entered++).catch(({ code }: CodedError) => codes.push(code));
    }
    kit.api.wakeup("hold");
    await kit.turn();

    expect(codes).toEqual(["THREADS_FULL"]);
    expect(entered).toBe(limits.threadsMax);
  });
});
