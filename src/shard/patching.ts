// Patching: gives a service of this shard, or cell, another text of its main module while it runs.
// One worker thread, or a cell's process. Part of control.ts; ordered by the host's hotfix service.
// Invariant: between two tries the service has its turns; when it answers, nothing of the order is
// left to be done.

import { CodedError } from "../../wire/coded-error.ts";
import type { HotfixOutcome } from "../../wire/hotfix-outcome.ts";
import { limits } from "../../wire/limits.ts";
import type { GuestService } from "./guest-services.ts";
import { holdWhile } from "./hold-while.ts";
import type { Shard } from "./shard.ts";
import { stripTypes } from "./strip-types.ts";

export type PatchMode = "apply" | "try";

/** What became of an order, and for how long the service had no turn. */
export type PatchAnswer = { readonly outcome: HotfixOutcome; readonly heldMs: number };

const pauseMsMin = 50;

/** Fails with HOTFIX_FAILED, ADDRESS_DEAD. */
export async function patchService(
  shard: Shard,
  guest: GuestService,
  text: string,
  mode: PatchMode,
): Promise<PatchAnswer> {
  const stripped = strippedText(text, guest.file);
  if (typeof stripped !== "string") return { outcome: stripped, heldMs: 0 };
  const deadlineMs = performance.now() + limits.hotfixBusyMsMax;
  let heldMs = 0;
  for (let pauseMs = pauseMsMin; ; pauseMs *= 2) {
    const work = holdWhile(shard, guest, async (): Promise<HotfixOutcome> => {
      const startMs = performance.now();
      if (startMs > deadlineMs) return { kind: "busy", reason: "another operation holds it" };
      const outcome = await guest.isolate.patch(stripped, mode);
      heldMs = performance.now() - startMs;
      return outcome;
    });
    const outcome = await work;
    const isLast = performance.now() + pauseMs > deadlineMs;
    if (outcome.kind !== "busy" || isLast) return { outcome, heldMs };
    await pause(pauseMs);
  }
}

/** As at the load: a stranger's text is parsed in its cell only. */
export function strippedText(text: string, file: string): string | HotfixOutcome {
  try {
    return stripTypes(text, file);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const place = /:(\d+):(\d+): /.exec(error.message);
    const [line, column] = [Number(place?.[1] ?? 1), Number(place?.[2] ?? 1)];
    return { kind: "rejected", reason: error.message.slice(file.length + 1), line, column };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
