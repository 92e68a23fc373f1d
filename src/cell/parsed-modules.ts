// Parsed modules: texts as a cell compiles them, types taken off, with the modules each imports.
// A cell's process. Asked by cell-programs.ts for each module that it gathers.
// Invariant: at most `unitsMax` of text is kept, the latest read; what cannot be parsed is not.

import { ImportReader } from "../engine/import-reader.ts";
import { stripTypes } from "../shard/strip-types.ts";

export type ParsedModule = { readonly text: string; readonly imports: readonly string[] };

const unitsMax = 8 * 1024 * 1024; // two programs of the greatest size

export class ParsedModules {
  /** By path and text: services of one program share one entry. */
  readonly #kept = new Map<string, ParsedModule>();
  #units = 0;

  /** Fails with SERVICE_LOAD_FAILED: a syntax error, with its place. */
  parse(text: string, path: string): ParsedModule {
    const key = `${path}\n${text}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept); // the latest
      return kept;
    }
    const parsed = parse(text, path);
    this.#kept.set(key, parsed);
    this.#units += key.length;
    this.#forgetOldest();
    return parsed;
  }

  #forgetOldest(): void {
    for (const key of this.#kept.keys()) {
      if (this.#units <= unitsMax) return;
      this.#kept.delete(key);
      this.#units -= key.length;
    }
  }
}

/** Each text in an isolate of its own: a stranger's may use up the parser's memory. */
function parse(given: string, path: string): ParsedModule {
  const text = stripTypes(given, path);
  const reader = new ImportReader();
  try {
    return { text, imports: reader.importsOf(text, path) };
  } finally {
    reader.dispose();
  }
}
