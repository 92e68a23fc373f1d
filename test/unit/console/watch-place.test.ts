// Watch place: the words of a watch, and that the runtime as it is bundled can be watched.

import { readFileSync } from "node:fs";
import { Script } from "node:vm";
import { expect, test } from "vitest";
import { watchPlace, watchWords } from "../../../services/host/console/watch-place.ts";

test.each([
  ["watch lua", { protocol: "lua", condition: "true" }],
  ["watch lua source === 5", { protocol: "lua", condition: "source === 5" }],
  ["watch('lua')", { protocol: "lua", condition: "true" }],
  [
    'watch("lua", (session) => session > 0)',
    { protocol: "lua", condition: "(session) => session > 0" },
  ],
])("%s is read", (line, words) => {
  expect(watchWords(line)).toEqual(words);
});

test("an expression that begins like a watch is none", () => {
  expect(watchWords("watched + 1")).toBeUndefined();
});

test("the bundled runtime hands a message on at one place, which can be found", () => {
  const source = readFileSync(new URL("../../../build/sandbox.js", import.meta.url), "utf8");
  const { line, column, condition } = watchPlace(source);

  expect(source.split("\n")[line]?.slice(column)).toMatch(/^if\(!?\(?\w+\.commands!==void 0/);
  expect(() => new Script(condition("lua", "source === 5"))).not.toThrow();
});

test("a runtime of another shape is told so", () => {
  expect(() => watchPlace("function run() {}")).toThrow(/cannot be watched/);
});
