// Confinement: what a cell's command lets its process read, and which layers are told of.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { findConfinement, nodeCommand } from "../../../src/cell/confinement.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const readFlag = "--allow-fs-read=";

const readable = (): string[] =>
  nodeCommand()
    .filter((word) => word.startsWith(readFlag))
    .map((word) => word.slice(readFlag.length));

describe("the Node command of a cell", () => {
  test("is this Node with the permission model, and ends with the cell's bundle", () => {
    const command = nodeCommand();

    expect(command[0]).toBe(process.execPath);
    expect(command).toContain("--permission");
    expect(command.at(-1)).toBe(path.join(root, "build/cell/cell.mjs"));
    expect(existsSync(command.at(-1) as string)).toBe(true);
  });

  test("allows add-ons and reading, and nothing else", () => {
    const allowed = nodeCommand().filter((word) => word.startsWith("--allow-"));

    expect(allowed.filter((word) => !word.startsWith(readFlag))).toEqual(["--allow-addons"]);
  });

  test("lets it read what was built and the add-on, with no way to anything else", () => {
    const names = readable().map((each) => path.relative(root, each));

    expect(names.filter((name) => !name.startsWith(".."))).toEqual([
      "build",
      path.join("node_modules", "isolated-vm"),
      path.join("node_modules", "node-gyp-build"),
    ]);
    expect(names.filter((name) => name.startsWith(".."))).toEqual([
      path.relative(root, "/etc/alpine-release"),
    ]);
    expect(readable().filter((each) => /[*,]/.test(each))).toEqual([]);
  });

  test("compiles no text in the cell's own realm", () => {
    expect(nodeCommand()).toContain("--disallow-code-generation-from-strings");
  });
});

describe("confinement", () => {
  test("has the permission model always, and tells of every layer", async () => {
    const { present, missing, prefix } = await findConfinement();

    expect(present[0]).toBe("permission model");
    expect(present.length + missing.length).toBe(5);
    expect(prefix.length > 0).toBe(present.length > 1);
  });

  test("tells a layer as present only when its program becomes the next one", async () => {
    const { prefix } = await findConfinement();

    for (const word of prefix.filter((each) => !each.startsWith("--") && each !== "KILL")) {
      expect(["unshare", "prlimit", "setpriv"]).toContain(word);
    }
  });
});

test("the package ships what the command lets a cell read", () => {
  const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };

  expect(Object.keys(manifest.dependencies)).toContain("isolated-vm");
});
