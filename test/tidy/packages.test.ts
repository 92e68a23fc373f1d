// Third-party packages: each has one importing file, and a line in the decision about dependencies.

import { describe, expect, test } from "vitest";
import { importsOf } from "./imports.ts";
import { importers, unimported } from "./layers.ts";
import { readText, sourceFiles } from "./source-files.ts";

const manifest = JSON.parse(readText("package.json")) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** Files of the running host, with the packages they import. */
const imported = sourceFiles
  .filter(({ name }) => /^(src|sandbox|library|client|wire|services|bin)\//.test(name))
  .flatMap((file) => importsOf(file).map(({ specifier }) => ({ file: file.name, specifier })))
  .filter(({ specifier }) => /^[^./]/.test(specifier) && !/^node:|^isonet(\/|$)/.test(specifier));

describe("third-party packages", () => {
  test("are imported by the one file the table names, and by no other", () => {
    const actual = imported.map(({ file, specifier }) => `${specifier}: ${file}`);
    const expected = Object.entries(importers).map(([name, file]) => `${name}: ${file}`);

    expect([...new Set(actual)].toSorted()).toEqual(expected.toSorted());
  });

  test("of the running host are in the table, or the table says why nothing imports them", () => {
    const known = [...Object.keys(importers), ...Object.keys(unimported)];

    expect(Object.keys(manifest.dependencies).toSorted()).toEqual(known.toSorted());
  });

  test("have exact versions", () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    const ranges = versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));

    expect(ranges).toEqual([]);
  });

  test("are each explained in docs/decisions/0000-dependencies.md", () => {
    const decision = readText("docs/decisions/0000-dependencies.md");
    const all = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });

    expect(all.filter((name) => !decision.includes(`\`${name}\``))).toEqual([]);
  });
});
