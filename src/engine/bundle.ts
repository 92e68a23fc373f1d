// Bundle: the guest runtime as one script, read once a thread, with V8's code cache for it.
// Host threads. Read by isolate.ts.
// Invariant: only our own code is ever compiled from a cache: a cache from a guest could be forged.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CodedError } from "../../wire/coded-error.ts";
import { ivm, type Ivm } from "./vm.ts";

const bundlePath = fileURLToPath(new URL("../../build/sandbox.js", import.meta.url));
/** Name of the guest runtime in stack traces. */
const bundleName = "isonet:runtime";

export class Bundle {
  readonly #source: string;
  readonly #cache: Ivm.ExternalCopy<ArrayBuffer> | undefined;
  #moduleSource = "";

  /** Fails with SELF_TEST_FAILED when the bundle was not built. */
  constructor() {
    this.#source = readBundle();
    const isolate = new ivm.Isolate({ memoryLimit: 32 });
    const script = isolate.compileScriptSync(this.#source, {
      filename: bundleName,
      produceCachedData: true,
    });
    this.#cache = (script as { cachedData?: Ivm.ExternalCopy<ArrayBuffer> }).cachedData;
    script.release();
    isolate.dispose();
  }

  compile(isolate: Ivm.Isolate): Ivm.Script {
    const cachedData = this.#cache;
    const options = cachedData === undefined ? {} : { cachedData };
    return isolate.compileScriptSync(this.#source, { filename: bundleName, ...options });
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

function readBundle(): string {
  try {
    return readFileSync(bundlePath, "utf8");
  } catch (error) {
    throw new CodedError(
      "SELF_TEST_FAILED",
      `the guest runtime is not built (${(error as Error).message}); run: npm run build:sandbox`,
    );
  }
}
