// Console completion: what Tab offers at each place of a line.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConsoleCompletion } from "../../../src/command/console-completion.ts";

const answers: Record<string, unknown> = {
  help: {
    list: { usage: "" },
    kill: { usage: "address" },
    killtask: { usage: "address thread" },
    mem: { usage: "[address] [t]" },
    inject: { usage: "address file [args…]" },
    trace: { usage: "address [protocol] [on|off]" },
  },
  list: { ":0100010a": "agent", ":0100010b": "world" },
  names: { ".world": ":0100010b", ".counter": ":0100010a", GLOBAL: ":0100010b" },
};

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "isonet-complete-"));
  writeFileSync(path.join(folder, "fix.js"), "");
  mkdirSync(path.join(folder, "patches"));
  writeFileSync(path.join(folder, "patches", "gold.js"), "");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const offered = async (line: string, ask = async (name: string) => answers[name]) =>
  (await new ConsoleCompletion(ask, folder).complete(line))[0];

describe("console completion", () => {
  test("offers commands, the client's own among them", async () => {
    expect(await offered("ki")).toEqual(["kill", "killtask"]);
    expect(await offered("q")).toEqual(["quit "]);
  });

  test("ends the only candidate with a space", async () => {
    expect(await offered("inj")).toEqual(["inject "]);
  });

  test("offers addresses and local names where a command takes an address", async () => {
    expect(await offered("kill ")).toEqual([".counter", ".world", ":0100010a", ":0100010b"]);
    expect(await offered("kill .w")).toEqual([".world "]);
    expect(await offered("mem :01")).toEqual([":0100010a", ":0100010b"]);
  });

  test("offers nothing where a command takes nothing, or something else", async () => {
    expect(await offered("list ")).toEqual([]);
    expect(await offered("killtask .world ")).toEqual([]);
    expect(await offered("nonsense ")).toEqual([]);
  });

  test("offers files of the folder, and of a folder in it", async () => {
    expect(await offered("inject .world ")).toEqual(["fix.js", "patches/"]);
    expect(await offered("inject .world pa")).toEqual(["patches/"]);
    expect(await offered("inject .world patches/")).toEqual(["patches/gold.js "]);
    expect(await offered("inject .world nowhere/")).toEqual([]);
  });

  test("offers the words to choose from", async () => {
    expect(await offered("trace .world lua o")).toEqual(["off", "on"]);
  });

  test("gives the word that a candidate stands for", async () => {
    const [, word] = await new ConsoleCompletion(async (name) => answers[name]).complete("kill .w");

    expect(word).toBe(".w");
  });

  test("offers its own words only when the host does not tell", async () => {
    expect(await offered("", async () => undefined)).toEqual(["quit "]);
  });
});
