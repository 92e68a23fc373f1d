// Source text: what a command runs: posted along with it, or in a file of the host's machine.
// Shard 0. Used by the commands that change code, or try a change.
// Invariant: at most sourceBytesMax bytes.

import { CodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";
import type { Invocation } from "./command.ts";

/** Fails with ARGUMENT_INVALID. */
export async function sourceOf(
  { powers, request, args }: Invocation,
  file: string | undefined,
): Promise<string> {
  if (request.source !== undefined) return request.source;
  if (file === undefined) throw args.invalid("it needs a file");
  try {
    return await powers.readFile(file, limits.sourceBytesMax);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CodedError("ARGUMENT_INVALID", `Can't open ${file}: ${why}`);
  }
}
