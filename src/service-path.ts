// Service path: finds the file of a service by its name.
// Main thread. Asked by the launcher through host.ts, and by `isonet check`.
// Invariant: a name never leads outside the directory of its pattern, whatever dots and slashes it
// has.

import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { CodedError } from "../wire/coded-error.ts";

export type ServiceFile = {
  /** Path of the main module. */
  readonly file: string;
  /** The directory its imports stay within: what comes before the "?" in the pattern. */
  readonly root: string;
};

/**
 * "agent", "game/agent", "snax.v2": parts of letters, digits, "_", "-" and dots, none starting with
 * a dot.
 */
const namePattern = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;
const nameLengthMax = 256;
/** The services that every host has, as "gate": an author's of the same name comes first. */
const ownPattern = path.join(import.meta.dirname, "../services/guest/?.ts");

/**
 * The first file that exists under one of the patterns, then among the host's own services. Fails
 * with SERVICE_NOT_FOUND, naming each path it tried.
 */
export function findService(name: string, servicePath: readonly string[]): ServiceFile {
  if (name.length > nameLengthMax || !namePattern.test(name)) {
    throw new CodedError(
      "SERVICE_NOT_FOUND",
      `${JSON.stringify(name.slice(0, nameLengthMax))} is no name of a service; ` +
        "allowed: letters, digits, _, - and dots, in parts divided by /",
    );
  }
  const tried: string[] = [];
  for (const pattern of [...servicePath, ownPattern]) {
    const file = pattern.replaceAll("?", name);
    if (isFile(file))
      return { file, root: path.dirname(pattern.slice(0, pattern.indexOf("?")) + "x") };
    tried.push(file);
  }
  throw new CodedError(
    "SERVICE_NOT_FOUND",
    `no file of service ${JSON.stringify(name)} on servicePath; tried ${tried.join(", ")}`,
  );
}

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}
