// Shard controls: asks the control service of every shard at once.
// Shard 0. Used by launcher.ts and registry.ts.
// Invariant: an answer that does not come in time stands in the result as "TIMEOUT"; nobody waits
// for a stuck shard.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import type { Missing } from "../api/launcher.ts";

export type ShardControls = {
  /** Address of the control service of each worker shard and cell, with its place. */
  readonly controls: Iterable<readonly [number, Address]>;
};

/** For who also asks the one of a certain place. */
export type ControlsByPlace = {
  readonly controls: ShardControls["controls"] & { at(place: number): Address | undefined };
};

const tickMs = 10;
const timeoutTicksDefault = 300; // Skynet's console timeout (reference §9.7)

/** Sends one command to every shard; results by shard. 0 ticks or less: no timeout. */
export async function askShards<T>(
  isonet: typeof Isonet,
  { controls }: ShardControls,
  ...[command, args, timeoutTicks = timeoutTicksDefault]: [string, readonly unknown[], number?]
): Promise<Map<number, T | Missing>> {
  const timeoutMs = Math.max(0, timeoutTicks) * tickMs;
  const answers = [...controls].map(async ([shard, to]): Promise<[number, T | Missing]> => {
    try {
      return [shard, (await isonet.call({ to, timeoutMs }, "lua", command, ...args)) as T];
    } catch (error) {
      const { code } = error as { code?: string };
      return [shard, code === "CALL_TIMEOUT" ? "TIMEOUT" : "ERROR"];
    }
  });
  return new Map(await Promise.all(answers));
}
