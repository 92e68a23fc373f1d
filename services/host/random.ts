// Random: the host service ".random": a source of chance for guests, whose own Math.random can be
// foretold by who has seen enough of it.
// Shard 0. Called by randomBytes of "isonet/crypt", in trusted and untrusted services.
// Invariant: hostile input; what is given is the machine's, drawn for this caller alone.

import type * as Isonet from "isonet";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import type { RandomCommands } from "../api/random.ts";

/** Gives `count` bytes of the machine's source of chance. */
export type Draw = (count: number) => Uint8Array;

export function random(isonet: Pick<typeof Isonet, "commands">, draw: Draw): void {
  const commands: RandomCommands = { bytes: (count) => draw(checkedCount(count)) };
  isonet.commands(commands);
}

function checkedCount(count: unknown): number {
  const max = limits.randomBytesMax;
  const isNumber = typeof count === "number";
  if (isNumber && Number.isInteger(count) && count >= 1 && count <= max) return count;
  const shown = isNumber ? String(count) : `a ${typeof count}`;
  const wanted = `a whole number from 1 to ${max} (randomBytesMax) is needed`;
  throw new CodedError("ARGUMENT_INVALID", `random bytes: the count is ${shown}: ${wanted}`);
}
