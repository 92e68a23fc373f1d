// Options: defaults, what is refused for each key, and the words of the refusals.

import { describe, expect, test } from "vitest";
import { isolateCeiling } from "../../../src/engine/ceiling.ts";
import { optionTable } from "../../../src/option-table.ts";
import { resolveOptions, type HostOptions } from "../../../src/options.ts";
import { limits } from "../../../wire/limits.ts";
import { acceptedOptions, refusedOptions } from "./option-cases.ts";

function refusalOf(options: unknown): { code: unknown; message: string } {
  try {
    resolveOptions(options as HostOptions, "/base");
  } catch (error) {
    return error as { code: unknown; message: string };
  }
  throw new Error("it was accepted");
}

describe("options left out", () => {
  test("get the values of the limits table and of this machine", () => {
    const options = resolveOptions({}, "/base");

    expect(options).toMatchObject({
      node: 1,
      start: undefined,
      memoryMb: limits.memoryMb,
      mailboxDepthMax: limits.mailboxDepthMax,
      mailboxBytesMax: limits.mailboxBytesMax,
      messageBytesMax: limits.messageBytesMax,
      callTimeoutMs: limits.callTimeoutMs,
      turnMsMax: limits.turnMsMax,
      startMsMax: limits.startMsMax,
      isolatesMax: isolateCeiling(),
      console: { host: "127.0.0.1", port: 8000 },
      log: { file: undefined, format: "auto", level: "info" },
      env: {},
    });
  });

  test("are frozen, all the way down", () => {
    const options = resolveOptions({ start: { name: "main", args: [7] }, env: { a: "b" } });

    const parts = [options, options.servicePath, options.start, options.start?.args];
    const more = [options.console, options.log, options.env];
    expect([...parts, ...more].map((part) => Object.isFrozen(part))).toEqual(Array(7).fill(true));
  });

  test("keep fewer warm isolates where few isolates are allowed", () => {
    expect(resolveOptions({ shards: 2, isolatesMax: 9 }).warmIsolates).toBe(2);
  });
});

describe("options given", () => {
  test.each(acceptedOptions)("accepts $what", ({ given, resolved }) => {
    expect(resolveOptions(given, "/base")).toMatchObject(resolved);
  });

  test("come back the same when they are resolved again", () => {
    const options = resolveOptions({ start: "main 7", log: { file: "a.log" }, env: { n: 3 } });

    expect(resolveOptions(options, "/elsewhere")).toEqual(options);
  });

  test.each(refusedOptions)("refuses $what", ({ given, message }) => {
    expect(refusalOf(given)).toMatchObject({ code: "CONFIG_INVALID", message });
  });

  test("each have a refusal among the cases of this test", () => {
    const refused = new Set(refusedOptions.flatMap(({ given }) => Object.keys(Object(given))));

    expect(Object.keys(optionTable).filter((key) => !refused.has(key))).toEqual([]);
  });
});
