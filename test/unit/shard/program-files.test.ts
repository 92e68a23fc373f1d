// Program files: which modules a service may import, and where it is told that one is wrong.
// Unit test of src/shard/program-files.ts, on files in a folder of the test's own.

import path from "node:path";
import { describe, expect, test } from "vitest";
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
