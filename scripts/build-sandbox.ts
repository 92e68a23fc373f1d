// Build sandbox: bundles the guest runtime into one script, build/sandbox.js, whose value is the
// object of its exports.
// Run by npm (prepare, check, test) and by nobody else.
// Invariant: the bundle holds files of sandbox/ and wire/; anything else is refused.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { rolldown } from "rolldown";

const root = path.resolve(import.meta.dirname, "..");
const allowed = ["sandbox/", "wire/"];

const bundle = await rolldown({
  input: path.join(root, "sandbox/boot.ts"),
  platform: "neutral",
  logLevel: "warn",
  plugins: [
    {
      name: "refuse-strangers",
      load(id) {
        const file = path.relative(root, id);
        if (id.startsWith("\0") || allowed.some((prefix) => file.startsWith(prefix))) return null;
        throw new Error(`the guest runtime may not contain ${file}`);
      },
    },
  ],
});
const { output } = await bundle.generate({
  format: "iife",
  name: "isonet",
  minify: true,
});
// The value of the script is the object of the exports, and no name of it becomes a global.
// One character outside ASCII would make V8 keep two bytes for each character, in every isolate.
const code = ascii(`(() => { "use strict"; ${output[0].code}\nreturn isonet; })()`);
mkdirSync(path.join(root, "build"), { recursive: true });
writeFileSync(path.join(root, "build/sandbox.js"), code);
// For the test that knows what a guest's isolate is made of.
const files = output[0].moduleIds.filter((id) => !id.startsWith("\0"));
const modules = files.map((id) => path.relative(root, id)).toSorted();
writeFileSync(
  path.join(root, "build/sandbox-modules.json"),
  `${JSON.stringify(modules, null, 2)}\n`,
);
console.log(`build/sandbox.js: ${Math.ceil(code.length / 1024)} KiB`);

function ascii(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
