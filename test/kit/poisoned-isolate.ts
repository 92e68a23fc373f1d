// Poisoned isolate: the wire inside of a real isolate whose author has replaced every built-in.
// A process of its own, started by test/sandbox/wire-poisoned.test.ts. Prints one JSON line.
// Invariant: what is compared was made by the host; in the isolate only indexes and operators are
// used.

import { readFileSync } from "node:fs";
import path from "node:path";
import ivm from "isolated-vm";
import { rolldown } from "rolldown";
import { encode } from "../../wire/codec.ts";
import { hexOf, rowsOf, codeOf, valuesOf } from "./protocol-page.ts";

const root = path.resolve(import.meta.dirname, "../..");
const entry = "\0entry";
const modules = ["address", "codec", "fault", "error-codes", "utf8"];

async function bundleWire(): Promise<string> {
  const exports = modules.map(
    (name) => `export * from ${JSON.stringify(`${root}/wire/${name}.ts`)};`,
  );
  const bundle = await rolldown({
    input: entry,
    platform: "neutral",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? entry : null),
        load: (id) => (id === entry ? exports.join("\n") : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "iife", name: "wire" });
  return output[0].code;
}

/** Every example of docs/protocol.md, and bodies like those of a game. */
const expressions = [
  ...rowsOf("## Values").flatMap(([value, bytes]) => {
    const isExample = codeOf(bytes) !== undefined && !/^`[0-9a-f]{2}[ `]/.test(value ?? "");
    return isExample ? (codeOf(value) ?? []) : [];
  }),
  '"move", { unit: 7, to: [12, 900], hp: 0.75, tags: ["a", "b"], owner: null }',
  '{ 1001: { name: "é€😀 and some more of it, longer than the cache takes" }, 7: [] }',
  "Array.from({ length: 70_000 }, (_, index) => index)",
  "Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`field${index}`, -index]))",
  "new Uint8Array(70_000).fill(7)",
];
const cases = expressions.map((expression) => ({
  expression,
  hex: hexOf(encode(valuesOf(expression))),
}));

const isolate = new ivm.Isolate({ memoryLimit: 128 });
const context = isolate.createContextSync();
const run = (code: string): unknown => isolate.compileScriptSync(code).runSync(context);
run(await bundleWire());
run(readFileSync(new URL("poisoned-cases.js", import.meta.url), "utf8"));
const literals = cases.map(
  ({ expression, hex }) =>
    `{ expression: ${JSON.stringify(expression)}, hex: "${hex}", values: [${expression}] }`,
);
run(`prepare([${literals.join(",\n")}])`);
const replaced = run(readFileSync(new URL("poison.js", import.meta.url), "utf8"));
const failures = run("check()");
process.stdout.write(JSON.stringify({ cases: cases.length, replaced, failures }));
