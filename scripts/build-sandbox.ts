// Build sandbox: bundles what runs beside an author's code, each part into one script whose value
// is the object of its exports: build/sandbox.js, the guest runtime of every isolate, and
// build/prelude.js, what an untrusted one gets on top.
// Run by npm (prepare, check, test) and by nobody else.
// Invariant: a bundle holds files of sandbox/ and wire/; anything else is refused.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { rolldown } from "rolldown";

const root = path.resolve(import.meta.dirname, "..");
const allowed = ["sandbox/", "wire/"];

mkdirSync(path.join(root, "build"), { recursive: true });
await build("sandbox", "sandbox/boot.ts");
await build("prelude", "sandbox/prelude/harden.ts");

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

function ascii(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
