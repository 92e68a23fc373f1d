// Program sources: gives cells the texts of modules, which they cannot read themselves.
// Main thread. Asked by a cell's process for the services that are being started there.
// Invariant: a cell gets texts within the root of a service that it was told to start, by names
// that say nothing of this machine's folders.

import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import path from "node:path";
import { formatAddress, type ServiceAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { isLibrary, type Program } from "../engine/engine.ts";
import { ProgramFiles, type ProgramOrder } from "../shard/program-files.ts";

/** One module as a cell gets it. */
export type ModuleText = { readonly path: string; readonly text: string };

type Opened = {
  readonly program: Program;
  readonly root: string;
  /** Ways to write the root, which no cell is told. */
  readonly roots: readonly string[];
  readonly files: Map<string, string>;
  /** Texts that came with the launch. */
  readonly modules: Readonly<Record<string, string>>;
};

const apiModule = "isonet";
const versionDigits = 12;

export class ProgramSources {
  // The texts of strangers are not parsed here, not even to take their types off.
  readonly #files = new ProgramFiles((text) => text);
  readonly #opened = new Map<ServiceAddress, Opened>();

  clear(): void {
    this.#files.clear();
  }

  /** A service is about to be started in a cell. Returns the name of its main module there. */
  open(address: ServiceAddress, order: ProgramOrder): string {
    const program = this.#files.load(order);
    const { root, modules = {} } = order;
    const roots = [realpathSync(root), path.resolve(root)];
    const opened = { program, root, roots, files: new Map<string, string>(), modules };
    this.#opened.set(address, opened);
    return named(opened, program.main);
  }

  /** The main module as its file has it. Fails with SERVICE_LOAD_FAILED. */
  mainText({ file, root }: ProgramOrder): string {
    return this.#files.load({ file, root }).files.get(file) ?? "";
  }

  close(address: ServiceAddress): void {
    this.#opened.delete(address);
  }

  /** First digits of the hash of the main module and of the texts that came with the launch. */
  versionOf(address: ServiceAddress): string {
    const opened = this.#opened.get(address);
    return opened === undefined ? "" : hashOf(opened);
  }

  /** The main module. Fails with ADDRESS_UNKNOWN when the service is not being started. */
  main(address: ServiceAddress): ModuleText {
    const opened = this.#find(address);
    return textOf(opened, opened.program.main);
  }

  /**
   * What `specifier` means in the module `importer`; without text for "isonet".
   * Fails with IMPORT_REFUSED, SERVICE_LOAD_FAILED, ADDRESS_UNKNOWN.
   */
  module(address: ServiceAddress, specifier: unknown, importer: unknown): ModuleText {
    const opened = this.#find(address);
    const file = opened.files.get(importer as string);
    if (typeof specifier !== "string" || file === undefined) {
      throw new CodedError("ARGUMENT_INVALID", "a module needs a specifier and a known importer");
    }
    try {
      const found = opened.program.resolve(specifier, file);
      return found === apiModule ? { path: apiModule, text: "" } : textOf(opened, found);
    } catch (error) {
      throw withoutFolders(error, opened.roots);
    }
  }

  #find(address: ServiceAddress): Opened {
    const opened = this.#opened.get(address);
    if (opened !== undefined) return opened;
    throw new CodedError(
      "ADDRESS_UNKNOWN",
      `service ${formatAddress(address)} is not being started in a cell`,
    );
  }
}

/** The failure in the words of one who knows the service's root as "." only. */
function withoutFolders(error: unknown, roots: readonly string[]): unknown {
  if (!(error instanceof CodedError)) return error;
  let text = error.message;
  for (const each of roots) text = text.replaceAll(each + path.sep, "").replaceAll(each, ".");
  return new CodedError(error.code, text);
}

function textOf(opened: Opened, file: string): ModuleText {
  return { path: named(opened, file), text: opened.program.files.get(file) ?? "" };
}

/** The name by which the cell knows the file: its path from the service's root. */
function named({ root, files }: Opened, file: string): string {
  const name = isLibrary(file) ? file : path.relative(root, file).replaceAll(path.sep, "/");
  files.set(name, file);
  return name;
}

function hashOf({ program, modules }: Opened): string {
  const hash = createHash("sha256").update(program.files.get(program.main) ?? "");
  for (const [specifier, text] of Object.entries(modules)) hash.update(specifier).update(text);
  return hash.digest("hex").slice(0, versionDigits);
}
