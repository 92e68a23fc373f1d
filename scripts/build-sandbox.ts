// Build sandbox: bundles what runs beside an author's code, each part into one script whose value
// is the object of its exports: build/sandbox.js, the guest runtime of every isolate,
// build/prelude.js, what an untrusted one gets on top, and build/replayable.js, what a recorded one
// gets.
// Run by npm (prepare, check, test) and by nobody else.
// Invariant: a bundle holds files of sandbox/ and wire/; anything else is refused.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { rolldown } from "rolldown";
import { limits } from "../wire/limits.ts";

const root = path.resolve(import.meta.dirname, "..");
const allowed = ["sandbox/", "wire/"];
const limitsFile = path.join(root, "wire/limits.ts");

mkdirSync(path.join(root, "build"), { recursive: true });
await build("sandbox", "sandbox/boot.ts");
await build("prelude", "sandbox/prelude/harden.ts");
await build("replayable", "sandbox/prelude/replayable.ts");

/** Writes build/<name>.js, and the list of its files for the test that knows what is in it. */
async function build(name: string, entry: string): Promise<void> {
  const bundle = await rolldown({
    input: path.join(root, entry),
    platform: "neutral",
    logLevel: "warn",
    plugins: [
      {
        name: "refuse-strangers",
        load(id) {
          const file = path.relative(root, id);
          const isOurs = allowed.some((prefix) => file.startsWith(prefix));
          if (id.startsWith("\0") || isOurs) return null;
          throw new Error(`the guest runtime may not contain ${file}`);
        },
      },
      {
        // Most limits are the host's to keep: no isolate has a copy of those.
        name: "guest-limits",
        load: (id) => (id === limitsFile ? guestLimits() : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "iife", name: "isonet", minify: true });
  // The value of the script is the object of the exports, and no name of it becomes a global.
  // One character outside ASCII would make V8 keep two bytes for each character, in every isolate.
  const code = ascii(`(() => { "use strict"; ${output[0].code}\nreturn isonet; })()`);
  writeFileSync(path.join(root, `build/${name}.js`), code);
  const files = output[0].moduleIds.filter((id) => !id.startsWith("\0"));
  const modules = files.map((id) => path.relative(root, id)).toSorted();
  writeFileSync(
    path.join(root, `build/${name}-modules.json`),
    `${JSON.stringify(modules, null, 2)}\n`,
  );
  console.log(`build/${name}.js: ${Math.ceil(code.length / 1024)} KiB`);
}

/** The limits that a file of sandbox/ or wire/ names. */
function guestLimits(): string {
  const texts = allowed.flatMap((folder) =>
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
