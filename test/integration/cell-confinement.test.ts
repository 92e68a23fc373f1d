// Confinement from the inside: what code could do that had got out of its isolate and owned a
// cell's process: read, write, spawn, look around, connect.
// A probe runs under the command line of a cell, in the place of the cell's bundle.
// Invariant: each attempt fails by the layer that is to stop it, and the probe itself runs.

import { createServer, type AddressInfo } from "node:net";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findConfinement, nodeCommand, type Confinement } from "../../src/cell/confinement.ts";
import { run } from "../kit/child.ts";

const root = path.resolve(import.meta.dirname, "../..");
const emptyEnvironment = ["env", "-i"]; // as a cell is started
const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), "isonet-probe-")));

/** Writes as JSON what each attempt came to: the code of its failure, or what it got. */
const probe = `
import * as fs from "node:fs";
const [secret, beside, port] = process.argv.slice(2);
const attempts = {
  own: () => fs.readFileSync(process.argv[1], "utf8").length > 0,
  built: () => fs.readFileSync(BUNDLE, "utf8").length > 0,
  passwd: () => fs.readFileSync("/etc/passwd"),
  environOfProcess: () => fs.readFileSync("/proc/self/environ"),
  manifest: () => fs.readFileSync(MANIFEST),
  source: () => fs.readdirSync(SOURCE),
  besideBuild: () => fs.readFileSync(BESIDE_BUILD),
  secret: () => fs.readFileSync(secret),
  throughDots: () => fs.readFileSync(BUILD + "/../package.json"),
  descriptor: () => fs.openSync(secret, "r"),
  list: () => fs.readdirSync("/"),
  exists: () => fs.existsSync("/etc/passwd") || "hidden",
  write: () => fs.writeFileSync(beside, "x"),
  overwrite: () => fs.writeFileSync(process.argv[1], "x"),
  link: () => fs.symlinkSync("/etc/passwd", beside),
  remove: () => fs.rmSync(process.argv[1]),
  folder: () => fs.mkdirSync(beside),
  spawn: async () => (await import("node:child_process")).spawnSync("true").status,
  fork: async () => (await import("node:child_process")).fork(process.argv[1]).pid,
  worker: async () => new (await import("node:worker_threads")).Worker("0", { eval: true }).threadId,
  wasi: async () => new (await import("node:wasi")).WASI({ version: "preview1" }),
  inspector: async () => (await import("node:inspector")).open(0),
  evaluate: () => eval("1 + 1"),
  construct: () => new Function("return 1")(),
  environment: () => Object.keys(process.env),
  connect: () => new Promise((resolve, reject) => {
    void import("node:net").then(({ connect }) => {
      connect(Number(port), "127.0.0.1").on("connect", () => resolve("connected")).on("error", reject);
    });
  }),
  listen: () => new Promise((resolve, reject) => {
    void import("node:net").then(({ createServer }) => {
      createServer().on("error", reject).listen(0, "127.0.0.1", () => resolve("listens"));
    });
  }),
};
const outcomes = {};
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    outcomes[name] = await attempt();
  } catch (error) {
    outcomes[name] = "refused: " + (error.code ?? error.name);
  }
}
process.stdout.write(JSON.stringify(outcomes), () => process.exit(0));
`;

const denied = "refused: ERR_ACCESS_DENIED";

let confinement: Confinement;
let outcomes: Record<string, unknown>;
const server = createServer((socket) => socket.destroy());

function probeText(): string {
  const paths = {
    BUNDLE: "build/cell/cell.mjs",
    MANIFEST: "package.json",
    SOURCE: "src",
    BESIDE_BUILD: "build.json",
    BUILD: "build",
  };
  const longestFirst = Object.entries(paths).toSorted(([one], [two]) => two.length - one.length);
  let text = probe;
  for (const [name, file] of longestFirst) {
    text = text.replaceAll(name, JSON.stringify(path.join(root, file)));
  }
  return text;
}

/** The command of a cell with the probe in the place of its bundle, which it may read. */
function probeCommand(file: string, prefix: readonly string[]): string[] {
  const words = nodeCommand().slice(0, -1);
  return [...emptyEnvironment, ...prefix, ...words, `--allow-fs-read=${file}`, file];
}

beforeAll(async () => {
  confinement = await findConfinement();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  writeFileSync(path.join(folder, "probe.mjs"), probeText());
  writeFileSync(path.join(folder, "secret.txt"), "secret");
  const command = probeCommand(path.join(folder, "probe.mjs"), confinement.prefix);
  const given = [path.join(folder, "secret.txt"), path.join(folder, "written.txt"), String(port)];
  const { stdout, stderr } = await run([...command, ...given], { cwd: "/" });
  if (stderr !== "") throw new Error(`the probe could not run: ${stderr}`);
  outcomes = JSON.parse(stdout) as Record<string, unknown>;
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  return new Promise((resolve) => server.close(resolve));
});

describe("a cell's process", () => {
  test("runs what it is started with, and reads what was built", () => {
    expect([outcomes["own"], outcomes["built"]]).toEqual([true, true]);
  });

  test.each([
    "passwd",
    "environOfProcess",
    "manifest",
    "source",
    "besideBuild",
    "secret",
    "throughDots",
    "descriptor",
    "list",
  ])("reads nothing else: %s", (attempt) => {
    expect(outcomes[attempt]).toBe(denied);
  });

  test("is not told whether there is a file that it may not read", () => {
    expect(["hidden", denied]).toContain(outcomes["exists"]);
  });

  test.each(["write", "overwrite", "link", "remove", "folder"])(
    "changes nothing on the disk: %s",
    (attempt) => {
      expect(outcomes[attempt]).toBe(denied);
    },
  );

  test.each(["spawn", "fork", "worker", "wasi", "inspector"])(
    "starts nothing beside itself: %s",
    (attempt) => {
      expect(outcomes[attempt]).toBe(denied);
    },
  );

  test("makes no code of texts in its own realm", () => {
    expect([outcomes["evaluate"], outcomes["construct"]]).toEqual(
      Array(2).fill("refused: EvalError"),
    );
  });

  test("has no environment", () => {
    expect(outcomes["environment"]).toEqual([]);
  });

  test("reaches no network, where this system has namespaces or Node refuses", () => {
    if (!confinement.present.includes("network namespace")) return;

    expect(outcomes["connect"]).toMatch(/^refused: (ENETUNREACH|ECONNREFUSED|ERR_ACCESS_DENIED)$/);
  });
});

test("what the prefix of a cell takes away is taken from the process itself", async () => {
  const { prefix, present } = confinement;
  if (!present.includes("no new privileges") || !present.includes("resource limits")) return;

  const { stdout } = await run([...prefix, "cat", "/proc/self/status", "/proc/self/limits"]);

  expect(stdout).toMatch(/^NoNewPrivs:\s+1$/m);
  expect(stdout).toMatch(/^Max core file size\s+0\s+0\s/m);
});
