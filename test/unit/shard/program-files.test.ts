// Program files: which modules a service may import, and where it is told that one is wrong.
// Unit test of src/shard/program-files.ts, on files in a folder of the test's own.

import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Program } from "../../../src/engine/engine.ts";
import { ProgramFiles } from "../../../src/shard/program-files.ts";
import { makeFolder } from "../../kit/folder.ts";

describe("a syntax error in TypeScript", () => {
  test.each([
    ["in the first line", "let x = ;", "1:9"],
    ["in a later line", "export function f(me: number) {\n  f(1 0);\n}\n", "2:7"],
    ["behind tabs", "\n\t\tf(1 0);", "2:7"],
    ["of a form that is more than types", "const a = 7;\n  enum Color { red }", "2:3"],
  ])("%s is told with its line and column", (_where, text, place) => {
    const folder = makeFolder({ "main.ts": text });
    const file = path.join(folder, "main.ts");

    const load = (): unknown => new ProgramFiles().load({ file, root: folder });

    expect(load).toThrow(
      expect.objectContaining({
        code: "SERVICE_LOAD_FAILED",
        message: expect.stringMatching(new RegExp(`^${file}:${place}: SyntaxError: `)) as string,
      }),
    );
  });
});

/**
 * A program whose main module, script.ts and helper.ts are given as texts, and own.ts is a file.
 */
function loadGiven(): { program: Program; at: (name: string) => string } {
  const root = makeFolder({ "main.ts": "", "script.ts": "", "own.ts": "" });
  const at = (name: string): string => path.join(root, name);
  const modules = {
    "./main.ts": "import './script.ts';",
    "./script.ts": "export const seven: number = 7;",
    "./helper.ts": "",
  };
  return { program: new ProgramFiles().load({ file: at("main.ts"), root, modules }), at };
}

function refusal(text: RegExp): unknown {
  const message = expect.stringMatching(text) as string;
  return expect.objectContaining({ code: "IMPORT_REFUSED", message });
}

describe("a module given as text", () => {
  test("stands in the place of the file of its name", () => {
    const { program, at } = loadGiven();

    const file = program.resolve("./script.ts", program.main);

    expect(file).toBe(at("script.ts"));
    expect(program.files.get(file)).toBe("export const seven         = 7;");
  });

  test("can import others like it, but no file and not isonet", () => {
    const { program, at } = loadGiven();

    expect(program.resolve("./helper.ts", at("script.ts"))).toBe(at("helper.ts"));
    expect(() => program.resolve("./own.ts", at("script.ts"))).toThrow(
      refusal(/script\.ts: cannot import "\.\/own\.ts": a module given as text/),
    );
    expect(() => program.resolve("isonet", at("script.ts"))).toThrow(
      refusal(/script\.ts: cannot import "isonet": a module given as text/),
    );
  });

  test("is free of that as the main module, as files are", () => {
    const { program, at } = loadGiven();

    expect(program.resolve("isonet", program.main)).toBe("isonet");
    expect(program.resolve("./own.ts", program.main)).toBe(at("own.ts"));
    expect(program.resolve("isonet", at("own.ts"))).toBe("isonet");
  });
});
