// The prelude's built-ins keep to the language: a program gets the same from them in a trusted and
// in an untrusted isolate, and finds the same functions but for those that are removed.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { kept, removed, removedProperties, wraps } from "../../sandbox/prelude/permits.ts";
import { askLone } from "../kit/lone-service.ts";

const script = readFileSync(new URL("../kit/standard-cases.js", import.meta.url), "utf8");
const source = `
  import { commands, start } from "isonet";
  ${script}
  commands({
    outcomes: () => cases.map((expression) => \`\${expression} => \${outcome(expression)}\`),
    shapes,
    globals: () => Reflect.ownKeys(globalThis).map(String),
  });
  start(() => {});
`;
async function ask(request: string, isTrusted: boolean): Promise<string[]> {
  return (await askLone(source, [request], { isTrusted })) as string[];
}

async function both(request: string): Promise<readonly [string[], string[]]> {
  return [await ask(request, true), await ask(request, false)];
}

describe("an untrusted service's built-ins", () => {
  let globals: readonly [string[], string[]];
  let shapes: readonly [string[], string[]];

  beforeAll(async () => {
    globals = await both("globals");
    shapes = await both("shapes");
  }, 60_000);

  test("do what a trusted service's do, case by case", { timeout: 60_000 }, async () => {
    const [trusted, untrusted] = await both("outcomes");

    expect(trusted.length).toBeGreaterThan(200);
    expect(untrusted).toEqual(trusted);
  });

  test("have the same names, lengths and attributes, and are constructors alike", () => {
    const gone = Object.keys(removed).map((name) => `.${name}`);
    const goneToo = removedProperties.map((name) => name.replace(" ", "."));
    const isGone = (line: string): boolean =>
      gone.some((name) => line.startsWith(`${name} `) || line.startsWith(`${name}.`)) ||
      goneToo.some((name) => line.startsWith(`.${name} `) || line.startsWith(`.${name}.`));
    const [trusted, untrusted] = shapes;

    expect(trusted.length).toBeGreaterThan(800);
    expect(untrusted).toEqual(trusted.filter((line) => !isGone(line)));
  });

  test("are on the list of what survives, and nothing else is there", () => {
    expect(globals[1].toSorted()).toEqual(Object.keys(kept).toSorted());
  });

  test("are all that V8 has but what is removed for a reason", () => {
    const known = new Set([...Object.keys(kept), ...Object.keys(removed)]);

    expect(globals[0].filter((name) => !known.has(name))).toEqual([]);
  });

  test("exist, each that the table of guards names", () => {
    const lines = shapes[1];
    const isThere = (path: string): boolean => lines.some((line) => line.startsWith(`${path} `));
    const named = wraps.flatMap(([, holder, names]) =>
      names.split(" ").map((name) => {
        const at = holder.replace("globalThis", "").replace("%TypedArray%", "Function");
        const key = name.startsWith("@@") ? `Symbol(Symbol.${name.slice(2)})` : name;
        return at === "" ? `.${key}` : `${at.startsWith("Function") ? "" : "."}${at}.${key}`;
      }),
    );
    const missing = named.filter((path) => !isThere(path) && !isThere(`.${path}`));

    expect(missing).toEqual([]);
  });
});
