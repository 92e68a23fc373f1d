// Folders: every example has a README and a test, every folder of tests is run, every hot path has
// its bench.

import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { exists, readText, root, sourceFiles } from "./source-files.ts";

function foldersOf(name: string): string[] {
  if (!exists(name)) return [];
  const entries = readdirSync(path.join(root, name), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

describe("an example", () => {
  test.each(foldersOf("examples"))("%s has a README and a test that runs it", (example) => {
    expect(exists(`examples/${example}/README.md`)).toBe(true);
    expect(exists(`test/examples/${example}.test.ts`)).toBe(true);
  });
});

describe("a folder of tests", () => {
  test("is a project of vitest.config.ts, so that it is run", () => {
    const config = readText("vitest.config.ts").matchAll(/\{ name: "(\w+)"/g);
    const projects = new Set([...config].map(([, name]) => name));
    const tested = sourceFiles
      .filter(({ name }) => name.endsWith(".test.ts"))
      .map(({ name }) => name.split("/")[1]);

    expect([...new Set(tested)].filter((folder) => !projects.has(folder))).toEqual([]);
  });
});

describe("a hot path", () => {
  test("names a bench that exists", () => {
    const main = readText("bench/main.ts") + readText("bench/scenarios.ts");
    const named = sourceFiles.flatMap(({ name, text }) =>
      [...text.matchAll(/\/\/ hot: bench (\S+)/g)].map(([, bench = ""]) => ({ name, bench })),
    );
    const isThere = (bench: string): boolean =>
      exists(`bench/${bench}.ts`) ||
      exists(`bench/scenarios/${bench}.ts`) ||
      main.includes(`"${bench}"`);

    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(({ bench }) => !isThere(bench))).toEqual([]);
  });
});
