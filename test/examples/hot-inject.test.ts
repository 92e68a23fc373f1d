// The example hot-inject, by the real command line: the host, and the commands of its operator.

import path from "node:path";
import { expect, test } from "vitest";
import { run } from "../kit/child.ts";
import { portOf, startExample } from "../kit/example.ts";
import { node24 } from "../kit/nodes.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** Standard output of `isonet COMMAND --port PORT …`. */
async function isonet(port: number, ...words: readonly string[]): Promise<string> {
  const [command = "", ...rest] = words;
  const line = [node24, "bin/isonet.mjs", command, "--port", String(port), ...rest];
  const { code, stdout, stderr } = await run(line, { cwd: root });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

test("hot-inject changes a variable and a command of a service that counts on", async () => {
  await using example = startExample("hot-inject", ["console.port=0"]);
  const port = await portOf(example, "console");
  await example.saw(/count 2\n/);

  const injected = await isonet(port, "inject", ".counter", "examples/hot-inject/inject/faster.js");
  const [, count] = /^count is (\d+), step is 1\nstep is 10 from here on\n$/.exec(injected) ?? [];
  await example.saw(new RegExp(`count ${Number(count) + 20}\n`));
  await isonet(port, "inject", ".counter", "examples/hot-inject/inject/replace.js");

  expect(await isonet(port, "call", ".counter", "count")).toMatch(/^\d+, in steps of 10\n$/);
  await example.saw(/somebody asks for the count/);
});
