// Client place: where a gate, a login or a message server listens, from the command line.
// Main thread of the isonet command. Used by client.ts.
// Invariant: a port is a number that can be connected to, or the command line is refused.

import { CodedError } from "../../wire/coded-error.ts";

export type ClientPlace = { readonly host: string; readonly port: number };

/** "8888", "host:8888" or "[::1]:8888". Fails with CONFIG_INVALID. */
export function clientPlace(what: string, text: string): ClientPlace {
  const [, bracketed, plain, digits = ""] =
    /^(?:\[([\da-fA-F:.%\w]+)\]:|([^\s:[\]]+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (port >= 1 && port <= 65_535) return { host: bracketed ?? plain ?? "127.0.0.1", port };
  const form = "HOST:PORT, [IPV6]:PORT or PORT is needed, and a port is 1 to 65535";
  throw new CodedError("CONFIG_INVALID", `${what}: ${JSON.stringify(text)}: ${form}`);
}

/** A whole number from `min` to `max`. Fails with CONFIG_INVALID. */
export function clientNumber(
  option: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const number = /^\d+$/.test(text) ? Number(text) : -1;
  if (number >= min && number <= max) return number;
  const form = `${option} must be a whole number from ${min} to ${max}`;
  throw new CodedError("CONFIG_INVALID", `${form}, not ${JSON.stringify(text)}`);
}
