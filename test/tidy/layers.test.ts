// Layers: no file imports what its world may not know.

import path from "node:path";
import { describe, expect, test } from "vitest";
import { importedPath, importsOf } from "./imports.ts";
import { importers, layers, type Layer } from "./layers.ts";
import { root, sourceFiles } from "./source-files.ts";

function layerOf(file: string): Layer | undefined {
  const holding = layers.filter(({ folder }) => `${file}/`.startsWith(`${folder}/`));
  return holding.toSorted((one, other) => other.folder.length - one.folder.length)[0];
}

/** What is wrong with an import of `file`, or undefined. */
function crossing(file: string, layer: Layer, specifier: string): string | undefined {
  const target = importedPath(file, specifier);
  const isAllowed =
    target === undefined
      ? (specifier.startsWith("node:") && layer.node === true) ||
        (/^isonet(\/|$)/.test(specifier) && layer.isonet === true) ||
        importers[specifier] === file
      : [layer.folder, ...layer.mayImport].includes(layerOf(target)?.folder ?? "");
  return isAllowed ? undefined : `${file} imports ${target ?? specifier}`;
}

describe("layers", () => {
  test("hold: a file imports from its own layer and the ones its row names", () => {
    const crossings = sourceFiles.flatMap((file) => {
      const layer = layerOf(file.name);
      if (layer === undefined || /^examples\/[^/]+\/(host\/|[^/]+$)/.test(file.name)) return [];
      return importsOf(file).flatMap(
        ({ specifier }) => crossing(file.name, layer, specifier) ?? [],
      );
    });

    expect(crossings).toEqual([]);
  });

  test("are told apart: this test would see a crossing", () => {
    const kernel = layerOf("src/kernel/router.ts");

    expect(kernel && crossing("src/kernel/x.ts", kernel, "node:fs")).toBeDefined();
    expect(kernel && crossing("src/kernel/x.ts", kernel, "../net/listener.ts")).toBeDefined();
    expect(kernel && crossing("src/kernel/x.ts", kernel, "../../wire/frame.ts")).toBeUndefined();
  });

  test("cover every folder of the host, the guest runtime and the services", () => {
    const worlds = /^(wire|sandbox|library|client|src|services|dashboard)\//;
    const outside = sourceFiles.filter(({ name }) => worlds.test(name) && !layerOf(name));

    expect(outside.map(({ name }) => path.join(root, name))).toEqual([]);
  });
});
