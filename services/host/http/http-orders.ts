// HTTP orders: what a service wants when it serves, requests or opens a WebSocket, with all that it
// leaves out.
// Shard 0. Used by servers.ts, fetches.ts and sockets.ts.
// Invariant: every bound is one of wire/limits.ts or a number of the range that is said here.

import type { DialOrder, FetchOrder, ListenOrder } from "../../../wire/http-messages.ts";
import { limits } from "../../../wire/limits.ts";
import {
  readBody,
  readFlag,
  readHeaders,
  readNumber,
  readText,
  readUrl,
  refused,
} from "./http-fields.ts";
import type { FetchOptions, ListenOptions } from "./http-powers.ts";

const portMax = 65_535;
const hourMs = 3_600_000;
const mebibyte = 1024 * 1024;
const pemCharsMax = 65_536;
const headerListBytesMax = 64 * 1024;

export type ServeTerms = Omit<ListenOptions, "onExchange" | "onUpgrade"> & {
  readonly key: number;
  readonly requestMs: number;
  readonly waitingBytesMax: number;
};

export function readListen(order: ListenOrder): ServeTerms {
  const { key, host, port, tls, websocket } = order;
  const connectionsMax = { min: 1, max: 65_536, or: limits.httpConnections };
  return {
    key: readNumber("key", key, { min: 1, max: 2 ** 31, or: 0 }),
    host: readText("host", host, "127.0.0.1"),
    port: readNumber("port", port, { min: 0, max: portMax, or: 0 }),
    tls: tls === undefined ? undefined : readTls(tls),
    headerBytesMax: readNumber("headerBytesMax", order.headerBytesMax, {
      min: 256,
      max: mebibyte,
      or: limits.httpHeaderBytes,
    }),
    // What is over a piece is read in pieces, as the service asks for them.
    bodyBytesMax: readNumber("bodyBytesMax", order.bodyBytesMax, {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      or: limits.httpBodyBytes,
    }),
    requestMs: readNumber("requestMs", order.requestMs, times(limits.httpRequestMs)),
    receiveMs: readNumber("receiveMs", order.receiveMs, times(limits.httpReceiveMs)),
    idleMs: readNumber("idleMs", order.idleMs, times(limits.httpIdleMs)),
    connectionsMax: readNumber("connectionsMax", order.connectionsMax, connectionsMax),
    ...readSocketTerms(websocket ?? {}),
  };
}

function times(or: number): { min: number; max: number; or: number } {
  return { min: 10, max: hourMs, or };
}

function readSocketTerms({
  messageBytesMax,
  waitingBytesMax,
}: Pick<DialOrder, "messageBytesMax" | "waitingBytesMax">) {
  return {
    messageBytesMax: readNumber("messageBytesMax", messageBytesMax, {
      min: 1,
      max: 4 * mebibyte,
      or: limits.websocketMessageBytes,
    }),
    waitingBytesMax: readNumber("waitingBytesMax", waitingBytesMax, {
      min: 1024,
      max: 64 * mebibyte,
      or: limits.websocketWaitingBytes,
    }),
  };
}

function readTls(given: unknown): { cert: string; key: string } {
  if (typeof given !== "object" || given === null) {
    throw refused("tls", given, "an object with cert and key");
  }
  const { cert, key } = given as { cert?: unknown; key?: unknown };
  return { cert: readText("tls.cert", cert), key: readText("tls.key", key) };
}

export type FetchTerms = FetchOptions & {
  readonly bodyBytesMax: number;
  readonly redirects: number;
  readonly isStream: boolean;
};

const methodPattern = /^[A-Z]{1,20}$/;
/** The host writes these: what a body is framed by, and how long a connection lives. */
const framing = new Set([
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "trailer",
  "expect",
]);

export function readFetch(order: FetchOrder): FetchTerms {
  const method = readText("method", order.method, "GET");
  if (!methodPattern.test(method) || method === "CONNECT") {
    throw refused("method", method, "GET, HEAD, POST, PUT, PATCH, DELETE or another in capitals");
  }
  return {
    method,
    url: readUrl(order.url, ["http:", "https:"]).href,
    headers: readHeaders(order.headers, { bytesMax: headerListBytesMax, dropped: framing }),
    body: readBody(order.body),
    headerBytesMax: limits.httpHeaderBytes,
    timeoutMs: readNumber("timeoutMs", order.timeoutMs, times(limits.httpRequestMs)),
    bodyBytesMax: readNumber("bodyBytesMax", order.bodyBytesMax, {
      min: 0,
      max: 8 * mebibyte,
      or: limits.httpReplyBytes,
    }),
    redirects: readNumber("redirects", order.redirects, {
      min: 0,
      max: limits.httpRedirectsMax,
      or: 0,
    }),
    isStream: readFlag("isStream", order.isStream),
    ...readTrust(order),
  };
}

function readTrust({ ca, insecure }: { readonly ca?: unknown; readonly insecure?: unknown }) {
  const text = ca === undefined ? undefined : readText("ca", ca);
  if (text !== undefined && text.length > pemCharsMax) throw refused("ca", ca, "certificates");
  return { ca: text, isVerified: !readFlag("insecure", insecure) };
}

const ownHeaders = new Set([...framing, "sec-websocket-key", "sec-websocket-version"]);
const protocolsMax = 16;

export function readDial(order: DialOrder) {
  const { protocols = [] } = order;
  const isList = Array.isArray(protocols) && protocols.length <= protocolsMax;
  if (!isList) throw refused("protocols", protocols, `a list of up to ${protocolsMax} names`);
  const headers = readHeaders(order.headers, { bytesMax: headerListBytesMax, dropped: ownHeaders });
  const pairs: [string, string][] = [];
  for (let at = 0; at < headers.length; at += 2)
    pairs.push([String(headers[at]), String(headers[at + 1])]);
  return {
    url: readUrl(order.url, ["ws:", "wss:"]),
    protocols: protocols.map((name, index) => readText(`protocols[${index}]`, name)),
    headers: Object.fromEntries(pairs),
    timeoutMs: readNumber("timeoutMs", order.timeoutMs, times(limits.httpRequestMs)),
    ...readSocketTerms(order),
    ...readTrust(order),
  };
}
