// Program files: reads the modules of a service and takes their types off.
// One shard's thread. Read by shard.ts when a service is created; texts are kept until the files
// change.
// Invariant: no module outside the service's root is ever read, whatever its specifier or a
// symbolic link says.

import { readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { isLibrary, type Program } from "../engine/engine.ts";
import { findLibrary, namesLibrary } from "./libraries.ts";
import { stripTypes } from "./strip-types.ts";

type CachedFile = { readonly mtimeMs: number; readonly size: number; readonly text: string };

export type ProgramOrder = {
  readonly file: string;
  readonly root: string;
  /** Source texts by relative specifier, in place of files. */
  readonly modules?: { readonly [specifier: string]: string } | undefined;
  /** Source text of the main module in place of its file: an operator has changed it. */
  readonly mainText?: string | undefined;
};

/** Who imports something, and from where it may. */
type Importing = {
  readonly importer: string;
  /** It is a text that came with the order, and not the main module. */
  readonly isGiven: boolean;
  readonly root: string;
  /** The root, and its path before symbolic links were followed. */
  readonly roots: readonly string[];
  readonly overlay: ReadonlyMap<string, string>;
};

const apiModule = "isonet";
const ownOnly = 'only "isonet", its libraries "isonet/…" and relative paths can be imported';
const givenOnly = "a module given as text (launch option modules) can import only others like it";
const libraryOnly = "a library imports isonet and other libraries";
const importPattern = /^\.\.?\//;

export class ProgramFiles {
  readonly #cache = new Map<string, CachedFile>();
  readonly #prepare: (text: string, file: string) => string;

  /** `prepare` makes of a file's text what is compiled; it takes the types off. */
  constructor(prepare = stripTypes) {
    this.#prepare = prepare;
  }

  /** Forgets every text: the next service reads its files again. */
  clear(): void {
    this.#cache.clear();
  }

  /** Fails with SERVICE_LOAD_FAILED: cannot be read, syntax, too large. */
  load(order: ProgramOrder): Program {
    const root = realpathSync(order.root);
    const roots = [root, path.resolve(order.root)];
    const overlay = this.#overlay(order);
    const files = new Map<string, string>();
    const read = (file: string): string => {
      const known = files.get(file);
      if (known !== undefined) return known;
      const text = overlay.get(file) ?? this.#read(file);
      files.set(file, text);
      checkSize(files, order.file);
      return text;
    };
    read(order.file);
    const resolve = (specifier: string, importer: string): string => {
      const isGiven = importer !== order.file && overlay.has(importer);
      if (specifier === apiModule && !isGiven) return apiModule;
      if (namesLibrary(specifier) && !isGiven) {
        const library = findLibrary(specifier, importer);
        files.set(library.path, library.text);
        checkSize(files, order.file);
        return library.path;
      }
      if (isLibrary(importer)) throw refused(specifier, importer, libraryOnly);
      const file = this.#resolve(specifier, { importer, root, roots, overlay, isGiven });
      read(file);
      return file;
    };
    return { main: order.file, files, resolve };
  }

  #overlay(order: ProgramOrder): Map<string, string> {
    const overlay = new Map<string, string>();
    const { mainText, file: main } = order;
    if (mainText !== undefined) overlay.set(main, this.#prepare(mainText, main));
    for (const [specifier, text] of Object.entries(order.modules ?? {})) {
      if (!importPattern.test(specifier))
        throw refused(specifier, order.file, "it is not a relative path");
      const file = path.resolve(path.dirname(order.file), specifier);
      overlay.set(file, this.#prepare(text, file));
    }
    return overlay;
  }

  #resolve(specifier: string, from: Importing): string {
    const { importer, overlay } = from;
    if (!importPattern.test(specifier)) {
      throw refused(specifier, importer, from.isGiven ? givenOnly : ownOnly);
    }
    const file = path.resolve(path.dirname(importer), specifier);
    if (overlay.has(file)) return file;
    if (from.isGiven) throw refused(specifier, importer, givenOnly);
    const outside = `it lies outside the service's root ${from.root}`;
    // Before the disk is asked: what is out there is none of the service's business.
    if (!from.roots.some((root) => isWithin(file, root))) {
      throw refused(specifier, importer, outside);
    }
    let real: string;
    try {
      real = realpathSync(file);
    } catch {
      throw new CodedError(
        "SERVICE_LOAD_FAILED",
        `${importer}: cannot find ${specifier} (${file})`,
      );
    }
    if (!isWithin(real, from.root)) throw refused(specifier, importer, outside);
    return file;
  }

  #read(file: string): string {
    try {
      const { mtimeMs, size } = statSync(file);
      const cached = this.#cache.get(file);
      if (cached !== undefined && cached.mtimeMs === mtimeMs && cached.size === size)
        return cached.text;
      const text = this.#prepare(readFileSync(file, "utf8"), file);
      this.#cache.set(file, { mtimeMs, size, text });
      return text;
    } catch (error) {
      if (error instanceof CodedError) throw error;
      throw new CodedError("SERVICE_LOAD_FAILED", `${file}: ${(error as Error).message}`);
    }
  }
}

function isWithin(file: string, root: string): boolean {
  return file.startsWith(root + path.sep);
}

function refused(specifier: string, importer: string, why: string): CodedError {
  return new CodedError(
    "IMPORT_REFUSED",
    `${importer}: cannot import ${JSON.stringify(specifier)}: ${why}`,
  );
}

function checkSize(files: ReadonlyMap<string, string>, main: string): void {
  let bytes = 0;
  for (const text of files.values()) bytes += text.length;
  if (files.size <= limits.modulesMax && bytes <= limits.sourceBytesMax) return;
  throw new CodedError(
    "SERVICE_LOAD_FAILED",
    `${main}: ${files.size} modules with ${bytes} bytes; ` +
      `${limits.modulesMax} (modulesMax) with ${limits.sourceBytesMax} (sourceBytesMax) are ` +
      "allowed",
  );
}
