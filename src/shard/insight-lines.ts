// Insight lines: what the log is told when an operator begins to look into a service, or to change
// it: what, and for how long at the most.
// One worker thread, or a cell. Used by insight-orders.ts, lane-insight.ts and control.ts.
// Invariant: a line is written once the session is open, not when it was asked for.

import type { RecordingOrder } from "../engine/insight.ts";
import type { GuestService } from "./guest-services.ts";
import type { Shard } from "./shard.ts";

const textCharsMax = 200; // names of files and functions are an operator's, of any length

type Place = { readonly shard: Shard; readonly guest: GuestService };

export function begins({ shard, guest }: Place, what: string): void {
  shard.log("info", guest.record.address, `INSPECT begins: ${what.slice(0, textCharsMax)}`);
}

export function recordingText({ kind }: RecordingOrder, ms: number): string {
  return `${kind === "cpu" ? "a CPU profile" : "samples of allocations"}, for ${ms} ms`;
}

export function trapText(place: string, ms: number): string {
  return `an injection at the next call of ${place}, for ${ms} ms`;
}
