// Program sources: which texts a cell gets, and by which names.
// Unit test of src/cell/program-sources.ts, on files in a folder of the test's own.

import { symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ProgramSources } from "../../../src/cell/program-sources.ts";
import { makeAddress } from "../../../wire/address.ts";
import { makeFolder } from "../../kit/folder.ts";

const address = makeAddress(1, 0x10a);
const main = 'import { a } from "./parts/a.ts";';

/** Sources with a service whose main module is agent.ts in the folder `own`. */
function makeSources({ text = main, modules = {} } = {}) {
  const folder = makeFolder({
    "own/agent.ts": text,
    "own/parts/a.ts": 'import "../b.ts"; export const a: number = 1;',
    "own/b.ts": "",
    "own-too/secret.ts": "secret",
    "secret.ts": "secret",
  });
  const root = path.join(folder, "own");
  const sources = new ProgramSources();
  const order = { file: path.join(root, "agent.ts"), root, modules };
  return { folder, root, sources, order, name: sources.open(address, order) };
}

/** What a refused question came to. */
function failure(ask: () => unknown): { code: string; message: string } {
  try {
    ask();
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("it was answered");
}

describe("a cell", () => {
  test("gets modules by their paths from the service's root, as they are written", () => {
    const { sources, name } = makeSources();

    expect(name).toBe("agent.ts");
    expect(sources.main(address)).toEqual({ path: "agent.ts", text: main });
    expect(sources.module(address, "./parts/a.ts", "agent.ts")).toEqual({
      path: "parts/a.ts",
      text: 'import "../b.ts"; export const a: number = 1;',
    });
    expect(sources.module(address, "../b.ts", "parts/a.ts").path).toBe("b.ts");
  });

  test("gets no text for isonet, which it has itself", () => {
    const { sources } = makeSources();

    expect(sources.module(address, "isonet", "agent.ts")).toEqual({ path: "isonet", text: "" });
  });

  test("gets the texts that came with the launch in the place of files", () => {
    const { sources } = makeSources({ modules: { "./agent.ts": "given", "./c.ts": "more" } });

    expect(sources.main(address).text).toBe("given");
    expect(sources.module(address, "./c.ts", "agent.ts")).toEqual({ path: "c.ts", text: "more" });
  });

  test.each([
    "../secret.ts",
    "./parts/../../secret.ts",
    "../own-too/secret.ts",
    "/etc/passwd",
    "node:fs",
    "./link.ts",
    "./linked/secret.ts",
  ])("gets nothing outside that root: %s is refused", (specifier) => {
    const { sources, folder, root } = makeSources();
    symlinkSync(path.join(folder, "secret.ts"), path.join(root, "link.ts"));
    symlinkSync(folder, path.join(root, "linked"));

    const { code } = failure(() => sources.module(address, specifier, "agent.ts"));

    expect(code).toBe("IMPORT_REFUSED");
  });

  test.each(["../secret.ts", "./none.ts", "node:fs", "./link.ts", "./parts", "./link.ts/x"])(
    "is told nothing of this machine's folders when it asks for %s",
    (specifier) => {
      const { sources, folder, root } = makeSources();
      symlinkSync(path.join(folder, "secret.ts"), path.join(root, "link.ts"));

      const { message } = failure(() => sources.module(address, specifier, "agent.ts"));

      expect(message).toContain(path.basename(specifier));
      expect(message).not.toContain(folder);
    },
  );

  test("asks as a module that it has got, and as no other", () => {
    const { sources, root } = makeSources();

    for (const importer of [
      "parts/a.ts",
      path.join(root, "agent.ts"),
      "constructor",
      "",
      7,
      null,
    ]) {
      const { code } = failure(() => sources.module(address, "./b.ts", importer));
      expect([importer, code]).toEqual([importer, "ARGUMENT_INVALID"]);
    }
    for (const specifier of [7, null, undefined, {}]) {
      const { code } = failure(() => sources.module(address, specifier, "agent.ts"));
      expect([specifier, code]).toEqual([specifier, "ARGUMENT_INVALID"]);
    }
  });

  test("asks for services that are being started in a cell only", () => {
    const { sources } = makeSources();
    const other = makeAddress(1, 0x10b);
    const unknown = { code: "ADDRESS_UNKNOWN" };

    expect(failure(() => sources.main(other))).toMatchObject(unknown);
    expect(failure(() => sources.module(other, "./b.ts", "agent.ts"))).toMatchObject(unknown);
    sources.close(address);
    expect(failure(() => sources.main(address))).toMatchObject(unknown);
  });
});

describe("the version of a program", () => {
  const versionOf = (setting: Parameters<typeof makeSources>[0]): string =>
    makeSources(setting).sources.versionOf(address);

  test("is the same for the same texts, wherever they are", () => {
    expect(versionOf({ text: "one" })).toMatch(/^[0-9a-f]{12}$/);
    expect(versionOf({ text: "one" })).toBe(versionOf({ text: "one" }));
  });

  test("changes with the main module, and with each text that came with the launch", () => {
    const versions = [
      versionOf({ text: "one" }),
      versionOf({ text: "two" }),
      versionOf({ text: "one", modules: { "./c.ts": "1" } }),
      versionOf({ text: "one", modules: { "./c.ts": "2" } }),
      versionOf({ text: "one", modules: { "./d.ts": "1" } }),
    ];

    expect(new Set(versions).size).toBe(versions.length);
  });

  test("is not known of a service that was never started in a cell", () => {
    expect(new ProgramSources().versionOf(address)).toBe("");
  });
});
