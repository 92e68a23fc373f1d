// Monitor: finds turns that do not end (skynet_monitor.c, reference §1.5).
// Pure. Asked at intervals with what the turn marks show; it only reports.
// Invariant: a turn is reported when two looks at least one interval apart see the same odd
// version.

import { formatAddress, type ServiceAddress } from "../../wire/address.ts";
import { MarkWord } from "./turn-mark.ts";

export type EndlessTurn = {
  readonly shard: number;
  readonly source: ServiceAddress;
  readonly destination: ServiceAddress;
  readonly version: number;
};

export class Monitor {
  readonly #seen: number[] = [];

  /** Looks at every shard's mark; returns the turns that ran through the whole interval. */
  look(marks: readonly Int32Array[]): EndlessTurn[] {
    const endless: EndlessTurn[] = [];
    for (const [shard, words] of marks.entries()) {
      const version = Atomics.load(words, MarkWord.version);
      if ((version & 1) === 1 && version === this.#seen[shard]) {
        const source = (words[MarkWord.source] as number) >>> 0;
        const destination = (words[MarkWord.destination] as number) >>> 0;
        endless.push({
          shard,
          source: source as ServiceAddress,
          destination: destination as ServiceAddress,
          version: version >>> 1,
        });
      }
      this.#seen[shard] = version;
    }
    return endless;
  }
}

/** Skynet's log line for it. */
export function endlessText(turn: EndlessTurn): string {
  const from = formatAddress(turn.source);
  const to = formatAddress(turn.destination);
  return (
    `error: A message from [ ${from} ] to [ ${to} ] maybe in an endless loop (version = ` +
    `${turn.version})`
  );
}
