// WebSocket: connections of services, accepted by a server of isonet/http or opened.
// Guest: the library "isonet/websocket" (http.websocket, reference §5.6). The host service .http
// does the talking.
// Invariant: an id is the host's and used once: what is done to one that has ended does nothing.

import { call, send, type Address } from "isonet";
import { bytesOf, textOf } from "isonet/bytes";
import type { HttpRequest, HttpResponse } from "isonet/http";
import type * as Contract from "isonet/websocket";
import type { ConnectOptions, SocketData, SocketHandlers } from "isonet/websocket";
import { CodedError } from "../wire/coded-error.ts";
import { listOf } from "./http/headers.ts";
import { begin, connections } from "./websocket/connections.ts";
import { Reader } from "./websocket/reader.ts";

const readers = new Map<number, Reader>();

export function upgrade(
  { id, isUpgrade }: HttpRequest,
  to: SocketHandlers | Address,
  { protocol = "" }: { readonly protocol?: string } = {},
): HttpResponse {
  if (!isUpgrade) {
    throw new CodedError("ARGUMENT_INVALID", "the request asks for no WebSocket (isUpgrade)");
  }
  if (typeof to === "object") begin(id, to);
  const answer = { status: 101, protocol, to: typeof to === "object" ? undefined : to };
  return answer;
}

export function accept(id: number, handlers: SocketHandlers): void {
  begin(id, handlers);
}

export async function handOver(id: number, to: Address): Promise<void> {
  await call(".http", "lua", "handOver", id, to);
  connections.delete(id);
}

export async function connect(url: string, options: ConnectOptions = {}): Promise<number> {
  const { headers, protocols, timeoutMs, messageBytesMax, waitingBytesMax, ca, insecure } = options;
  const bounds = { protocols, timeoutMs, messageBytesMax, waitingBytesMax, ca, insecure };
  const order = { url, headers: listOf(headers, undefined), ...bounds };
  const id = (await call({ to: ".http", timeoutMs: 0 }, "lua", "dial", order)) as number;
  if (options.message !== undefined) {
    begin(id, options);
    return id;
  }
  const reader = new Reader();
  readers.set(id, reader);
  begin(id, reader.around(options));
  return id;
}

export async function read(id: number): Promise<SocketData | undefined> {
  const reader = readers.get(id);
  const data = await reader?.read(id);
  if (data === undefined) readers.delete(id);
  return data;
}

export function write(id: number, data: SocketData, kind?: "text" | "binary"): void {
  send(".http", "lua", "write", id, kind === undefined ? data : asKind(data, kind));
}

function asKind(data: SocketData, kind: "text" | "binary"): SocketData {
  if (kind === "text") return typeof data === "string" ? data : textOf(data);
  return typeof data === "string" ? bytesOf(data) : data;
}

export async function drained(id: number): Promise<void> {
  await call({ to: ".http", timeoutMs: 0 }, "lua", "drained", id);
}

export function ping(id: number, data: SocketData = ""): void {
  send(".http", "lua", "ping", id, asKind(data, "binary"));
}

export function close(id: number, code = 1000, reason = ""): void {
  send(".http", "lua", "close", id, code, reason);
}

export function addrInfo(id: number): string | undefined {
  return connections.get(id)?.head?.peer;
}

export function realIp(id: number): string | undefined {
  const head = connections.get(id)?.head;
  const at = head?.headers.findIndex((name, index) => index % 2 === 0 && name === "x-real-ip");
  if (head === undefined || at === undefined) return undefined;
  return at < 0 ? head.peer.replace(/:\d+$/, "") : head.headers[at + 1];
}

export function isClosed(id: number): boolean {
  return !connections.has(id);
}

({
  accept,
  addrInfo,
  close,
  connect,
  drained,
  handOver,
  isClosed,
  ping,
  read,
  realIp,
  upgrade,
  write,
}) satisfies typeof Contract;
