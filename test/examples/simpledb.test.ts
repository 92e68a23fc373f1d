// The example simpledb: its store, by its own client and by peers that do not behave.

import { readFileSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Child } from "../kit/child.ts";
import { startExample } from "../kit/example.ts";

const folder = path.resolve(import.meta.dirname, "../../examples/simpledb");
let example: Child;
let port = "";

beforeAll(async () => {
  example = startExample("simpledb", ["env.port=0"]);
  [, port = ""] = await example.saw(/simpledb at 127\.0\.0\.1:(\d+)/);
});

afterAll(() => example[Symbol.asyncDispose]());

async function ask(...commands: string[]): Promise<string[]> {
  const program = [process.execPath, "--disable-warning=ExperimentalWarning"];
  await using client = new Child([...program, path.join(folder, "client.ts"), port, ...commands]);
  const { stdout } = await client.ended;
  return stdout.trimEnd().split("\n");
}

test("its client is answered as the README says", async () => {
  const readme = readFileSync(path.join(folder, "README.md"), "utf8");
  const [, words = "", answers = ""] = /client\.ts 8890 (.*)\n([^`]*)```/.exec(readme) ?? [];
  const commands = [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, word]) => quoted ?? word,
  );

  expect(await ask(...(commands as string[]))).toEqual(answers.trimEnd().split("\n"));
});

test("lines come in any pieces, and an endless one ends its connection alone", async () => {
  const slow = connect(Number(port), "127.0.0.1");
  slow.write("set a");
  await once(slow, "ready");
  const greedy = connect(Number(port), "127.0.0.1");
  greedy.on("error", () => {});
  const gone = once(greedy.resume(), "close");
  greedy.write("x".repeat(200_000));
  await gone;

  slow.write("nswer 42\r\nget answer\n");
  let text = "";
  for await (const chunk of slow) {
    text += String(chunk);
    if (text.split("\n").length > 2) break;
  }
  expect(text).toBe("-\n+42\n");
  expect(await ask("ping")).toEqual(["+PONG"]);
});
