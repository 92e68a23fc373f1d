// Imports: what a source file imports, by specifier and, when it is relative, by path.
// Test processes only. Used by the tests of layers and packages.

import path from "node:path";
import type { SourceFile } from "./source-files.ts";

export type Import = { readonly specifier: string; readonly isTypeOnly: boolean };

const staticPattern = /^\s*(?:import|export)\s(type\s)?[^;"']*?from\s+"([^"]+)"/gm;
const barePattern = /^\s*import\s+"([^"]+)"/gm;
const dynamicPattern = /\bimport\("([^"]+)"\)/g;

/** Every import of the file; those in comments start with a comment's mark and are not found. */
export function importsOf({ text }: SourceFile): Import[] {
  const found: Import[] = [];
  for (const [, type, specifier = ""] of text.matchAll(staticPattern)) {
    found.push({ specifier, isTypeOnly: type !== undefined });
  }
  for (const pattern of [barePattern, dynamicPattern]) {
    for (const [, specifier = ""] of text.matchAll(pattern)) {
      found.push({ specifier, isTypeOnly: false });
    }
  }
  return found;
}

/** Path in the repository that a relative specifier means; undefined for a package. */
export function importedPath(importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return path.posix.join(path.posix.dirname(importer), specifier);
}
