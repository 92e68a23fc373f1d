// Format and console: what log lines show of values, friendly or hostile.

import { describe, expect, test } from "vitest";
import { limits } from "../../wire/limits.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { RuntimeKit } from "../kit/runtime-kit.ts";

/** The line that console.log writes, without its level. */
function logged(...values: unknown[]): string {
  const kit = new RuntimeKit();
  kit.runtime.console["log"]?.(...values);
  const [line = ""] = kit.takeLog();
  return line.slice("info ".length);
}

describe("console", () => {
  test("writes each method at its level, to the logger", () => {
    const kit = new RuntimeKit();
    for (const method of ["debug", "log", "info", "warn", "error", "trace"]) {
      kit.runtime.console[method]?.(method);
    }
    kit.runtime.console["assert"]?.(true, "holds");
    kit.runtime.console["assert"]?.(false, "broken", 1);
    kit.api.error("said", 2);

    const frames = kit.takeFrames();
    expect(frames.every(({ destination }) => destination === 0x0100_0001)).toBe(true);
    expect(frames.map(({ body }) => body[0])).toEqual([20, 30, 30, 40, 50, 20, 50, 50]);
    expect(new TextDecoder().decode(frames[6]?.body.subarray(1))).toBe(
      "Assertion failed: broken 1",
    );
  });

  test("cuts a line that is too long, between characters, and says so", () => {
    const kit = new RuntimeKit();
    kit.runtime.console["log"]?.("€".repeat(100_000));

    const [frame] = kit.takeFrames();
    const line = new TextDecoder("utf-8", { fatal: true }).decode(frame?.body.subarray(1));

    expect(frame?.kind).toBe(MessageKind.text);
    expect(frame?.body.length).toBeLessThanOrEqual(limits.logLineBytesMax + 1);
    expect(line).toMatch(/^€+ …$/);
  });
});

describe("format", () => {
  test.each([
    [["text", 1, true, undefined, null], "text 1 true undefined null"],
    [[-0, 0, Number.NaN, 1.5], "-0 0 NaN 1.5"],
    [[10n], "10n"],
    [[Symbol("s")], "Symbol(s)"],
    [[{ a: 1, b: { c: "x" } }], '{ a: 1, b: { c: "x" } }'],
    [[{}], "{}"],
    [[[]], "[]"],
    [[{ "with space": 1, $ok_1: 2, "1st": 3 }], '{ "with space": 1, $ok_1: 2, "1st": 3 }'],
    [[{ [Symbol("k")]: 1 }], "{ [Symbol(k)]: 1 }"],
    [[[1, "two", [3]]], '[1, "two", [3]]'],
    [[new Map<unknown, unknown>([["a", { b: 1 }]])], 'Map(1) {"a" => { b: 1 }}'],
    [[new Set([1, "b"])], 'Set(2) {1, "b"}'],
    [[new Uint8Array([1, 2, 255])], "Uint8Array(3) [1, 2, 255]"],
    [[new Date(0)], "1970-01-01T00:00:00.000Z"],
    [[new Date(Number.NaN)], "Invalid Date"],
    [[function named() {}, () => 1], "[Function: named] [Function: anonymous]"],
    [[class Shape extends Map {}], "[Function: Shape]"],
    [[Object.create(null)], "{}"],
  ])("shows %# as an author expects", (values, line) => {
    expect(logged(...values)).toBe(line);
  });

  test("shows an error with its stack", () => {
    expect(logged(new TypeError("no such thing"))).toMatch(
      /^TypeError: no such thing\n {4}at .*format\.test\.ts:\d+:\d+/,
    );
  });

  test("shows an error without a stack by name and message", () => {
    const error = Object.defineProperty(new RangeError("far"), "stack", { value: undefined });

    expect(logged(error)).toBe("RangeError: far");
  });

  test("stops at a depth, in a cycle, and in long lists, and says how much is left", () => {
    const cycle: Record<string, unknown> = { name: "ring" };
    cycle["self"] = cycle;

    expect(logged(cycle)).toContain("[Object]");
    expect(logged([[[[[[["deep"]]]]]]])).toBe("[[[[[[Array]]]]]]");
    expect(logged(Array.from({ length: 1000 }, () => 0))).toMatch(/0, … 900 more\]$/);
    expect(logged(new Set(Array.from({ length: 1000 }, (_, index) => index)))).toMatch(
      /99, … 900 more\}$/,
    );
    expect(logged({ text: "y".repeat(10_000) }).length).toBeLessThan(5000);
  });

  test("never throws: getters, proxies and objects that refuse everything", () => {
    const refuse = (): never => {
      throw new Error("refused");
    };
    const getter = {
      ok: 1,
      get bad() {
        return refuse();
      },
    };
    const proxy = new Proxy({}, { ownKeys: refuse, get: refuse, getPrototypeOf: refuse });
    const array = new Proxy([1, 2], { get: refuse });
    const error = Object.defineProperty(new Error("x"), "stack", { get: refuse });
    const primitive = { [Symbol.toPrimitive]: refuse, toString: refuse };

    expect(logged(getter)).toBe("{ ok: 1, bad: [unreadable] }");
    expect(logged(proxy, array, error)).toBe("[unreadable] [unreadable] [unreadable]");
    expect(logged(primitive)).toBe(
      "{ toString: [Function: refuse], [Symbol(Symbol.toPrimitive)]: [Function: refuse] }",
    );
  });

  test("runs no longer than its bounds on objects that grow as they are read", () => {
    const grow = (): unknown =>
      new Proxy([], { get: (_, key) => (key === "length" ? 1e9 : grow()) });

    expect(logged(grow()).length).toBeLessThan(20_000);
  });

  test("does not believe what only looks like an error, a Map or a Date", () => {
    const fakes = [
      Object.create(Error.prototype),
      Object.create(Map.prototype),
      Object.create(Date.prototype),
    ];

    expect(logged(...fakes)).toBe("{} {} {}");
    expect(logged({ stack: 5, message: "m" })).toBe('{ stack: 5, message: "m" }');
  });
});
