// Service addresses: 32 bits, the node in the high 8, a sequence number below. Host and guest.
// Text form is Skynet's: ":" and eight lower-case hex digits (":0100000c").
// Invariant: a local id of 0 is no service; the kernel itself answers to address 0.

import {
  NumberPrototypeToString,
  StringPrototypeCharCodeAt as charCodeAt,
  StringPrototypePadStart,
} from "./primordials.ts";

/** A service's 32-bit identity, unsigned. Made by the host only. */
export type ServiceAddress = number & { readonly brand: "address" };

/** The kernel of the shard that handles the frame: the destination of system commands. */
export const kernelAddress = 0 as ServiceAddress;

/** Largest sequence number; the next one wraps and skips the addresses still in use. */
export const localIdMax = 0xff_ffff;

/** First sequence number given to a service; the ones below belong to the host's own services. */
export const guestLocalIdMin = 0x100;

/** Sequence numbers of the host's own services, the same on every node. */
export const wellKnown = {
  logger: 1,
  launcher: 2,
  registry: 3,
  serviceManager: 4,
  console: 5,
  hotfix: 6,
  snax: 7,
  http: 9,
  socket: 8,
  random: 10,
  /** Control service of shard `n` has local id `shardControl + n`. */
  shardControl: 0x10,
} as const;

/** The address of this sequence number on this node (1 to 255). */
export function makeAddress(node: number, localId: number): ServiceAddress {
  return (((node << 24) | localId) >>> 0) as ServiceAddress;
}

/** The node an address belongs to; 0 for the kernel. */
export function nodeOf(address: ServiceAddress): number {
  return address >>> 24;
}

/** The sequence number within its node. */
export function localIdOf(address: ServiceAddress): number {
  return address & localIdMax;
}

/** ":0100000c". */
export function formatAddress(address: ServiceAddress): string {
  return `:${StringPrototypePadStart(NumberPrototypeToString(address >>> 0, 16), 8, "0")}`;
}

const digitsMax = 8;

/**
 * Reads ":0100000c" or "c"; digits of either case. Node bits 0 mean `node`.
 * Returns undefined for anything else, for local id 0 and for numbers over 32 bits.
 */
export function parseAddress(text: string, node: number): ServiceAddress | undefined {
  const start = text[0] === ":" ? 1 : 0;
  const digits = text.length - start;
  if (digits < 1 || digits > digitsMax) return undefined;
  let value = 0;
  for (let index = start; index < text.length; index++) {
    const digit = digitOf(charCodeAt(text, index));
    if (digit === -1) return undefined;
    value = (value << 4) | digit;
  }
  if ((value & localIdMax) === 0) return undefined;
  return makeAddress(value >>> 24 || node, value & localIdMax);
}

/** The hexadecimal digit with this character code; -1 for another character. */
function digitOf(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lowerCase = unit | 0x20;
  return lowerCase >= 0x61 && lowerCase <= 0x66 ? lowerCase - 0x57 : -1;
}
