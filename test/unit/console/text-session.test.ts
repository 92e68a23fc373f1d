// A text session against a connection that the test holds in its hands.

import { describe, expect, test } from "vitest";
import type { ConsoleConnection } from "../../../services/host/console/powers.ts";
import { TextSession } from "../../../services/host/console/text-session.ts";
import { consolePowers } from "../../../src/console-powers.ts";
import { facts, noContainment, noRecordings, noWeb } from "../../kit/console-host.ts";
import { FakeIsonet } from "../../kit/fake-isonet.ts";

/** Hand-overs, one at a time: `take` waits for the next `give`. */
class Handover<T> {
  readonly #given: T[] = [];
  #taker: ((value: T) => void) | undefined;

  give(value: T): void {
    if (this.#taker === undefined) this.#given.push(value);
    else this.#taker(value);
    this.#taker = undefined;
  }

  take(): Promise<T> {
    const value = this.#given.shift();
    if (value !== undefined) return Promise.resolve(value);
    return new Promise((resolve) => {
      this.#taker = resolve;
    });
  }
}

function session() {
  const fake = new FakeIsonet({});
  const outputs = new Handover<() => void>();
  const written: string[] = [];
  const flow: string[] = [];
  const ended = Promise.withResolvers<void>();
  const resumed = Promise.withResolvers<void>();
  const connection = {
    peer: "127.0.0.1:7",
    write: (text: string) => written.push(text) > 0,
    drained: () => new Promise<void>((resolve) => outputs.give(resolve)),
    pause: () => flow.push("pause"),
    resume: () => {
      flow.push("resume");
      resumed.resolve();
    },
    end: ended.resolve,
  } as unknown as ConsoleConnection;
  const powers = consolePowers({
    at: { host: "", port: 0 },
    facts: () => facts,
    containment: noContainment,
    recordings: noRecordings,
    ...noWeb,
    log: () => {},
  });
  const text = new TextSession(connection, fake.api, powers);
  return { fake, outputs, written, flow, text, ended: ended.promise, resumed: resumed.promise };
}

describe("text session", () => {
  test("runs the next command only when the output of the one before is taken", async () => {
    const { fake, outputs, text, ended } = session();

    text.push(Buffer.from("setenv a 1\nsetenv b 2\n"));
    text.finish();
    const takeFirst = await outputs.take();
    const hadRunSecond = fake.settings.has("b");
    takeFirst();
    const takeSecond = await outputs.take();
    takeSecond();
    await ended;

    expect(hadRunSecond).toBe(false);
    expect(fake.settings.get("b")).toBe("2");
  });

  test("reads nothing while a command runs or its output waits", async () => {
    const { outputs, flow, text, resumed } = session();

    text.push(Buffer.from("getenv thread\n"));
    const takeOutput = await outputs.take();
    const flowBefore = [...flow];
    takeOutput();
    await resumed;

    expect(flowBefore).toEqual(["pause"]);
    expect(flow).toEqual(["pause", "resume"]);
  });

  test("answers a command whose answer cannot be printed, and goes on", async () => {
    const { fake, outputs, written, text, ended } = session();
    const hostile = {
      get key(): never {
        throw new Error("a getter that throws");
      },
    };
    fake.answers[":0100000a debug INFO"] = () => hostile;

    text.push(Buffer.from("info a\ngetenv thread"));
    text.finish();
    (await outputs.take())();
    (await outputs.take())();
    await ended;

    expect(written.slice(1)).toEqual([
      "REMOTE_FAULT: a getter that throws\n<CMD Error>\n",
      "5\n<CMD OK>\n",
    ]);
  });
});
