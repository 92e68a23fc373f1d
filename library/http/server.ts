// Server: the HTTP servers of this service: hands each request to its handler, and the answer back.
// Guest: part of the library "isonet/http"; spoken to by the host service .http and nobody else.
// Invariant: every request is answered, by its handler or for it; no text of an error leaves.

import { call, dispatch, registerProtocol, response, self, send } from "isonet";
import type { HttpHandler, HttpResponse, HttpServer, HttpServerOptions } from "isonet/http";
import { makeAddress, nodeOf, wellKnown } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import {
  httpProtocol,
  type Answer,
  type Listening,
  type RequestHead,
} from "../../wire/http-messages.ts";
import { sendable } from "./body.ts";
import { listOf } from "./headers.ts";
import { Request } from "./request.ts";
import { dropStream, nextPiece, openStream } from "./streams.ts";

const handlers = new Map<number, HttpHandler>();
const open = new Map<number, Request>();
let lastKey = 0;
let host = 0;

export async function serve(options: HttpServerOptions, handler: HttpHandler): Promise<HttpServer> {
  if (typeof handler !== "function") {
    throw new CodedError("ARGUMENT_INVALID", "serve needs a function that handles requests");
  }
  listenToHost();
  const key = ++lastKey;
  handlers.set(key, handler);
  try {
    const opened: unknown = await call(".http", "lua", "listen", { ...options, key });
    const { server, host: at, port } = opened as Listening;
    const close = (): void => {
      send(".http", "lua", "closeServer", server);
    };
    return { host: at, port, close };
  } catch (error) {
    handlers.delete(key);
    throw error;
  }
}

function listenToHost(): void {
  if (host !== 0) return;
  host = makeAddress(nodeOf(self()), wellKnown.http);
  registerProtocol(httpProtocol);
  dispatch(httpProtocol.name, (_session, source, what: string, value: unknown) => {
    if (source !== host) {
      throw new CodedError("NOT_PERMITTED", "only the host hands out requests");
    }
    if (what === "request") return handle(value as RequestHead);
    if (what === "piece") return give(() => nextPiece(value as number));
    if (what === "drop") return dropStream(value as number);
    open.get(value as number)?.abort();
    return undefined;
  });
}

function handle(head: RequestHead): Promise<void> {
  const request = new Request(head);
  open.set(head.id, request);
  return give(async () => {
    try {
      return answerOf(await handlers.get(head.key)?.(request));
    } finally {
      open.delete(head.id);
    }
  });
}

/** Replies with what `make` gives. What it throws is the peer's 500, and the log's. */
async function give(make: () => Promise<unknown>): Promise<void> {
  const reply = response();
  let value: unknown;
  try {
    value = await make();
  } catch (error) {
    reply(false, error);
    throw error;
  }
  reply(true, value);
}

/** What `upgrade` of isonet/websocket adds to an answer. */
type Upgrading = Pick<Answer, "to" | "protocol">;

function answerOf(given: (HttpResponse & Upgrading) | undefined): Answer {
  if (given === undefined) {
    return { status: 404, headers: ["content-type", "text/plain"], body: "not found\n" };
  }
  const { status = 200, to, protocol } = given;
  const { type, body, length } = sendable(given.body);
  const headers = listOf(given.headers, type);
  if (typeof body === "string" || body instanceof Uint8Array) {
    return { status, headers, body, to, protocol };
  }
  return { status, headers, stream: openStream(body), length };
}
