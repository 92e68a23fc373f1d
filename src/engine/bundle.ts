// Bundle: a part of the guest runtime as one script, read once a thread, with V8's code cache for
// it: the runtime of every isolate, the prelude of the untrusted ones, or what recorded ones get.
// Host threads. Read by isolate.ts.
// Invariant: only our own code is ever compiled from a cache: a cache from a guest could be forged.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CodedError } from "../../wire/coded-error.ts";
import { ivm, type Ivm } from "./vm.ts";

const files = {
  runtime: "sandbox.js",
  prelude: "prelude.js",
  replayable: "replayable.js",
} as const;

export type BundleName = keyof typeof files;

export class Bundle {
  readonly #source: string;
  /** In stack traces. */
  readonly #filename: string;
  readonly #cache: Ivm.ExternalCopy<ArrayBuffer> | undefined;
  #moduleSource = "";

  /** Fails with SELF_TEST_FAILED when the bundle was not built. */
  constructor(name: BundleName) {
    this.#source = readBundle(name);
    this.#filename = `isonet:${name}`;
    const isolate = new ivm.Isolate({ memoryLimit: 32 });
    const script = isolate.compileScriptSync(this.#source, {
      filename: this.#filename,
      produceCachedData: true,
    });
    this.#cache = (script as { cachedData?: Ivm.ExternalCopy<ArrayBuffer> }).cachedData;
    script.release();
    isolate.dispose();
  }

  compile(isolate: Ivm.Isolate): Ivm.Script {
    const cachedData = this.#cache;
    const options = cachedData === undefined ? {} : { cachedData };
    return isolate.compileScriptSync(this.#source, { filename: this.#filename, ...options });
  }

  /** Source of the module "isonet": one export for each name of the author API. */
  moduleSource(names: readonly string[]): string {
    if (this.#moduleSource === "") {
      const exports = names.map(
        (name, index) =>
          `const $${index} = api[${JSON.stringify(name)}]; export { $${index} as ${name} };`,
      );
      this.#moduleSource = `const api = globalThis["isonet:api"];\n${exports.join("\n")}`;
    }
    return this.#moduleSource;
  }
}

function readBundle(name: BundleName): string {
  try {
    const path = fileURLToPath(new URL(`../../build/${files[name]}`, import.meta.url));
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CodedError(
      "SELF_TEST_FAILED",
      `the guest ${name} is not built (${(error as Error).message}); run: npm run build:sandbox`,
    );
  }
}
