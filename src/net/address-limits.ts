// Address limits: how fast one address may connect to a port, and how many connections it may have.
// Main thread. Asked by whoever accepts connections, before anything is set up for them.
// Invariant: what is kept does not grow with the addresses that ever came: one without connections
// is forgotten when its allowance is whole again, or when a new one needs the room.

import { netLimits } from "./net-limits.ts";

export type AddressLimitsOptions = {
  /** Connects of one address in a second; as many may come at once. 0: any number. */
  readonly connectsPerSecondMax: number;
  /** Connections of one address at a time. 0: any number. */
  readonly connectionsMax: number;
  readonly nowMs: () => number;
};

/** Why an address is refused; undefined: it is not. */
export type AddressRefusal =
  | { readonly kind: "connects"; readonly perSecondMax: number }
  | { readonly kind: "connections"; readonly connectionsMax: number };

type Entry = { open: number; allowance: number; seenMs: number };

const sweptAtOnce = 2; // with each new address: what is kept shrinks faster than it grows

export class AddressLimits {
  readonly #options: AddressLimitsOptions;
  /** By network; those seen last are last. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: AddressLimitsOptions) {
    this.#options = options;
  }

  /** Networks that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** A connection from `ip` has come. One that is not refused must be reported to `closed`. */
  admit(ip: string): AddressRefusal | undefined {
    const { connectsPerSecondMax, connectionsMax } = this.#options;
    const entry = this.#seen(networkOf(ip));
    if (connectionsMax > 0 && entry.open >= connectionsMax)
      return { kind: "connections", connectionsMax };
    if (connectsPerSecondMax > 0 && entry.allowance < 1)
      return { kind: "connects", perSecondMax: connectsPerSecondMax };
    entry.allowance--;
    entry.open++;
    return undefined;
  }

  closed(ip: string): void {
    const entry = this.#entries.get(networkOf(ip));
    if (entry !== undefined) entry.open = Math.max(0, entry.open - 1);
  }

  #seen(network: string): Entry {
    const { connectsPerSecondMax: perSecond, nowMs } = this.#options;
    const now = nowMs();
    const known = this.#entries.get(network);
    if (known === undefined) this.#makeRoom(now);
    const entry = known ?? { open: 0, allowance: perSecond, seenMs: now };
    entry.allowance = Math.min(
      perSecond,
      entry.allowance + ((now - entry.seenMs) * perSecond) / 1000,
    );
    entry.seenMs = now;
    this.#entries.delete(network);
    this.#entries.set(network, entry);
    return entry;
  }

  #makeRoom(now: number): void {
    let left = sweptAtOnce;
    for (const [network, entry] of this.#entries) {
      if (left-- === 0) return;
      this.#entries.delete(network);
      const isIdle = entry.open === 0;
      const isWhole = now - entry.seenMs >= 1000;
      const isFull = this.#entries.size >= netLimits.addressesMax;
      // One that is in use goes to the end of the line: the next sweep sees others.
      if (!(isIdle && (isWhole || isFull))) this.#entries.set(network, entry);
    }
  }
}

const mappedPrefix = "::ffff:";

/** An IPv4 address; of an IPv6 address the 64 bits that one customer gets. */
export function networkOf(ip: string): string {
  if (ip.startsWith(mappedPrefix) && ip.includes(".")) return ip.slice(mappedPrefix.length);
  if (!ip.includes(":")) return ip;
  const [head = [], tail = []] = ip.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].slice(0, 4).join(":");
}
