// Logical threads and time: fork, timeout and cancel, and in which order all goes on (reference
// §1.6, §2.6, §14).

import { describe, expect, test } from "vitest";
import { limits } from "../../wire/limits.ts";
import { fault, fired, message, other, response, RuntimeKit } from "../kit/runtime-kit.ts";

/** Runs `body` as the handler of a one-way message, with what it sends to itself handed back. */
async function handling(
  body: (api: RuntimeKit["api"]) => unknown,
  kit: RuntimeKit = new RuntimeKit(),
): Promise<RuntimeKit> {
  kit.api.dispatch("lua", () => body(kit.api));
  await kit.run(message(0));
  return kit;
}

describe("the host is told how many threads are suspended", () => {
  test("also when the last of them ends behind the turn's own code", async () => {
    const kit = await handling(async (api) => {
      await api.sleep(5);
    });
    expect(kit.control("suspended")).toBe(1);
    await kit.run(fired(1));

    expect(kit.control("suspended")).toBe(0);
    await kit.run(message(0));
    expect(kit.control("suspended")).toBe(1);
  });
});

describe("order", () => {
  test("forks, forks of forks, timers of 0 and yields run as Skynet has them", async () => {
    const ran: string[] = [];

    await handling(async (api) => {
      api.fork(() => {
        ran.push("f1");
        api.fork(() => ran.push("f1.1"));
      });
      api.fork(() => ran.push("f2"));
      api.timeout(0, () => ran.push("t0"));
      await api.yield();
      ran.push("y");
    });

    expect(ran).toEqual(["f1", "f2", "f1.1", "t0", "y"]);
  });

  test("forks run behind their message and before the next", async () => {
    const ran: unknown[] = [];
    const kit = new RuntimeKit();
    kit.api.dispatch("lua", (_session, _source, name) => {
      kit.api.fork(() => ran.push(`fork of ${name}`));
      ran.push(name);
    });

    await kit.turn(message(0, "first"), message(0, "second"));

    expect(ran).toEqual(["first", "fork of first", "second", "fork of second"]);
  });

  test("who is woken goes on before forks made earlier and before the next message", async () => {
    const ran: unknown[] = [];
    const kit = new RuntimeKit();
    kit.api.commands({
      sleep: async () => {
        await kit.api.wait("token");
        ran.push("woken");
      },
      wake: () => {
        kit.api.fork(() => ran.push("fork"));
        kit.api.wakeup("token");
        ran.push("handler");
      },
      next: () => ran.push("next"),
    });

    await kit.turn(message(0, "sleep"));
    await kit.turn(message(0, "wake"), message(0, "next"));

    expect(ran).toEqual(["handler", "woken", "fork", "next"]);
  });

  test("a reply's continuation runs before the message behind the reply", async () => {
    const ran: unknown[] = [];
    const kit = new RuntimeKit();
    kit.api.commands({
      ask: async () => {
        ran.push(await kit.api.call(other, "lua"));
      },
      next: () => ran.push("next"),
    });

    await kit.turn(message(0, "ask"));
    await kit.turn(response(1, "reply"), message(0, "next"));

    expect(ran).toEqual(["reply", "next"]);
  });

  test("replies of one batch continue in their order, and all before the next message", async () => {
    const ran: unknown[] = [];
    const kit = new RuntimeKit();
    kit.api.commands({
      ask: async () => {
        ran.push(await kit.api.call(other, "lua"));
      },
      next: () => ran.push("next"),
    });

    await kit.turn(message(0, "ask"), message(0, "ask"));
    await kit.turn(response(2, "second"), response(1, "first"), message(0, "next"));

    expect(ran).toEqual(["second", "first", "next"]);
  });

  test("a timer behind a reply starts when the reply's continuation has run", async () => {
    const ran: unknown[] = [];
    const kit = new RuntimeKit();
    kit.api.timeout(10, () => ran.push("timer"));
    kit.api.commands({
      ask: async () => {
        ran.push(await kit.api.call(other, "lua"));
      },
    });

    await kit.turn(message(0, "ask"));
    await kit.turn(response(2, "reply"), fired(1));

    expect(ran).toEqual(["reply", "timer"]);
  });

  test("a fork made by a timer runs without waiting for another message", async () => {
    const ran: string[] = [];
    const kit = new RuntimeKit();
    kit.api.timeout(10, () => {
      kit.api.fork(() => ran.push("fork"));
    });

    await kit.turn(fired(1));

    expect(ran).toEqual(["fork"]);
  });
});

describe("fork", () => {
  test("passes its arguments on and gives a thread", async () => {
    const seen: unknown[] = [];

    await handling((api) => {
      const thread = api.fork((...args: unknown[]) => seen.push(args), 1, "two");
      seen.push(typeof thread.id);
    });

    expect(seen).toEqual(["number", [1, "two"]]);
  });

  test("logs its error and does not stop the others", async () => {
    const ran: string[] = [];

    const kit = await handling((api) => {
      api.fork(() => {
        throw new Error("broken fork");
      });
      api.fork(async () => {
        await Promise.resolve();
        throw new Error("broken later");
      });
      api.fork(() => ran.push("other"));
    });

    expect(ran).toEqual(["other"]);
    expect(kit.takeLog()).toEqual([
      expect.stringContaining("broken fork"),
      expect.stringContaining("broken later"),
    ]);
  });

  test("made after an await runs soon, without another message", async () => {
    const ran: string[] = [];

    await handling(async (api) => {
      await Promise.resolve();
      api.fork(() => ran.push("fork"));
      ran.push("handler");
    });

    expect(ran).toEqual(["handler", "fork"]);
  });

  test("in the module body runs in the first turn at the latest", async () => {
    const ran: string[] = [];
    const kit = new RuntimeKit();
    kit.api.fork(() => ran.push("fork"));

    await kit.start();

    expect(ran).toEqual(["fork"]);
  });
});

describe("timeout", () => {
  test("asks the kernel for a timer and runs its handler when that fires", async () => {
    const ran: string[] = [];

    const kit = await handling((api) => {
      api.timeout(150, () => ran.push("fired"));
    });
    expect(kit.take()).toEqual([{ command: "timeout", session: 1, operand: 150 }]);
    expect(ran).toEqual([]);
    await kit.turn(fired(1));
    await kit.turn(fired(1));

    expect(ran).toEqual(["fired"]);
  });

  test("of 0 ticks and less goes through the mailbox", async () => {
    const ran: string[] = [];

    const kit = await handling((api) => {
      api.timeout(0, () => ran.push("zero"));
      api.timeout(-5, () => ran.push("less"));
    });

    expect(ran).toEqual(["zero", "less"]);
    expect(kit.take()).toEqual([]);
  });

  test("logs its handler's error", async () => {
    const kit = await handling((api) => {
      api.timeout(0, () => {
        throw new Error("broken timer");
      });
    });

    expect(kit.takeLog()).toEqual([expect.stringContaining("broken timer")]);
  });

  test.each([[Number.NaN], ["10"], [limits.timerTicksMax + 1], [Infinity], [undefined]])(
    "refuses %s ticks with ARGUMENT_INVALID and leaves nothing behind",
    (ticks) => {
      const kit = new RuntimeKit();

      expect(() => kit.api.timeout(ticks as number, () => {})).toThrow(
        expect.objectContaining({ code: "ARGUMENT_INVALID" }),
      );
      expect(kit.control("waiting")).toBe(0);
    },
  );

  test("takes as many ticks as timerTicksMax", () => {
    const kit = new RuntimeKit();

    kit.api.timeout(limits.timerTicksMax, () => {});

    expect(kit.take()).toEqual([{ command: "timeout", session: 1, operand: limits.timerTicksMax }]);
  });

  test("logs TIMERS_FULL when the kernel refuses it", async () => {
    const kit = await handling((api) => {
      api.timeout(150, () => {});
    });

    await kit.turn(fault(1, "TIMERS_FULL", { text: "too many", source: 0 }));

    expect(kit.takeLog()).toEqual([expect.stringContaining("too many")]);
  });
});

describe("cancel", () => {
  test("forgets a timer that has not fired, once", async () => {
    const ran: string[] = [];
    const kit = new RuntimeKit();
    const timer = kit.api.timeout(150, () => ran.push("fired"));

    expect(kit.api.cancel(timer)).toBe(true);
    expect(kit.api.cancel(timer)).toBe(false);
    await kit.turn(fired(1));

    expect(ran).toEqual([]);
    expect(kit.take()).toEqual([
      { command: "timeout", session: 1, operand: 150 },
      { command: "cancel", session: 1 },
    ]);
  });

  test("is false for a timer that has fired, and for what is no timer", async () => {
    const kit = new RuntimeKit();
    const timer = kit.api.timeout(150, () => {});
    const fork = kit.api.fork(() => {});
    await kit.turn(fired(1));

    expect(kit.api.cancel(timer)).toBe(false);
    expect(kit.api.cancel(fork)).toBe(false);
    expect(kit.api.cancel({ id: 1 })).toBe(false);
  });
});

describe("running", () => {
  test("is the thread of the handler, of the fork and of the timer, and undefined in the module body", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [kit.api.running()];
    const made: unknown[] = [];

    await handling(async (api) => {
      seen.push(api.running()?.id);
      made.push(api.fork(() => seen.push(api.running()?.id)).id);
      made.push(api.timeout(0, () => seen.push(api.running()?.id)).id);
      await Promise.resolve();
      seen.push(api.running()?.id);
    }, kit);

    const [none, handler, fork, later, timer] = seen;
    expect(none).toBe(undefined);
    expect(later).toBe(handler);
    expect([fork, timer]).toEqual(made);
  });

  test("is undefined in code that no thread awaits", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    const background = async (): Promise<void> => {
      await kit.api.sleep(1);
      seen.push(kit.api.running());
    };
    void background();
    kit.api.commands({ ask: () => kit.api.call(other, "lua") });

    await kit.turn(message(7, "ask"));
    await kit.turn(fired(1));

    expect(seen).toEqual([undefined]);
  });
});

describe("clock", () => {
  test("tells ticks, start time and time as the host set them", async () => {
    const kit = new RuntimeKit();
    kit.now = 12_345;

    expect(kit.api.now()).toBe(12_345);
    expect(kit.api.startTime()).toBe(1_700_000_000);
    expect(kit.api.time()).toBe(1_700_000_123.45);
  });

  test("counts ticks past 2^31 upwards", () => {
    const kit = new RuntimeKit();
    kit.now = -1;

    expect(kit.api.now()).toBe(0xffff_ffff);
  });
});

describe("genId", () => {
  test("shares its numbers with calls, timers and waits", () => {
    const kit = new RuntimeKit();

    const first = kit.api.genId();
    void kit.api.call(other, "lua");
    kit.api.timeout(10, () => {});
    void kit.api.wait("t");

    expect([first, kit.api.genId()]).toEqual([1, 5]);
  });
});

describe("threadsMax", () => {
  test("a request that would suspend one thread more is refused with THREADS_FULL", async () => {
    const kit = new RuntimeKit();
    const perTurn = 1024;
    kit.api.commands({ hang: () => new Promise(() => {}), hello: () => "world" });
    const hanging = Array.from({ length: perTurn }, () => message(0, "hang"));
    for (let made = 0; made < limits.threadsMax; made += perTurn) await kit.turn(...hanging);

    await kit.turn(message(7, "hang"), message(8, "hello"));

    expect(kit.api.task()).toBe(limits.threadsMax);
    expect(kit.take()).toMatchObject([{ fault: 7, code: "THREADS_FULL" }, { reply: 8 }]);
  });
});
