// Build cell: bundles what a cell's process runs into one file, build/cell/cell.mjs, so that the
// process needs to read nothing else of this package.
// Run by npm (prepare, check, test) and by nobody else.
// Invariant: the bundle holds our own code; isolated-vm is the one package it loads.

import path from "node:path";
import { rolldown } from "rolldown";

const root = path.resolve(import.meta.dirname, "..");
const allowed = ["src/", "sandbox/", "wire/"];

const bundle = await rolldown({
  input: path.join(root, "src/cell/entry.ts"),
  platform: "node",
  external: ["isolated-vm", /^node:/],
  logLevel: "warn",
  plugins: [
    {
      name: "refuse-strangers",
      load(id) {
        const file = path.relative(root, id);
        if (id.startsWith("\0") || allowed.some((prefix) => file.startsWith(prefix))) return null;
        throw new Error(`a cell may not contain ${file}`);
      },
    },
  ],
});
await bundle.write({ file: path.join(root, "build/cell/cell.mjs"), format: "esm" });
