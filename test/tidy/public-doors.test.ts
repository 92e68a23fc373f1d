// Public doors: what authors, embedders and callers import is explained where it is declared.

import { describe, expect, test } from "vitest";
import { exists, sourceFiles, type SourceFile } from "./source-files.ts";

const wire = "address|coded-error|codec|error-codes|limits|log-level|message-kind";
const client =
  "client-clock|connection|(stream|websocket)-connection|(gate|message|sproto)-client|login|message-handshake";
const doors = new RegExp(
  `^(wire/(${wire})|client/(${client})|services/api/.*|types/[\\w-]+\\.d|src/(index|options|host))\\.ts$`,
);
const declaration =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:const|function|class|type|interface) (\w+)/;

/**
 * Exports without a comment above: not the one the header speaks of, nor further forms of a
 * function.
 */
function undocumented({ name: file, lines }: SourceFile): string[] {
  const noun = /^\/\/ ([^:]+):/
    .exec(lines[0] ?? "")?.[1]
    ?.replaceAll(" ", "")
    .toLowerCase();
  const known = new Set<string>();
  const missing: string[] = [];
  for (const [index, line] of lines.entries()) {
    const name = declaration.exec(line)?.[1];
    if (name === undefined || known.has(name)) continue;
    const above = lines[index - 1]?.trim() ?? "";
    const isDocumented = above.endsWith("*/") || name.toLowerCase() === noun;
    if (!isDocumented) missing.push(`${file}: ${name}`);
    known.add(name);
  }
  return missing;
}

describe("a public door", () => {
  test("is there for embedders and for authors", () => {
    expect(["src/index.ts", "types/isonet.d.ts"].filter((door) => !exists(door))).toEqual([]);
  });

  test("explains each of its exports", () => {
    const missing = sourceFiles.filter(({ name }) => doors.test(name)).flatMap(undocumented);

    expect(missing).toEqual([]);
  });
});
