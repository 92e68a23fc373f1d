// Costs: says, for people, what an attack has cost its host.
// Test process.

import type { VictimFigures } from "./victim-process.ts";

const shown = ["rssMib", "heapMib", "externalMib", "descriptors"] as const;

/** Prints the figures before and after. */
export function tell(what: string, before: VictimFigures, after: VictimFigures): void {
  const grown = shown.map((key) => `${key} ${before[key]} → ${after[key]}`);
  const heaps = `isolates ${before.heapsKib.join(",")} → ${after.heapsKib.join(",")} KiB`;
  const line = [what, ...grown, heaps, `sockets ${JSON.stringify(after.sockets)}`].join("; ");
  process.stderr.write(`${line}\n`);
}
