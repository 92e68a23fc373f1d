// Config module: a configuration that is an ES module exporting `config`.
// Main thread, before anything starts. Used by config-file.ts.
// Invariant: what the module throws ends here as CONFIG_INVALID, with the place in the author's file where Node tells it.

import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { CodedError } from "../wire/coded-error.ts";

/** Runs the module and returns its `config`. Fails with CONFIG_INVALID. */
export async function readConfigModule(file: string): Promise<unknown> {
  let module: { readonly config?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as typeof module;
  } catch (error) {
    throw new CodedError("CONFIG_INVALID", `${file} cannot be run: ${failureText(error, file)}`);
  }
  if (module.config !== undefined) return module.config;
  throw new CodedError(
    "CONFIG_INVALID",
    `${file} exports no config; it needs: export const config = { … }`,
  );
}

/** The error's message and the first place its stack names. */
function failureText(error: unknown, file: string): string {
  if (!(error instanceof Error)) return String(error);
  const place = placeIn(error.stack ?? "") ?? syntaxPlace(error, file);
  const text = String(error).split("\n")[0] ?? "";
  return place === undefined ? text : `${text} (${place})`;
}

/** A path with a line, as an author's files have and Node's own modules have not. */
function placeIn(text: string): string | undefined {
  return /(?:^|[\s(])((?:file:\/\/)?\/[^\s():]+:\d+)/m.exec(text)?.[1];
}

/** V8 keeps the place of a module's syntax error to itself; Node's own check prints it. */
function syntaxPlace(error: Error, file: string): string | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  return placeIn(spawnSync(process.execPath, ["--check", file], { encoding: "utf8" }).stderr);
}
