// Load process: runs the clients of a scenario beside the host, and gives what they print.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Fails when the process does. */
export async function runLoad(entry: string, args: readonly string[]): Promise<string> {
  const flags = ["--disable-warning=ExperimentalWarning", entry];
  const child = spawn(process.execPath, [...flags, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit") as Promise<[number | null]>;
  const output = await text(child.stdout);
  const [code] = await ended;
  if (code !== 0) throw new Error(`the load ended with ${code}`);
  return output;
}
