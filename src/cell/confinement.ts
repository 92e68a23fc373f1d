// Confinement: what a cell's process is wrapped in, of what this machine and this user have.
// Main thread. Found out once a host, before its first cell.
// Invariant: a missing layer is named in the log; Node's permission model is always there.

import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CodedError } from "../../wire/coded-error.ts";

/** One wrapper: a program that sets a limit and then becomes the next one. */
type Layer = { readonly name: string; readonly what: string; readonly command: readonly string[] };

export type Confinement = {
  /** Words before the Node command. */
  readonly prefix: readonly string[];
  readonly present: readonly string[];
  readonly missing: readonly string[];
};

const probeMsMax = 5000;
const filesMax = 64;
const fileBytesMax = 4096; // of the blame mark, the only file it can write

const layers: readonly Layer[] = [
  {
    name: "network namespace",
    what: "unshare",
    command: ["unshare", "--map-root-user", "--net", "--ipc", "--uts"],
  },
  {
    name: "resource limits",
    what: "prlimit",
    command: [
      "prlimit",
      "--core=0:0",
      `--nofile=${filesMax}:${filesMax}`,
      `--fsize=${fileBytesMax}:${fileBytesMax}`,
    ],
  },
  {
    // A new user namespace gives every capability in it: kernel code that no cell needs to reach.
    name: "no capabilities",
    what: "setpriv",
    command: ["setpriv", "--bounding-set=-all", "--inh-caps=-all"],
  },
  {
    name: "no new privileges",
    what: "setpriv",
    command: ["setpriv", "--no-new-privs", "--pdeathsig", "KILL"],
  },
];

/** Tries each layer on a program that does nothing. */
export async function findConfinement(): Promise<Confinement> {
  const run = promisify(execFile);
  const prefix: string[] = [];
  const present: string[] = ["permission model"];
  const missing: string[] = [];
  for (const { name, what, command } of layers) {
    try {
      const [program, ...args] = [...prefix, ...command, "true"];
      await run(program, args, { timeout: probeMsMax, env: {} });
      prefix.push(...command);
      present.push(name);
    } catch {
      missing.push(`${name} (${what})`);
    }
  }
  return { prefix, present, missing };
}

const bundle = fileURLToPath(new URL("../../build/cell/cell.mjs", import.meta.url));

/** The Node command of a cell, without its order: nothing may be read but what is listed here. */
export function nodeCommand(): readonly string[] {
  if (!existsSync(bundle)) {
    throw new CodedError("SELF_TEST_FAILED", "the cell is not built; run: npm run build:sandbox");
  }
  const root = path.resolve(path.dirname(bundle), "../..");
  const addon = createRequire(bundle).resolve("isolated-vm/package.json");
  const loader = createRequire(addon).resolve("node-gyp-build/package.json");
  const packages = [addon, loader].map((manifest) => path.dirname(manifest));
  const readable = [path.join(root, "build"), ...packages, "/etc/alpine-release"];
  const real = readable.map((each) => (existsSync(each) ? realpathSync(each) : each));
  return [
    process.execPath,
    "--no-node-snapshot",
    "--permission",
    "--allow-addons",
    ...[...new Set([...readable, ...real])].map((each) => `--allow-fs-read=${each}`),
    "--disable-warning=PERM0001", // that the add-on is allowed: it is what the cell is for
    "--disable-warning=ExperimentalWarning", // of taking types off
    "--disallow-code-generation-from-strings", // in the cell's own realm; isolates have theirs
    bundle,
  ];
}
