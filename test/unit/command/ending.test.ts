// Ending: what each signal and fault does to a host, and how soon the process ends.
// On a process and a host that only tell what is done to them.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Ending } from "../../../src/command/ending.ts";

type Listener = (what: unknown) => void;

function makeEnding({ isLogFile = false, stopped = Promise.resolve<unknown>(undefined) } = {}) {
  const listeners = new Map<string, Listener>();
  const done: string[] = [];
  const ending = new Ending(
    { isLogFile },
    {
      on: (event, listener) => listeners.set(event, listener),
      say: (text) => void done.push(text.split("\n")[0] ?? ""),
      exit: (code) => void done.push(`exit ${code}`),
      kill: () => void done.push("kill"),
    },
  );
  const host = {
    stop: () => {
      done.push("stop");
      return stopped;
    },
    reopenLog: () => void done.push("reopen"),
  };
  return {
    ending,
    done,
    host,
    happens: (event: string, what?: unknown) => listeners.get(event)?.(what),
  };
}

const never = new Promise<unknown>(() => {});

/** Lets everything that is ready happen. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe("ending", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"])(
    "stops the host at %s and exits with 0",
    async (signal) => {
      const { ending, done, host, happens } = makeEnding();
      await ending.guard(Promise.resolve(host));

      happens(signal);
      await settle();

      expect(done).toEqual([`isonet: ${signal}: stopping`, "stop", "exit 0"]);
    },
  );

  test("opens the log anew at SIGHUP when there is a log file", async () => {
    const { ending, done, host, happens } = makeEnding({ isLogFile: true });
    await ending.guard(Promise.resolve(host));

    happens("SIGHUP");
    await settle();

    expect(done).toEqual(["reopen"]);
  });

  test("takes signals within 300 ms for echoes of the first, and ends at once at a later one", async () => {
    const { ending, done, host, happens } = makeEnding({ stopped: never });
    await ending.guard(Promise.resolve(host));

    happens("SIGINT");
    await vi.advanceTimersByTimeAsync(299);
    happens("SIGINT");
    await vi.advanceTimersByTimeAsync(1);
    happens("SIGTERM");

    expect(done).toEqual([
      "isonet: SIGINT: stopping",
      "stop",
      "isonet: SIGTERM again: ended at once",
      "kill",
    ]);
  });

  test("ends at once when the host has not stopped after five seconds", async () => {
    const { ending, done, host, happens } = makeEnding({ stopped: never });
    await ending.guard(Promise.resolve(host));

    happens("SIGTERM");
    await vi.advanceTimersByTimeAsync(4999);
    const early = done.length;
    await vi.advanceTimersByTimeAsync(1);

    expect(early).toBe(2);
    expect(done.slice(2)).toEqual(["isonet: not stopped within 5000 ms: ended at once", "kill"]);
  });

  test("waits for a host that is starting, then stops it", async () => {
    const { ending, done, host, happens } = makeEnding();
    const starting = Promise.withResolvers<typeof host>();
    void ending.guard(starting.promise);

    happens("SIGINT");
    await settle();
    const early = [...done];
    starting.resolve(host);
    await settle();

    expect(early).toEqual(["isonet: SIGINT: stopping"]);
    expect(done).toEqual([...early, "stop", "exit 0"]);
  });

  test("kills the process when log lines are stuck, because an exit would wait for them", async () => {
    const { ending, done, host, happens } = makeEnding({ stopped: Promise.resolve(false) });
    await ending.guard(Promise.resolve(host));

    happens("SIGTERM");
    await settle();

    expect(done).toEqual(["isonet: SIGTERM: stopping", "stop", "kill"]);
  });

  test.each(["uncaughtException", "unhandledRejection"])(
    "stops the host at an %s and exits with 1",
    async (event) => {
      const { ending, done, host, happens } = makeEnding();
      await ending.guard(Promise.resolve(host));

      happens(event, new TypeError("x is not a function"));
      await settle();

      expect(done).toEqual(["isonet: fault: TypeError: x is not a function", "stop", "exit 1"]);
    },
  );
});
