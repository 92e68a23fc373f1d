// Bundle: a part of the guest runtime as one script, read once a thread, with V8's code cache for
// it: the runtime of every isolate, the prelude of the untrusted ones, or what recorded ones get.
// Host threads. Read by realm.ts and isolate.ts.
// Invariant: only our own code is ever compiled from a cache: a cache from a guest could be forged.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CodedError } from "../../wire/coded-error.ts";
import { apiGlobal, playPrelude, playRuntime, rehearse, type Play } from "./rehearsal.ts";
import { ivm, type Ivm } from "./vm.ts";

const files = {
  runtime: "sandbox.js",
  prelude: "prelude.js",
  replayable: "replayable.js",
} as const;

export type BundleName = keyof typeof files;

const plays: Readonly<Record<BundleName, Play>> = {
  runtime: playRuntime,
  prelude: playPrelude,
  replayable: () => [], // for the few services that are recorded
};

export class Bundle {
  /** Of the runtime: source of the module that gives authors its API. */
  readonly apiSource: string;
  readonly #source: string;
  /** The file's name is that of its frames in stack traces. */
  readonly #options: { filename: string; cachedData: Ivm.ExternalCopy<ArrayBuffer> };

  /** Fails with SELF_TEST_FAILED when the bundle was not built. */
  constructor(name: BundleName) {
    this.#source = readBundle(name);
    const filename = `isonet:${name}`;
    const rehearsed = rehearse(this.#source, filename, plays[name]);
    this.apiSource = apiSource(rehearsed.names);
    this.#options = { filename, cachedData: new ivm.ExternalCopy(rehearsed.cache) };
  }

  compileSync(isolate: Ivm.Isolate): Ivm.Script {
    return isolate.compileScriptSync(this.#source, this.#options);
  }

  /** On a thread of the library's. */
  compile(isolate: Ivm.Isolate): Promise<Ivm.Script> {
    return isolate.compileScript(this.#source, this.#options);
  }
}

/** One export for each name, some of which are words of the language's. */
function apiSource(names: readonly string[]): string {
  const taken = names.map((name, index) => `${name}: $${index}`).join();
  const given = names.map((name, index) => `$${index} as ${name}`).join();
  return `const { ${taken} } = globalThis["${apiGlobal}"]; export { ${given} };`;
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
