// docs/writing-a-service.md: each block of code is compiled and run as it stands there, and logs
// what stands behind it.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Address } from "isonet";
import { expect, test } from "vitest";
import { makeFolder } from "../kit/folder.ts";
import { readBlocks } from "../kit/guide.ts";
import { startHost } from "../kit/host.ts";

const root = path.resolve(import.meta.dirname, "../..");
const blocks = readBlocks("docs/writing-a-service.md");
const sources = Object.fromEntries(blocks.map(({ name, source }) => [name, source]));

/** What the services of this name have logged, without the host's lines about them. */
function logged(directory: string, name: string): string[] {
  const lines = readFileSync(path.join(directory, "host.log"), "utf8").trimEnd().split("\n");
  return lines
    .map((line) => JSON.parse(line) as { level: string; service: string; text: string })
    .filter(({ level, service }) => level === "info" && service.split(" ")[0] === name)
    .map(({ text }) => text)
    .filter((text) => !/^(LAUNCH|KILL|RESTART) /.test(text));
}

test.each(["docs/writing-a-service.md", "README.md"])(
  "the code of %s passes the compiler",
  (page) => {
    const files = readBlocks(page).map(({ name, source }) => [`${name}.ts`, source]);
    const folder = makeFolder(Object.fromEntries(files) as Record<string, string>);
    const extended = path.join(root, "tsconfig.base.json");
    const types = path.join(root, "types");
    const paths = { isonet: [`${types}/isonet.d.ts`], "isonet/*": [`${types}/*.d.ts`] };
    const compilerOptions = { composite: false, noEmit: true, emitDeclarationOnly: false, paths };
    const settings = { extends: extended, compilerOptions: { ...compilerOptions, rootDir: "/" } };
    writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(settings));
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
    const compiler = path.join(root, "node_modules/typescript/bin/tsc");

    const compile = (): string =>
      execFileSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8", stdio: "pipe" });

    expect(compile()).toBe("");
  },
);

test.each(blocks.filter(({ log }) => log !== undefined))(
  "the guide's $name logs what the guide says",
  async ({ name, log }) => {
    const kit = await startHost(sources, { shards: 1, turnMsMax: 500 });

    await kit.isonet.newService(name);
    await kit.host.stop();
    const lines = logged(kit.directory, name);
    await kit[Symbol.asyncDispose]();

    expect(lines).toEqual(log);
  },
);

test("README's service does what README says", async () => {
  const [counter] = readBlocks("README.md");
  await using kit = await startHost({ counter: counter?.source ?? "" }, { shards: 1 });

  const address = (await kit.isonet.newService("counter", 7)) as Address;

  expect(await kit.isonet.call(address, "lua", "add", 1)).toBe(8);
});
