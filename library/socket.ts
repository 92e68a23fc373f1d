// Socket: sockets of a service (skynet.socket, reference §5.1).
// Guest: the library "isonet/socket". What is done is done by the host's service ".socket".
// Invariant: a function that waits ends: by what it waits for, the end of the socket, or its time.

import type { Address } from "isonet";
import { bytesOf, textOf } from "isonet/bytes";
import type * as Contract from "isonet/socket";
import { CodedError } from "../wire/coded-error.ts";
import { gateLimits } from "../wire/gate-limits.ts";
import { unpackDatagramAddress } from "../wire/datagram-address.ts";
import { limits } from "../wire/limits.ts";
import { SocketOrder } from "../wire/socket-protocol.ts";
import { readAddress, readOptions } from "./socket/addresses.ts";
import { ask, blockOf, order, orderBlocks } from "./socket/orders.ts";
import * as pool from "./socket/pool.ts";

type Accept = (id: number, peer: string) => unknown;

export async function open(
  address: string,
  port?: number | Contract.OpenOptions,
  options?: Contract.OpenOptions,
): Promise<number> {
  const [host, to] = readAddress(address, typeof port === "number" ? port : undefined);
  const given = readOptions(port, options);
  const { timeoutMs = limits.connectMs } = given;
  const tls = given.tls === true ? {} : given.tls;
  const id = await ask("open", timeoutMs, host, to, { timeoutMs, tls });
  // Events come after the start only: it is ours by then.
  pool.add(id);
  order(SocketOrder.start, id);
  return id;
}

export async function listen(
  address: string,
  port?: number | Contract.ListenOptions,
  options?: Contract.ListenOptions,
): Promise<Contract.Listening> {
  const [host, to] = readAddress(address, typeof port === "number" ? port : undefined);
  const { backlog, tls, frames, limits: addresses } = readOptions(port, options);
  const terms = { backlog, tls, frames, limits: addresses };
  const [id, bound, real] = await ask("listen", limits.resolveMs, host, to, terms);
  return { id, host: bound, port: real };
}

export async function start(id: number, accept?: Accept): Promise<number> {
  // It is known before it is started: its bytes may come before the answer.
  const socket = pool.find(id) ?? pool.add(id);
  if (accept !== undefined) socket.accept = accept;
  try {
    await ask("start", limits.resolveMs, id);
  } catch (error) {
    // The end of one that comes in frames is still to be told.
    if (socket.events === undefined) pool.remove(socket, "closed");
    throw error;
  }
  return id;
}

export function serve(id: number, events: Contract.FrameEvents): Promise<number> {
  const socket = pool.find(id) ?? pool.add(id);
  socket.events = {
    connect: (client, peer) => events.connect(client, peer),
    frame: (client, body) => events.frame(client, body),
    error: (client, text) => events.error(client, text),
    close: (client) => events.close(client),
    warning: (client, kib) => events.warning(client, kib),
  };
  return start(id, () => {});
}

export async function read(id: number, count?: number): Promise<Uint8Array | undefined> {
  const socket = pool.require(id);
  const { inbound } = socket;
  if (count === undefined) {
    return socket.read({ kind: "count", count: 1 }, () => inbound.takeAll());
  }
  if (!(Number.isSafeInteger(count) && count >= 0)) {
    throw new CodedError("ARGUMENT_INVALID", `read needs a number of bytes, not ${String(count)}`);
  }
  return socket.read({ kind: "count", count }, () => inbound.take(count));
}

export async function readUntil(
  id: number,
  separator: string | Uint8Array = "\n",
): Promise<Uint8Array | undefined> {
  const socket = pool.require(id);
  const { inbound } = socket;
  const bytes = typeof separator === "string" ? bytesOf(separator) : separator;
  if (bytes.length === 0) throw new CodedError("ARGUMENT_INVALID", "a separator has bytes");
  return socket.read({ kind: "separator", separator: bytes }, () => {
    const line = inbound.take(inbound.find(bytes));
    inbound.skip(bytes.length);
    return line;
  });
}

export async function readLine(id: number, separator?: string): Promise<string | undefined> {
  const line = await readUntil(id, separator);
  return line === undefined ? undefined : textOf(line);
}

export async function readAll(id: number): Promise<Uint8Array> {
  const socket = pool.require(id);
  const all = await socket.read({ kind: "end" }, () => socket.inbound.takeAll());
  return all as Uint8Array;
}

export function rest(id: number): Uint8Array {
  return pool.require(id).rest();
}

export async function block(id: number): Promise<boolean> {
  const found = await pool.require(id).read({ kind: "count", count: 1 }, () => true);
  return found === true;
}

export function write(id: number, data: Contract.SocketData): boolean {
  return writeAs(SocketOrder.write, id, data);
}

export function lwrite(id: number, data: Contract.SocketData): boolean {
  return writeAs(SocketOrder.lowWrite, id, data);
}

export function writeFrame(id: number, data: Contract.SocketData): boolean {
  const body = blockOf(data);
  if (body.length > gateLimits.longFrameBytesMax) {
    const max = gateLimits.longFrameBytesMax;
    const text = `a frame holds at most ${max} bytes (longFrameBytesMax), not ${body.length}`;
    throw new CodedError("MESSAGE_TOO_LARGE", text);
  }
  if (!mayWrite(id)) return false;
  order(SocketOrder.writeFrame, id, body);
  return true;
}

export function forward(id: number, to: Address, client: Address | 0 = 0): void {
  order(SocketOrder.forward, id, [to, client]);
}

export function unforward(id: number): void {
  order(SocketOrder.forward, id);
}

function writeAs(kind: number, id: number, data: Contract.SocketData): boolean {
  if (!mayWrite(id)) return false;
  orderBlocks(kind, id, data);
  return true;
}

function mayWrite(id: number): boolean {
  const socket = pool.find(id);
  return socket === undefined ? !pool.wasClosed(id) : !isOver(socket);
}

function isOver({ isClosing, error }: NonNullable<ReturnType<typeof pool.find>>): boolean {
  return isClosing || error !== undefined;
}

export async function close(id: number): Promise<void> {
  const socket = pool.find(id);
  if (socket === undefined) return;
  if (!socket.isClosing) order(SocketOrder.close, id);
  socket.isClosing = true;
  await socket.whenGone();
  if (pool.find(id) === socket) pool.remove(socket, "closed");
}

export function closeFd(id: number): void {
  if (pool.find(id) !== undefined) {
    throw new CodedError("ARGUMENT_INVALID", `socket ${id} is managed here: close it with close`);
  }
  order(SocketOrder.close, id);
}

export function shutdown(id: number): void {
  order(SocketOrder.shutdown, id);
}

export function abandon(id: number, heir?: number): void {
  const socket = pool.find(id);
  if (socket !== undefined) {
    pool.remove(socket, "abandoned");
    socket.inbound.clear();
    socket.ended();
  }
  order(SocketOrder.abandon, id, heir);
}

export function pause(id: number): void {
  pool.find(id)?.pause();
}

export function limit(id: number, bytes: number): void {
  if (!(bytes > 0)) throw new CodedError("ARGUMENT_INVALID", "limit needs a number of bytes");
  pool.require(id).setLimit(bytes);
}

export function invalid(id: number): boolean {
  return pool.find(id) === undefined;
}

export function disconnected(id: number): boolean | undefined {
  const socket = pool.find(id);
  return socket === undefined ? undefined : socket.standing === "gone";
}

export function warning(id: number, handler: (id: number, kib: number) => unknown): void {
  pool.require(id).onWarning = handler;
}

export function onClose(id: number, handler: (id: number) => unknown): void {
  pool.require(id).onClose = handler;
}

export function noDelay(id: number, on = true): void {
  order(SocketOrder.noDelay, id, on);
}

export function header(bytes: Uint8Array): number {
  if (bytes.length < 1 || bytes.length > 4) {
    throw new CodedError("ARGUMENT_INVALID", `a header has 1 to 4 bytes, not ${bytes.length}`);
  }
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

export async function netstat(): Promise<Contract.SocketStat[]> {
  return (await ask("netstat", limits.resolveMs)) as unknown as Contract.SocketStat[];
}

export function resolve(host: string): Promise<string[]> {
  return ask("resolve", limits.resolveMs, host);
}

export async function udp(
  handler: Contract.DatagramHandler,
  host?: string,
  port?: number,
): Promise<number> {
  return openDatagrams(handler, { host, port, isV6: false });
}

async function openDatagrams(
  handler: Contract.DatagramHandler,
  { host, port, isV6 }: { host: string | undefined; port: number | undefined; isV6: boolean },
): Promise<number> {
  const [name, number] = host === undefined ? [undefined, 0] : readAddress(host, port);
  const id = await ask("udp", limits.resolveMs, name, number, isV6);
  pool.add(id).onDatagram = handler;
  return id;
}

export async function udpConnect(
  id: number,
  host: string,
  port: number,
  handler?: Contract.DatagramHandler,
): Promise<void> {
  const socket = pool.require(id);
  if (handler !== undefined) socket.onDatagram = handler;
  await ask("udpConnect", limits.resolveMs, id, host, port);
}

export function udpListen(
  host: string,
  port: number,
  handler: Contract.DatagramHandler,
): Promise<number> {
  return udp(handler, host, port);
}

export async function udpDial(
  host: string,
  port: number,
  handler: Contract.DatagramHandler,
): Promise<number> {
  const id = await openDatagrams(handler, {
    host: undefined,
    port: undefined,
    isV6: host.includes(":"),
  });
  await udpConnect(id, host, port);
  return id;
}

export function sendTo(id: number, from: Uint8Array, data: Contract.SocketData): boolean {
  const socket = pool.find(id);
  if (socket === undefined || isOver(socket)) return false;
  order(SocketOrder.sendTo, id, blockOf(data), from);
  return true;
}

export function udpAddress(from: Uint8Array): { readonly host: string; readonly port: number } {
  const address = unpackDatagramAddress(from);
  if (address !== undefined) return address;
  throw new CodedError("ARGUMENT_INVALID", "these bytes are not where a datagram is from");
}

({
  open,
  listen,
  start,
  serve,
  forward,
  unforward,
  writeFrame,
  read,
  readUntil,
  readLine,
  readAll,
  rest,
  block,
  write,
  lwrite,
  close,
  closeFd,
  shutdown,
  abandon,
  pause,
  limit,
  invalid,
  disconnected,
  warning,
  onClose,
  noDelay,
  header,
  netstat,
  resolve,
  udp,
  udpConnect,
  udpListen,
  udpDial,
  sendTo,
  udpAddress,
}) satisfies typeof Contract;
