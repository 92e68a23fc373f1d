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
    const benches = sourceFiles.filter(({ name }) => name.startsWith("bench/"));
    const text = benches.map((file) => file.text).join("\n");
    const named = sourceFiles.flatMap((file) =>
      [...file.text.matchAll(/\/\/ hot: bench[ /]([\w/-]*\w)/g)].map(([, bench = ""]) => bench),
    );
    const isThere = (bench: string): boolean =>
      exists(`bench/${bench}.ts`) || text.includes(`name: "${bench}"`);

    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((bench) => !isThere(bench))).toEqual([]);
  });
});
