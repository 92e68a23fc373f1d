// Config module: a configuration that is an ES module exporting `config` and, where it needs one,
// `onStart`.
// Main thread, before anything starts. Used by config-file.ts.
// Invariant: what the module throws ends here as CONFIG_INVALID, with the place in the author's
// file where Node tells it.

import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { CodedError } from "../wire/coded-error.ts";
import type { Host } from "./host.ts";
import { refusal } from "./option-readers.ts";

/** Ends what an `onStart` has opened. */
export type OnStop = () => void | Promise<void>;

/**
 * What a configuration's module may export beside `config`: code of the host's own, for what no
 * service can do, such as opening a port. `isonet start` calls it once, when the host is up and its
 * first service is ready.
 * The function it returns is run when the host stops, before the services end. What it throws stops
 * the host: a CodedError is told as any other refusal.
 */
export type OnStart = (host: Host) => void | OnStop | Promise<void | OnStop>;

export type ConfigModule = { readonly config: unknown; readonly onStart: OnStart | undefined };

/** Runs the module and returns what it exports. Fails with CONFIG_INVALID. */
export async function readConfigModule(file: string): Promise<ConfigModule> {
  let module: { readonly config?: unknown; readonly onStart?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as typeof module;
  } catch (error) {
    throw new CodedError("CONFIG_INVALID", `${file} cannot be run: ${failureText(error, file)}`);
  }
  const { config, onStart } = module;
  if (config === undefined) {
    throw new CodedError(
      "CONFIG_INVALID",
      `${file} exports no config; it needs: export const config = { … }`,
    );
  }
  if (onStart !== undefined && typeof onStart !== "function") {
    throw refusal(`onStart in ${file}`, onStart, "a function that takes the host");
  }
  return { config, onStart: onStart as OnStart | undefined };
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
