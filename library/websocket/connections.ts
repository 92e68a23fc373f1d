// Connections: the WebSocket connections that this service handles, and what happens on them.
// Guest: part of the library "isonet/websocket"; fed by the host service .http and nobody else.
// Invariant: events of one connection are handled in their order, one at a time; those of a
// connection that is not accepted yet wait, and the host sends no more of it meanwhile.

import { dispatch, registerProtocol, response, self, send } from "isonet";
import type { SocketHandlers } from "isonet/websocket";
import { makeAddress, nodeOf, wellKnown } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { websocketProtocol, type SocketEvent, type SocketHead } from "../../wire/http-messages.ts";
import { headersOf } from "../http/headers.ts";

export type Connection = {
  readonly handlers: SocketHandlers;
  head: SocketHead | undefined;
};

export const connections = new Map<number, Connection>();
/** Batches of connections that nobody has accepted here, by id: one each. */
const waiting = new Map<number, () => void>();
const host = makeAddress(nodeOf(self()), wellKnown.http);

// When the library is imported: a connection may come before anything is said of it here.
listenToHost();

function listenToHost(): void {
  registerProtocol(websocketProtocol);
  dispatch(websocketProtocol.name, (session, source, id: number, events: SocketEvent[]) => {
    if (source !== host) {
      throw new CodedError("NOT_PERMITTED", "only the host tells of connections");
    }
    if (session === 0) return givenUp(id, events);
    const reply = response();
    return handle(id, events).finally(() => reply(true));
  });
}

export function begin(id: number, handlers: SocketHandlers): void {
  connections.set(id, { handlers, head: undefined });
  const go = waiting.get(id);
  waiting.delete(id);
  go?.();
}

/** The host has given a connection up that may not have begun here. */
async function givenUp(id: number, events: readonly SocketEvent[]): Promise<void> {
  const go = waiting.get(id);
  waiting.delete(id);
  go?.();
  if (connections.has(id)) await handle(id, events);
}

async function handle(id: number, events: readonly SocketEvent[]): Promise<void> {
  if (!connections.has(id)) await new Promise<void>((resolve) => void waiting.set(id, resolve));
  const connection = connections.get(id);
  if (connection === undefined) return;
  const failures: unknown[] = [];
  for (const event of events) {
    try {
      await happened(id, connection, event);
    } catch (error) {
      failures.push(error);
      send(".http", "lua", "close", id, 1011, "");
    }
  }
  // The log tells of it, with its place; the others of this batch have been handled all the same.
  if (failures.length > 0) throw failures[0];
}

// hot: bench websocket-echo
async function happened(id: number, connection: Connection, event: SocketEvent): Promise<void> {
  const { handlers } = connection;
  switch (event[0]) {
    case "message":
      await handlers.message?.(id, event[1], typeof event[1] === "string" ? "text" : "binary");
      break;
    case "open":
      connection.head = event[1];
      await handlers.connect?.(id);
      await handlers.handshake?.(id, headersOf(event[1].headers), event[1].url);
      break;
    case "ping":
      await handlers.ping?.(id, event[1]);
      break;
    case "pong":
      await handlers.pong?.(id, event[1]);
      break;
    case "warning":
      await handlers.warning?.(id, event[1]);
      break;
    case "error":
      await handlers.error?.(id, event[1]);
      break;
    case "close":
      connections.delete(id);
      await handlers.close?.(id, event[1], event[2]);
      break;
  }
}
