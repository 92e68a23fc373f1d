// bin/isonet.mjs: which Node it finds, with which flags, and what passes through it.
// In child processes, on a copy of it with a main.ts that only tells what it got.

import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { Child, run } from "../../kit/child.ts";
import { makeFolder } from "../../kit/folder.ts";
import { node24, otherNode } from "../../kit/nodes.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const flags = ["--no-node-snapshot", "--disable-warning=ExperimentalWarning"];

/** Tells pid, Node version and flags; ends by the code it is told, or at a signal. */
const tellingMain = `
const { pid, versions, execArgv, argv } = process;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => { console.log("got " + signal); process.exit(7); });
}
console.log(JSON.stringify({ pid, node: versions.node, execArgv, given: argv.slice(2) }));
if (argv[2] === "exit") process.exit(Number(argv[3]));
if (argv[2] === "crash") process.kill(pid, "SIGKILL");
if (argv[2] === "wait") setTimeout(() => {}, 60_000);
`;

/** A copy of the launcher with the telling main, and this repository's node_modules or none. */
function makeInstallation({ hasModules }: { hasModules: boolean }): string {
  const folder = makeFolder({ "src/main.ts": tellingMain, "package.json": '{"type":"module"}' });
  mkdirSync(path.join(folder, "bin"));
  cpSync(path.join(root, "bin/isonet.mjs"), path.join(folder, "bin/isonet.mjs"));
  if (hasModules) symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  return path.join(folder, "bin/isonet.mjs");
}

type Told = { pid: number; node: string; execArgv: string[]; given: string[] };

const runtimes = [
  { name: "Node 24", node: node24 },
  { name: "an older Node", node: otherNode },
].filter((runtime): runtime is { name: string; node: string } => runtime.node !== undefined);

describe.each(runtimes)("the isonet command under $name", ({ node }) => {
  test("runs main.ts under Node 24, with the flags isolates need and its arguments", async () => {
    const launcher = makeInstallation({ hasModules: true });

    const { stdout, stderr, code } = await run([node, launcher, "exit", "0", "--set", "a=b c"]);

    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const told = JSON.parse(stdout) as Told;
    expect(told.node).toMatch(/^24\./);
    expect(told.execArgv).toEqual(expect.arrayContaining(flags));
    expect(told.given).toEqual(["exit", "0", "--set", "a=b c"]);
  });

  test("ends with the exit code of the host", async () => {
    const launcher = makeInstallation({ hasModules: true });

    expect(await run([node, launcher, "exit", "2"])).toMatchObject({ code: 2, signal: null });
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("passes %s on", async (signal) => {
    await using child = new Child([node, makeInstallation({ hasModules: true }), "wait"]);
    await child.saw(/"pid"/);

    child.kill(signal);

    expect(await child.ended).toMatchObject({
      code: 7,
      stdout: expect.stringContaining(`got ${signal}`),
    });
  });

  test("ends by the signal that ended the host", async () => {
    const launcher = makeInstallation({ hasModules: true });

    expect(await run([node, launcher, "crash"])).toMatchObject({ code: null, signal: "SIGKILL" });
  });
});

describe("the isonet command under Node 24", () => {
  test.each([
    ["without the flag", [node24]],
    ["with the flag", [node24, ...flags]],
  ])("%s is the host itself and starts no second process", async (_what, command) => {
    await using child = new Child([...command, makeInstallation({ hasModules: true }), "wait"]);

    const [, pid] = await child.saw(/"pid":(\d+)/);

    expect(Number(pid)).toBe(child.pid);
  });

  test("keeps the flags Node was given", async () => {
    const launcher = makeInstallation({ hasModules: true });

    const { stdout } = await run([node24, "--max-old-space-size=300", launcher, "exit", "0"]);

    expect((JSON.parse(stdout) as Told).execArgv).toContain("--max-old-space-size=300");
  });
});

describe.skipIf(otherNode === undefined)("the isonet command without Node 24", () => {
  test("says in one sentence what to do when nothing is installed", async () => {
    const launcher = makeInstallation({ hasModules: false });

    expect(await run([otherNode ?? "", launcher, "start"])).toEqual({
      code: 2,
      signal: null,
      stdout: "",
      stderr: expect.stringMatching(
        /^isonet: isonet runs on Node 24 and this is Node [\d.]+: install Node 24, or run npm ci.*\n$/,
      ),
    });
  });

  test.each([
    ["has no binary", "24.21.0", /is installed without its binary; run npm rebuild node/],
    ["is another version", "22.1.0", /with Node 22\.1\.0 in node_modules: install Node 24/],
  ])("says so when the npm package node %s", async (_what, version, message) => {
    const launcher = makeInstallation({ hasModules: false });
    const folder = path.join(path.dirname(launcher), "../node_modules/node");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "node", version }));

    const { code, stderr } = await run([otherNode ?? "", launcher]);

    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
