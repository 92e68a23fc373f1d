// Self-test: says in one sentence whether isolates work here, before anything else starts.
// Main thread, once. Called by host.ts.
// Invariant: a version with a known escape never gets as far as a guest.

import { CodedError } from "../../wire/coded-error.ts";

/** True when `version` is `least` or later, by number: major, minor, patch. */
export function isAtLeast(version: string, least: string): boolean {
  const [actual, wanted] = [version, least].map((text) => text.split(".").map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (actual?.[index] ?? 0) - (wanted?.[index] ?? 0);
    if (Number.isNaN(difference)) return false;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** Fails with SELF_TEST_FAILED: the sentence says what is wrong and what to do. */
export async function selfTest(nodeVersion = process.versions.node): Promise<void> {
  if (!nodeVersion.startsWith("24.")) {
    throw new CodedError(
      "SELF_TEST_FAILED",
      `isonet runs on Node 24, and this is Node ${nodeVersion}; start it with the isonet ` +
        "command, which brings its own",
    );
  }
  if (!process.execArgv.includes("--no-node-snapshot")) {
    throw new CodedError(
      "SELF_TEST_FAILED",
      "Node was started without --no-node-snapshot, which isolates need; start isonet with its " +
        "own command",
    );
  }
  const { ivm, installedVersion, versionMin } = await loadVm();
  const version = installedVersion();
  if (!isAtLeast(version, versionMin)) {
    throw new CodedError(
      "SELF_TEST_FAILED",
      `isolated-vm ${version} has a known escape from guest to host; ${versionMin} or later is ` +
        "required: npm ci",
    );
  }
  const isolate = new ivm.Isolate({ memoryLimit: 8 });
  const answer: unknown = isolate.createContextSync().evalSync("6 * 7");
  isolate.dispose();
  if (answer !== 42)
    throw new CodedError("SELF_TEST_FAILED", `an isolate computed 6 * 7 = ${String(answer)}`);
}

/** The add-on is loaded here first, so that a missing binary is a sentence and not a stack. */
async function loadVm() {
  try {
    return await import("./vm.ts");
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new CodedError(
      "SELF_TEST_FAILED",
      `isolated-vm's prebuilt binary cannot be loaded (${reason}); run npm ci with install ` +
        "scripts allowed",
    );
  }
}
