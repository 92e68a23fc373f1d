// Example: one of examples/, run by the real command line in a process of its own.
// Test processes only.
// Invariant: the process is gone when the test is.

import path from "node:path";
import { Child } from "./child.ts";
import { node24 } from "./nodes.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** `isonet start examples/NAME/config.ts`, with these options overridden. */
export function startExample(name: string, settings: readonly string[] = []): Child {
  const sets = ["log.format=pretty", ...settings];
  return new Child([
    node24,
    path.join(root, "bin/isonet.mjs"),
    "start",
    path.join(root, "examples", name, "config.ts"),
    ...sets.flatMap((set) => ["--set", set]),
  ]);
}

/** The port that the start's line names: "door 127.0.0.1:40123". */
export async function portOf(example: Child, what: string): Promise<number> {
  const [, port] = await example.saw(new RegExp(`runs:.*\\b${what} 127\\.0\\.0\\.1:(\\d+)`));
  return Number(port);
}
