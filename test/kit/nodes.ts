// Nodes: the Node programs of this machine, for tests of what runs under which.
// Test processes only.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** The Node 24 that runs the tests. */
export const node24 = process.execPath;

/** A Node on PATH that is not 24, and is at least 20; undefined when the machine has none. */
export const otherNode = findOtherNode();

function findOtherNode(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  return folders
    .map((folder) => path.join(folder, "node"))
    .filter((file) => existsSync(file))
    .find((file) => {
      const major = Number(
        execFileSync(file, ["-p", "process.versions.node"]).toString().split(".")[0],
      );
      return major >= 20 && major !== 24;
    });
}
