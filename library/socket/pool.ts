// Pool: the sockets of this service by their ids, and the events that the host sends of them.
// Guest: part of the library "isonet/socket".
// Invariant: events are believed from the host's socket service only; those of sockets that are not
// here are dropped, and the socket is closed.

import { error as logError, fork, registerProtocol } from "isonet";
import { CodedError } from "../../wire/coded-error.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import {
  handledAll,
  handledEvery,
  SocketEvent,
  SocketOrder,
  valuesPerEvent,
} from "../../wire/socket-protocol.ts";
import { ManagedSocket, type FrameHandlers } from "./managed-socket.ts";
import { order, socketHost } from "./orders.ts";

const formerMax = 4096; // ids that were closed here, for whoever writes to one by mistake

const sockets = new Map<number, ManagedSocket>();
const former = new Set<number>();
let handledMessages = 0;
let handledBytes = 0;
let dropped = 0;

export function find(id: number): ManagedSocket | undefined {
  return sockets.get(id);
}

/** Fails with SOCKET_CLOSED. */
export function require(id: number): ManagedSocket {
  const socket = sockets.get(id);
  if (socket !== undefined) return socket;
  throw new CodedError("SOCKET_CLOSED", `this service has no socket ${String(id)}`);
}

export function add(id: number): ManagedSocket {
  const socket = new ManagedSocket(id);
  sockets.set(id, socket);
  former.delete(id);
  return socket;
}

export function remove({ id }: ManagedSocket, how: "closed" | "abandoned"): void {
  sockets.delete(id);
  if (how === "abandoned") return;
  former.add(id);
  if (former.size <= formerMax) return;
  for (const oldest of former) {
    former.delete(oldest);
    return;
  }
}

/** True when it was closed here: nobody else's either. */
export function wasClosed(id: number): boolean {
  return former.has(id);
}

// hot: bench gate-echo
function take(values: readonly unknown[]): void {
  for (let at = 0; at < values.length; at += valuesPerEvent) {
    const value = values[at + 2];
    if (value instanceof Uint8Array) handledBytes += value.length;
    const id = values[at + 1] as number;
    const socket = sockets.get(id);
    if (socket === undefined) stray(values[at] as number, id);
    else happened(socket, values[at] as number, value);
  }
  handledMessages++;
  if (handledMessages < handledEvery.messages && handledBytes < handledEvery.bytes) return;
  order(SocketOrder.handled, 0, handledMessages);
  handledMessages = 0;
  handledBytes = 0;
}

// hot: bench gate-echo
function happened(socket: ManagedSocket, event: number, value: unknown): void {
  switch (event) {
    case SocketEvent.data:
      if (socket.events === undefined) socket.received(value as Uint8Array);
      else framed(socket, socket.events, value as Uint8Array);
      break;
    case SocketEvent.accept:
      accepted(socket, value as [number, string]);
      break;
    case SocketEvent.datagram: {
      const [data, from] = value as [Uint8Array, Uint8Array];
      handledBytes += data.length;
      if (socket.onDatagram !== undefined) fork(socket.onDatagram, data, from);
      break;
    }
    case SocketEvent.warning:
      warned(socket, value as number);
      break;
    case SocketEvent.close:
      gone(socket, undefined);
      break;
    case SocketEvent.error:
      failed(socket, value as string);
      break;
    default: // a later host's
  }
}

// hot: bench gate-echo
function framed(socket: ManagedSocket, events: FrameHandlers, body: Uint8Array): void {
  fork(events.frame, socket.id, body);
  socket.taken(body.length);
}

function accepted(socket: ManagedSocket, [id, peer]: [number, string]): void {
  const { events } = socket;
  if (events !== undefined) {
    // Known at once: its end may be the next event.
    add(id).events = events;
    fork(events.connect, id, peer);
    return;
  }
  if (socket.accept === undefined) order(SocketOrder.close, id);
  else fork(socket.accept, id, peer);
}

function warned({ id, onWarning, events }: ManagedSocket, kib: number): void {
  if (events !== undefined) fork(events.warning, id, kib);
  else if (onWarning !== undefined) fork(onWarning, id, kib);
  else if (kib > 0) logError(`WARNING: ${kib} K bytes need to send out (fd = ${id})`);
}

function failed(socket: ManagedSocket, text: string): void {
  if (socket.accept !== undefined) {
    logError(`socket: accept error: ${text}`);
    return;
  }
  const { events } = socket;
  if (events !== undefined) fork(events.error, socket.id, text);
  else if (socket.standing === "open") logError(`socket: error on ${socket.id} ${text}`);
  gone(socket, text);
}

function gone(socket: ManagedSocket, text: string | undefined): void {
  const { id, onClose, events } = socket;
  socket.ended(text);
  socket.onClose = undefined;
  socket.events = undefined;
  if (events !== undefined) fork(events.close, id);
  if (onClose !== undefined) fork(onClose, id);
}

/** Of a socket that is not managed here: it was abandoned, or its isolate was replaced. */
function stray(event: number, id: number): void {
  if (event === SocketEvent.close || event === SocketEvent.error) {
    if (!former.has(id)) order(SocketOrder.close, id);
  } else if (event === SocketEvent.data) {
    dropped++;
    // The first, the second, the fourth …
    if ((dropped & (dropped - 1)) === 0) logError(`socket: drop package from ${id}`);
  }
}

registerProtocol({
  name: "socket",
  id: MessageKind.socket,
  dispatch: (_session, source, ...values) => {
    if (source === socketHost) take(values);
  },
});
// What was sent to an isolate that was here before is nobody's debt any more.
order(SocketOrder.handled, 0, handledAll);
