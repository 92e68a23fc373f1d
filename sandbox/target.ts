// Target: reads where an author wants a message to go.
// Guest (and host services). Asked by calls.ts for every message.
// Invariant: what it returns is an address above 0 or a name; anything else has failed with a code.

import { formatAddress, parseAddress, type ServiceAddress } from "../wire/address.ts";
import { CodedError } from "../wire/coded-error.ts";
import { limits } from "../wire/limits.ts";
import { SafeString } from "../wire/primordials.ts";

export type Target =
  | number
  | string
  | { readonly to: number | string; readonly timeoutMs?: number };

const addressMax = 0xffff_ffff;

/** The address, or the name of a service: ":0100000c" is an address, any other text a name. */
// hot: bench call
export function destinationOf(target: Target): number | string {
  const to = typeof target === "object" && target !== null ? target.to : target;
  if (typeof to === "number") {
    if (to > 0 && to <= addressMax && to >>> 0 === to) return to;
  } else if (typeof to === "string" && to !== "") {
    if (to[0] !== ":") return nameOf(to);
    const address = parseAddress(to, 0);
    if (address !== undefined) return address;
  }
  throw new CodedError(
    "ARGUMENT_INVALID",
    `Invalid service address ${shown(to)}: an address above 0, ":" with hex digits, or ` +
      "a name is needed",
  );
}

/** Its bytes are counted where it is written. */
function nameOf(name: string): string {
  if (name.length <= limits.nameBytesMax) return name;
  throw new CodedError(
    "NAME_INVALID",
    `a name of ${name.length} characters; ${limits.nameBytesMax} bytes are allowed (nameBytesMax)`,
  );
}

function shown(value: unknown): string {
  return typeof value === "object" || typeof value === "function"
    ? typeof value
    : SafeString(value);
}

/** The timeout an author asked for in milliseconds, or undefined. */
export function timeoutOf(target: Target): number | undefined {
  if (typeof target !== "object" || target.timeoutMs === undefined) return undefined;
  const { timeoutMs } = target;
  if (typeof timeoutMs === "number" && timeoutMs >= 0) return timeoutMs;
  throw new CodedError(
    "ARGUMENT_INVALID",
    `timeoutMs is ${shown(timeoutMs)}: milliseconds from 0 (no timeout) are needed`,
  );
}

/** For people. */
export function textOf(destination: number | string): string {
  return typeof destination === "number"
    ? formatAddress(destination as ServiceAddress)
    : destination;
}
