// Example: one of examples/, run by the real command line in a process of its own.
// Test processes only.
// Invariant: the process is gone when the test's own process is, however that ends.

import path from "node:path";
import { Child } from "./child.ts";
import { node24 } from "./nodes.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** `isonet start examples/NAME/config.ts`, with these options overridden. */
export function startExample(name: string, settings: readonly string[] = []): Child {
  const sets = ["log.format=pretty", ...settings];
  const config = path.join(root, "examples", name, "config.ts");
  const words = ["start", config, ...sets.flatMap((set) => ["--set", set])];
  const child = new Child([node24, path.join(root, "bin/isonet.mjs"), ...words]);
  // A test that runs out of time does not come to its `await using`.
  process.once("exit", () => child.kill("SIGKILL"));
  return child;
}

/** The port that the start's line names: "door 127.0.0.1:40123". */
export async function portOf(example: Child, what: string): Promise<number> {
  const [, port] = await example.saw(new RegExp(`runs:.*\\b${what} 127\\.0\\.0\\.1:(\\d+)`));
  return Number(port);
}
