// Addresses: reads "host:port", "[v6]:port" and "unix:/path", and the options behind them.
// Guest: part of the library "isonet/socket".
// Invariant: an address without a usable port fails with ARGUMENT_INVALID.

import { CodedError } from "../../wire/coded-error.ts";

const portMax = 0xffff;
const unixPrefix = "unix:";

/** Host and port; the port of the text, or the one that is given. */
export function readAddress(address: string, port: number | undefined): [string, number] {
  if (typeof address !== "string" || address === "") throw invalid(address);
  if (address.startsWith(unixPrefix)) return [address, 0];
  if (port !== undefined) return [bare(address), checkPort(port, address)];
  const match = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(address);
  if (match === null) throw invalid(address);
  const [, v6, plain, digits] = match;
  return [v6 ?? plain ?? "", checkPort(Number(digits), address)];
}

/** Options in the place of the port, or behind it. */
export function readOptions<T extends object>(port: number | T | undefined, options?: T): T {
  return (typeof port === "object" ? port : options) ?? ({} as T);
}

function bare(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

function checkPort(port: number, address: string): number {
  if (Number.isInteger(port) && port >= 0 && port <= portMax) return port;
  throw new CodedError("ARGUMENT_INVALID", `Invalid port ${port} of ${address}`);
}

function invalid(address: unknown): CodedError {
  const shown = typeof address === "string" ? address : typeof address;
  return new CodedError(
    "ARGUMENT_INVALID",
    `Invalid address ${shown}: "host:port", "[::1]:port", "unix:/path", or a host and a port`,
  );
}
