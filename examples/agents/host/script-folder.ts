// Script folder: the scripts that players can choose from, read from examples/agents/scripts.
// Main thread; host service ".scripts". Called by agents and the watchdog.
// Invariant: a name is letters, digits and hyphens: it leads to a file of the folder and to no
// other.

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Host } from "isonet/host";
import type { ScriptFolderCommands } from "../services/host-commands.ts";

const ending = ".ts";

export async function serveScripts(host: Host, folder: string): Promise<void> {
  const names = async (): Promise<string[]> => {
    const files = await readdir(folder);
    return files
      .filter((file) => file.endsWith(ending))
      .map((file) => file.slice(0, -ending.length));
  };
  const text = async (name: unknown): Promise<string> => {
    const known = await names();
    if (typeof name !== "string" || !known.includes(name)) {
      throw Object.assign(
        new Error(`no script ${JSON.stringify(name)}; these are there: ${known.join(", ")}`),
        { code: "SCRIPT_UNKNOWN" },
      );
    }
    return readFile(path.join(folder, name + ending), "utf8");
  };
  const table: { [K in keyof ScriptFolderCommands]: unknown } = { names, text };
  const address = host.addHostService("scripts", (isonet) => {
    isonet.commands(table as never);
  });
  await host.isonet.name(".scripts", address);
}
