// Foreign client: the Python client of test/foreign/, where the machine has Python 3.
// Test processes only. CI always runs it: a machine of CI without Python fails the test.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { Child } from "./child.ts";

const file = path.resolve(import.meta.dirname, "../foreign/skynet_client.py");
const isCi = process.env["CI"] !== undefined;

/** False where a test of it is to be skipped. */
export const hasPython = isCi || spawnSync("python3", ["--version"]).status === 0;

export function foreignClient(...words: readonly string[]): Child {
  return new Child(["python3", file, ...words]);
}
