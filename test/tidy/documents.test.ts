// Documents: what they name exists. Paths, npm scripts and isonet commands in Markdown.

import { globSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { exists, readText, root } from "./source-files.ts";

const documents = globSync(["*.md", "docs/**/*.md", "examples/*/README.md"], { cwd: root });
const scripts = new Set(
  Object.keys((JSON.parse(readText("package.json")) as { scripts: object }).scripts),
);

/** Matches of a pattern's first group in every document, as "document: match". */
function mentions(pattern: RegExp, isWrong: (match: string) => boolean): string[] {
  return documents.flatMap((name) =>
    [...readText(name).matchAll(pattern)]
      .map(([, match = ""]) => match)
      .filter(isWrong)
      .map((match) => `${name}: ${match}`),
  );
}

const topFolders =
  "bench|bin|build|client|dashboard|docs|examples|sandbox|scripts|services|src|test|types|wire";

describe("documents", () => {
  test("are there: the five at the top and the three reference pages", () => {
    const wanted = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"];
    const pages = [...wanted, "docs/errors.md", "docs/limits.md", "docs/protocol.md"];

    expect(pages.filter((page) => !exists(page))).toEqual([]);
  });

  test("name files and folders that exist", () => {
    const path = new RegExp("`(?:\\./)?((?:" + topFolders + ")/[\\w./-]*)`", "g");

    expect(mentions(path, (file) => !file.startsWith("build/") && !exists(file))).toEqual([]);
  });

  test("link to files that exist", () => {
    const wrong = documents.flatMap((name) => {
      const folder = name.includes("/") ? name.replace(/[^/]*$/, "") : "";
      const links = [...readText(name).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)];
      return links
        .filter(([, link = ""]) => !exists(folder + link))
        .map(([, link]) => `${name}: ${link}`);
    });

    expect(wrong).toEqual([]);
  });

  test("name npm scripts that exist", () => {
    const own = new Set([...scripts, "ci", "install", "rebuild"]);

    expect(mentions(/npm run ([\w:-]+)/g, (script) => !scripts.has(script))).toEqual([]);
    expect(mentions(/`npm (?!run )([\w:-]+)/g, (command) => !own.has(command))).toEqual([]);
  });
});
