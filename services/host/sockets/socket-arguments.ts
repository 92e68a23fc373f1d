// Socket arguments: reads what services ask the socket service for.
// Shard 0. Used by sockets.ts; hostile input.
// Invariant: what is not of the required form fails with ARGUMENT_INVALID and says what is.

import { CodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";
import type { BindOptions, DialOptions } from "../../../wire/socket-protocol.ts";
import { utf8Length } from "../../../wire/utf8.ts";

const portMax = 0xffff;
const hostBytesMax = 1024; // the longest host name; a Unix path is shorter
const pemBytesMax = 64 * 1024;

export function readHost(host: unknown): string {
  const isText = typeof host === "string" && host !== "" && !host.includes("\0");
  if (isText && utf8Length(host) <= hostBytesMax) return host;
  throw invalid("host", host, `a name or address of 1 to ${hostBytesMax} bytes`);
}

export function readPort(port: unknown): number {
  return readNumber("port", port, [0, portMax]);
}

export function readDialOptions(given: unknown): DialOptions {
  const { timeoutMs, tls } = readObject("options", given);
  return {
    timeoutMs:
      timeoutMs === undefined
        ? undefined
        : readNumber("timeoutMs", timeoutMs, [1, limits.connectMsMax]),
    tls: tls === undefined ? undefined : readDialTls(tls),
  };
}

function readDialTls(given: unknown): DialOptions["tls"] {
  const { servername, ca, insecure } = readObject("tls", given);
  return {
    servername: servername === undefined ? undefined : readHost(servername),
    ca: ca === undefined ? undefined : readPem("tls.ca", ca),
    insecure: insecure === true,
  };
}

export function readBindOptions(given: unknown): BindOptions {
  const { backlog, tls } = readObject("options", given);
  return {
    backlog:
      backlog === undefined
        ? undefined
        : readNumber("backlog", backlog, [1, limits.socketBacklogMax]),
    tls: tls === undefined ? undefined : readIdentity(tls),
  };
}

function readIdentity(given: unknown): { cert: string; key: string } {
  const { cert, key } = readObject("tls", given);
  return { cert: readPem("tls.cert", cert), key: readPem("tls.key", key) };
}

function readPem(what: string, text: unknown): string {
  const isText = typeof text === "string" && text.includes("-----BEGIN");
  if (isText && text.length <= pemBytesMax) return text;
  throw invalid(what, typeof text, `a text in PEM of up to ${pemBytesMax} bytes`);
}

function readObject(what: string, given: unknown): Record<string, unknown> {
  if (given === undefined) return {};
  if (typeof given === "object" && given !== null) return given as Record<string, unknown>;
  throw invalid(what, given, "an object");
}

function readNumber(what: string, given: unknown, [min, max]: readonly [number, number]): number {
  const isNumber = typeof given === "number" && Number.isInteger(given);
  if (isNumber && given >= min && given <= max) return given;
  throw invalid(what, given, `a whole number from ${min} to ${max}`);
}

function invalid(what: string, given: unknown, wanted: string): CodedError {
  const shown = typeof given === "object" ? "an object" : JSON.stringify(given);
  return new CodedError("ARGUMENT_INVALID", `socket: ${what} is ${shown}: ${wanted} is needed`);
}
