// Build sandbox: bundles what runs beside an author's code, each part into one script whose value
// is the object of its exports: build/sandbox.js, the guest runtime of every isolate,
// build/prelude.js, what an untrusted one gets on top, and build/replayable.js, what a recorded one
// gets. And the libraries that services may import: library/NAME.ts becomes build/library/NAME.js,
// a module.
// Run by npm (prepare, check, test) and by nobody else.
// Invariant: a bundle holds files of sandbox/ and wire/, a library those of library/ and wire/;
// anything else is refused.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { rolldown, type OutputChunk, type Plugin } from "rolldown";
import { limits } from "../wire/limits.ts";

const root = path.resolve(import.meta.dirname, "..");
const runtimeFolders = ["sandbox/", "wire/"];
const libraryFolders = ["library/", "wire/"];
const limitsFile = path.join(root, "wire/limits.ts");
const errorsFile = path.join(root, "wire/error-codes.ts");

mkdirSync(path.join(root, "build/library"), { recursive: true });
await build("sandbox", "sandbox/boot.ts");
await build("prelude", "sandbox/prelude/harden.ts");
await build("replayable", "sandbox/prelude/replayable.ts");

for (const file of readdirSync(path.join(root, "library"))) {
  if (file.endsWith(".ts")) await buildLibrary(path.basename(file, ".ts"));
}

/** Writes build/<name>.js, and the list of its files for the test that knows what is in it. */
async function build(name: string, entry: string): Promise<void> {
  const bundle = await rolldown({
    input: path.join(root, entry),
    platform: "neutral",
    logLevel: "warn",
    plugins: [strangers(runtimeFolders), guestLimits(runtimeFolders), guestErrors()],
  });
  const { output } = await bundle.generate({ format: "iife", name: "isonet", minify: true });
  // The value of the script is the object of the exports, and no name of it becomes a global.
  write(name, `(() => { "use strict"; ${output[0].code}\nreturn isonet; })()`, output[0]);
}

/** Writes build/library/<name>.js and its list. Other libraries stay imports: each exists once. */
async function buildLibrary(name: string): Promise<void> {
  const bundle = await rolldown({
    input: path.join(root, "library", `${name}.ts`),
    platform: "neutral",
    logLevel: "warn",
    external: /^isonet(\/|$)/,
    // Built-ins that a file of wire/ takes and the library does not use.
    treeshake: { manualPureFunctions: ["uncurryThis", "getterOf"], propertyReadSideEffects: false },
    plugins: [strangers(libraryFolders), guestLimits(libraryFolders), guestErrors()],
  });
  const { output } = await bundle.generate({ format: "esm", comments: false });
  write(`library/${name}`, output[0].code, output[0]);
}

function write(name: string, text: string, { moduleIds }: OutputChunk): void {
  // One character outside ASCII would make V8 keep two bytes for each character, in every isolate.
  const code = ascii(text);
  writeFileSync(path.join(root, `build/${name}.js`), code);
  const files = moduleIds.filter((id) => !id.startsWith("\0"));
  const modules = files.map((id) => path.relative(root, id)).toSorted();
  writeFileSync(
    path.join(root, `build/${name}-modules.json`),
    `${JSON.stringify(modules, null, 2)}\n`,
  );
  console.log(`build/${name}.js: ${Math.ceil(code.length / 1024)} KiB`);
}

function strangers(allowed: readonly string[]): Plugin {
  return {
    name: "refuse-strangers",
    load(id) {
      const file = path.relative(root, id);
      const isOurs = allowed.some((prefix) => file.startsWith(prefix));
      if (id.startsWith("\0") || isOurs) return null;
      throw new Error(`what runs in an isolate may not contain ${file}`);
    },
  };
}

/** Most limits are the host's to keep: no isolate has a copy of those. */
function guestLimits(folders: readonly string[]): Plugin {
  return {
    name: "guest-limits",
    load: (id) => (id === limitsFile ? limitsNamedIn(folders) : null),
  };
}

/** Errors reach an isolate with their text: it needs numbers and names. */
function guestErrors(): Plugin {
  return {
    name: "guest-errors",
    load(id) {
      if (id !== errorsFile) return null;
      return readFileSync(id, "utf8").replaceAll(/\btext:\s*"[^"]*"/g, 'text: ""');
    },
  };
}

/** The limits that a file of the folders names. */
function limitsNamedIn(folders: readonly string[]): string {
  const texts = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
      .map((file) => path.join(root, folder, file))
      .filter((file) => file.endsWith(".ts") && file !== limitsFile)
      .map((file) => readFileSync(file, "utf8")),
  );
  const words = new Set(texts.flatMap((text) => text.match(/\w+/g) ?? []));
  const named = Object.entries(limits).filter(([name]) => words.has(name));
  return `export const limits = ${JSON.stringify(Object.fromEntries(named))};`;
}

function ascii(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
