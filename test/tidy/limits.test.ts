// Limits: the tables in the source and the page for operators say the same.

import { describe, expect, test } from "vitest";
import { clientLimits } from "../../client/client-limits.ts";
import { consoleLimits } from "../../services/host/console/console-limits.ts";
import { httpLimits } from "../../src/net/http-limits.ts";
import { netLimits } from "../../src/net/net-limits.ts";
import { optionTable } from "../../src/option-table.ts";
import { builtinLimits } from "../../wire/builtin-limits.ts";
import { gateLimits } from "../../wire/gate-limits.ts";
import { limits } from "../../wire/limits.ts";
import { sprotoLimits } from "../../wire/sproto/sproto-limits.ts";
import { readText, sourceFiles, tableRows } from "./source-files.ts";

const page = readText("docs/limits.md");

/** The page's text under the given headings. */
function sections(...titles: readonly string[]): string {
  const parts = page.split(/^## /m);
  return parts.filter((part) => titles.includes(part.split("\n")[0] ?? "")).join("\n");
}

describe("the page of limits", () => {
  test.each([
    [
      "wire/limits.ts",
      limits,
      ["Messages", "Values", "Services", "Sockets", "Untrusted services", "Log", "HTTP"],
    ],
    ["wire/builtin-limits.ts", builtinLimits, ["Built-ins of untrusted services"]],
    ["console-limits.ts", consoleLimits, ["Console"]],
    ["net-limits.ts", netLimits, ["Connections"]],
    ["http-limits.ts", httpLimits, ["HTTP connections"]],
    ["gate-limits.ts", gateLimits, ["Gates, login servers, message servers"]],
    ["client-limits.ts", clientLimits, ["Clients"]],
    ["sproto-limits.ts", sprotoLimits, ["Sproto"]],
  ])("has every limit of %s with its value, and no other", (_name, table, titles) => {
    const shown = tableRows(sections(...titles)).map(([name, value]) => `${name} ${value}`);
    const actual = Object.entries(table).map(([name, value]) => `${name} ${value}`);

    expect(shown.toSorted()).toEqual(actual.toSorted());
  });

  test("gives a reason for each and says what happens beyond it", () => {
    expect(tableRows(page).filter((cells) => cells.length !== 6 || cells.includes(""))).toEqual([]);
  });

  test("names options that exist", () => {
    const options = tableRows(page).flatMap(([, , , option]) => (option === "-" ? [] : [option]));

    expect(options.filter((option) => !(String(option) in optionTable))).toEqual([]);
  });
});

describe("a limit", () => {
  test("is one the code keeps", () => {
    const texts = sourceFiles.filter(({ name }) =>
      /^(src|sandbox|library|services|wire)\//.test(name),
    );
    const all = texts.map(({ text }) => text).join("\n");
    const isKept = (name: string): boolean => all.includes(`limits.${name}`);

    expect(Object.keys(limits).filter((name) => !isKept(name))).toEqual([]);
  });
});
