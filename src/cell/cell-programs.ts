// Cell programs: gathers the modules of a service from the node, and takes their types off here.
// A cell's process. Asked by guest-services.ts when a service is created.
// Invariant: every import is resolved by the node; the cell only reads which there are.

import type * as Isonet from "isonet";
import { makeAddress, wellKnown } from "../../wire/address.ts";
import { asThrown, CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import type { Program } from "../engine/engine.ts";
import type { CreateOrder, Programs } from "../shard/guest-services.ts";
import { ParsedModules } from "./parsed-modules.ts";
import type { ModuleText } from "./program-sources.ts";

type Gathered = {
  readonly address: number;
  readonly files: Map<string, string>;
  /** Path by importer and specifier. */
  readonly paths: Map<string, string>;
};

const apiModule = "isonet";

export class CellPrograms implements Programs {
  readonly #isonet: typeof Isonet;
  readonly #node: Isonet.Address;
  readonly #parsed = new ParsedModules();
  readonly #blame: (address: number) => void;

  /** `blame` is told whose text is about to be parsed. */
  constructor(isonet: typeof Isonet, node: number, blame: (address: number) => void) {
    this.#isonet = isonet;
    this.#node = makeAddress(node, wellKnown.shardControl);
    this.#blame = blame;
  }

  /** The node keeps the texts. */
  clear(): void {}

  async load({ address }: CreateOrder): Promise<Program> {
    const gathered: Gathered = { address, files: new Map(), paths: new Map() };
    const main = await this.#ask("program", address);
    await this.#gather(gathered, main);
    const resolve = (specifier: string, importer: string): string => {
      const path = gathered.paths.get(linkKey(importer, specifier));
      if (path !== undefined) return path;
      throw new CodedError("IMPORT_REFUSED", `${importer}: cannot import ${specifier}`);
    };
    return { main: main.path, files: gathered.files, resolve };
  }

  async #gather(gathered: Gathered, module: ModuleText): Promise<void> {
    const { address, files, paths } = gathered;
    if (module.path === apiModule || files.has(module.path)) return;
    if (files.size >= limits.modulesMax) {
      throw new CodedError("SERVICE_LOAD_FAILED", `${module.path}: over ${files.size} modules`);
    }
    this.#blame(address);
    const { text, imports } = this.#parsed.parse(module.text, module.path);
    files.set(module.path, text);
    for (const specifier of imports) {
      const found = await this.#ask("module", address, specifier, module.path);
      paths.set(linkKey(module.path, specifier), found.path);
      await this.#gather(gathered, found);
    }
  }

  async #ask(command: string, ...args: readonly unknown[]): Promise<ModuleText> {
    try {
      return (await this.#isonet.call(this.#node, "lua", command, ...args)) as ModuleText;
    } catch (error) {
      throw asThrown(error);
    }
  }
}

function linkKey(importer: string, specifier: string): string {
  return `${importer}\n${specifier}`;
}
