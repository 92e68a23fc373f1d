// The isolated-vm package, for the files of this folder. Nobody else imports it.
// Host threads. The versions below have known ways from a guest to the host.
// Invariant: an older version than `versionMin` is refused at start (self-test.ts).

import { createRequire } from "node:module";
import ivm from "isolated-vm";

export { ivm };
export type { ivm as Ivm };

/** First version of the line without a known escape. */
export const versionMin = "7.0.1";

export function installedVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)("isolated-vm/package.json");
  const { version } = manifest as { version?: unknown };
  return typeof version === "string" ? version : "unknown";
}
