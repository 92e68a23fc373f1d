// Configuration files: forms, includes, environment variables, and what is said about broken ones.
// On files in a folder of the test's own.

import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config-file.ts";
import type { OnStart } from "../../../src/config-module.ts";
import { makeFolder } from "../../kit/folder.ts";

const json = JSON.stringify;

describe("a configuration file", () => {
  test("is read from JSON, with paths from its own directory", async () => {
    const folder = makeFolder({
      "a.json": json({ node: 7, servicePath: "s/?.ts;/x/?.ts", log: { file: "a.log" } }),
    });

    expect(await loadConfig(path.join(folder, "a.json"), {})).toEqual({
      node: 7,
      servicePath: [path.join(folder, "s/?.ts"), "/x/?.ts"],
      log: { file: path.join(folder, "a.log") },
    });
  });

  test.each([
    ["a.mjs", "export const config = { node: 3 + 4 };"],
    ["a.js", "export const config = { node: 7 };"],
    ["a.ts", "const node: number = 7; export const config = { node } as const;"],
  ])("is read from the module %s", async (name, text) => {
    const folder = makeFolder({ [name]: text, "package.json": json({ type: "module" }) });

    expect(await loadConfig(path.join(folder, name), {})).toEqual({ node: 7 });
  });

  test("takes environment variables into its texts, and a double dollar for one", async () => {
    const config = { start: "main $MODE-$ZONE", env: { list: ["$$MODE"], price: "$ZONE$$" } };
    const folder = makeFolder({ "a.json": json(config) });

    const variables = { MODE: "$ZONE", ZONE: "eu" };
    expect(await loadConfig(path.join(folder, "a.json"), variables)).toEqual({
      start: "main $ZONE-eu",
      env: { list: ["$MODE"], price: "eu$" },
    });
  });

  test.each([
    [
      "names a variable that is not set",
      { env: { key: "a-$NOPE" } },
      /a\.json: env\.key .* NOPE, /,
    ],
    ["has a dollar by itself", { start: "costs 5 $" }, /a\.json: start has a "\$" without/],
    [
      "names what every object has",
      { start: "$constructor" },
      /variable constructor, which is not/,
    ],
  ])("is refused when it %s", async (_what, config, message) => {
    const folder = makeFolder({ "a.json": json(config) });

    await expect(loadConfig(path.join(folder, "a.json"), {})).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
    });
  });

  test("lets what comes later win, key by key within console, log and env", async () => {
    const folder = makeFolder({
      "base/all.json": json({ node: 1, env: { a: "base", b: "base" }, servicePath: "?.ts" }),
      "zone.json": json({
        node: 2,
        shards: 3,
        console: { port: 1 },
        start: { name: "x", args: [1] },
      }),
      "a.json": json({
        include: ["base/all.json", "zone.json"],
        node: 7,
        env: { b: "own" },
        console: { host: "::1" },
        start: { name: "y" },
      }),
    });

    expect(await loadConfig(path.join(folder, "a.json"), {})).toEqual({
      node: 7,
      shards: 3,
      env: { a: "base", b: "own" },
      console: { host: "::1", port: 1 },
      servicePath: [path.join(folder, "base/?.ts")],
      start: { name: "y" },
    });
  });

  test("may include a file twice, but not itself", async () => {
    const folder = makeFolder({
      "leaf.json": json({ node: 5 }),
      "twice.json": json({ include: ["leaf.json", "leaf.json"] }),
      "a.json": json({ include: "b.json" }),
      "b.json": json({ include: "a.json" }),
    });
    const [a, b] = [path.join(folder, "a.json"), path.join(folder, "b.json")];

    expect(await loadConfig(path.join(folder, "twice.json"), {})).toEqual({ node: 5 });
    await expect(loadConfig(a, {})).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: `include: the files include each other: ${a} -> ${b} -> ${a}`,
    });
  });

  test("is refused when includes multiply beyond 64 files", async () => {
    const files: Record<string, string> = { "0.json": "{}" };
    for (let level = 1; level <= 6; level++) {
      files[`${level}.json`] = json({ include: Array(2).fill(`${level - 1}.json`) });
    }
    const folder = makeFolder(files);

    await expect(loadConfig(path.join(folder, "5.json"), {})).resolves.toEqual({});
    await expect(loadConfig(path.join(folder, "6.json"), {})).rejects.toMatchObject({
      message: expect.stringMatching(/^include: more than 64 files/),
    });
  });

  test.each([
    ["a.json", "{ node: 1 }", /a\.json is not JSON: .*position 2/],
    ["a.json", "[1]", /^the configuration in .*a\.json: got \[ 1 \]; allowed: an object/],
    ["a.json", '{ "include": 5 }', /^include in .*a\.json: got 5; allowed: the path/],
    ["a.json", '{ "include": "b.json" }', /b\.json, which .*a\.json includes: ENOENT/],
    [
      "a.mjs",
      "export const config = {}, onStart = 7;",
      /^onStart in .*a\.mjs: got 7; allowed: a function that takes the host$/,
    ],
    ["a.mjs", "export const conf = {};", /a\.mjs exports no config; it needs: export const config/],
    ["a.yaml", "node: 1", /a\.yaml: a configuration's name ends in one of \.json, \.mjs/],
  ])("that is broken (%s: %s) is refused with the reason", async (name, text, message) => {
    const folder = makeFolder({ [name]: text });

    await expect(loadConfig(path.join(folder, name), {})).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
    });
  });

  test("that is missing is refused with its path", async () => {
    await expect(loadConfig("/nowhere/a.json", {})).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/^cannot read the configuration \/nowhere\/a\.json: ENOENT/),
    });
  });

  test("that is nested without end is refused", async () => {
    const module = "const deep = {}; deep.deep = deep; export const config = { env: deep };";
    const folder = makeFolder({ "a.mjs": module });

    await expect(loadConfig(path.join(folder, "a.mjs"), {})).rejects.toMatchObject({
      message: expect.stringMatching(/nested deeper than 16 levels/),
    });
  });

  test("keeps a key named __proto__ a key", async () => {
    const folder = makeFolder({ "a.json": '{ "__proto__": { "node": 7 } }' });

    const config = await loadConfig(path.join(folder, "a.json"), {});

    expect(Object.keys(config)).toEqual(["__proto__"]);
  });

  test("gives the onStart of its modules, those of included files first", async () => {
    const folder = makeFolder({
      "a.mjs": `export const config = { include: ["b.json", "c.mjs"] };
        export const onStart = () => "a";`,
      "b.json": "{}",
      "c.mjs": `export const config = {}; export function onStart() { return "c"; }`,
    });
    const hooks: OnStart[] = [];

    await loadConfig(path.join(folder, "a.mjs"), {}, hooks);

    expect(hooks.map((hook) => hook(undefined as never))).toEqual(["c", "a"]);
  });
});
