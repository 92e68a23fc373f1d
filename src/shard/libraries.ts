// Libraries: the modules "isonet/NAME" that a service may import besides "isonet".
// Host threads. Asked by program-files.ts; the texts are those of build/library, read once a
// thread.
// Invariant: only names that are built exist: no specifier leads to another file.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CodedError } from "../../wire/coded-error.ts";
import { libraryPath } from "../engine/engine.ts";

export type Library = {
  /** What the module is called in programs and stack traces. */
  readonly path: string;
  readonly text: string;
};

const specifierPrefix = "isonet/";
const extension = ".js";
const folder = new URL("../../build/library/", import.meta.url);
let libraries: ReadonlyMap<string, Library> | undefined;

/** True when the specifier means a library, whether there is one of that name or not. */
export function namesLibrary(specifier: string): boolean {
  return specifier.startsWith(specifierPrefix);
}

/** Fails with IMPORT_REFUSED, naming the libraries there are. */
export function findLibrary(specifier: string, importer: string): Library {
  libraries ??= readAll();
  const name = specifier.slice(specifierPrefix.length);
  const library = libraries.get(name);
  if (library !== undefined) return library;
  const known = [...libraries.keys()].map((each) => specifierPrefix + each).join(", ");
  throw new CodedError(
    "IMPORT_REFUSED",
    `${importer}: there is no library ${JSON.stringify(specifier)}; there are ${known}`,
  );
}

function readAll(): Map<string, Library> {
  const found = new Map<string, Library>();
  for (const file of readdirSync(fileURLToPath(folder)).toSorted()) {
    if (!file.endsWith(extension)) continue;
    const name = file.slice(0, -extension.length);
    const text = readFileSync(fileURLToPath(new URL(file, folder)), "utf8");
    found.set(name, { path: libraryPath(name), text });
  }
  return found;
}
