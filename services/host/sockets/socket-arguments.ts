// Socket arguments: reads what services ask the socket service for.
// Shard 0. Used by sockets.ts; hostile input.
// Invariant: what is not of the required form fails with ARGUMENT_INVALID and says what is.

import { CodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";
import { gateLimits } from "../../../wire/gate-limits.ts";
import { gateTermBounds, type AddressTerms, type FrameTerms } from "../../../wire/gate-terms.ts";
import type { BindOptions, DialOptions } from "../../../wire/socket-protocol.ts";
import { utf8Length } from "../../../wire/utf8.ts";

const portMax = 0xffff;
const hostBytesMax = 1024; // the longest host name; a Unix path is shorter
const shownMax = 100; // of a stranger's text, in an error
const pemBytesMax = 64 * 1024;

export function readHost(host: unknown): string {
  const isText = typeof host === "string" && host !== "" && !host.includes("\0");
  if (isText && utf8Length(host) <= hostBytesMax) return host;
  throw invalid("host", host, `a name or address of 1 to ${hostBytesMax} bytes`);
}

export function readId(id: unknown): number {
  return readNumber("id", id, [0, 0x7fff_ffff]);
}

/** An address to send to: port 0 is none. */
export function readTarget(host: unknown, port: unknown): [string, number] {
  const name = readHost(host);
  return [name, readNumber("port", port, [name.startsWith("unix:") ? 0 : 1, portMax])];
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
  const { backlog, tls, frames, limits: addresses } = readObject("options", given);
  return {
    backlog:
      backlog === undefined
        ? undefined
        : readNumber("backlog", backlog, [1, limits.socketBacklogMax]),
    tls: tls === undefined ? undefined : readIdentity(tls),
    frames: frames === undefined ? undefined : readFrameTerms(frames),
    limits: addresses === undefined ? undefined : readAddressTerms(addresses),
  };
}

function readFrameTerms(given: unknown): FrameTerms {
  const { lengthBytes, frameBytesMax, idleMs, websocket } = readObject("frames", given);
  if (lengthBytes !== 2 && lengthBytes !== 4)
    throw invalid("frames.lengthBytes", lengthBytes, "2 or 4");
  const max = lengthBytes === 2 ? 0xffff : gateLimits.longFrameBytesMax;
  return {
    lengthBytes,
    frameBytesMax: readNumber("frames.frameBytesMax", frameBytesMax, [0, max]),
    idleMs: readNumber("frames.idleMs", idleMs, gateTermBounds.idleMs),
    websocket: websocket === undefined ? undefined : readWebSocketTerms(websocket),
  };
}

function readWebSocketTerms(given: unknown): NonNullable<FrameTerms["websocket"]> {
  const { path, origins, sendsText } = readObject("websocket", given);
  const { path: pathMax, origins: originsMax, originLength } = gateTermBounds;
  if (path !== undefined && !isShortText(path, pathMax))
    throw invalid("websocket.path", path, `a text of up to ${pathMax} characters`);
  const isList =
    Array.isArray(origins) &&
    origins.length <= originsMax &&
    origins.every((origin) => isShortText(origin, originLength));
  if (origins !== undefined && !isList)
    throw invalid("websocket.origins", origins, `a list of up to ${originsMax} texts`);
  return { path, origins, sendsText: sendsText === true };
}

function isShortText(value: unknown, lengthMax: number): value is string {
  return typeof value === "string" && value !== "" && value.length <= lengthMax;
}

function readAddressTerms(given: unknown): AddressTerms {
  const { connectsPerSecondMax, connectionsMax } = readObject("limits", given);
  const { connectsPerSecondMax: connects, connectionsMax: connections } = gateTermBounds;
  return {
    connectsPerSecondMax: readNumber("connectsPerSecondMax", connectsPerSecondMax, connects),
    connectionsMax: readNumber("connectionsMax", connectionsMax, connections),
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
  const isPlain = typeof given === "string" || typeof given === "number";
  const shown = isPlain ? JSON.stringify(given).slice(0, shownMax) : typeof given;
  return new CodedError("ARGUMENT_INVALID", `socket: ${what} is ${shown}: ${wanted} is needed`);
}
