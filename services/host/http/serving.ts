// Serving: the requests of HTTP servers, on their way to the services that serve and back.
// Shard 0. Fed by servers.ts; the library isonet/http answers. Part of the host service .http.
// Invariant: every request ends: with the service's answer, with a status, or with its connection;
// of a body, either way, one piece at a time is in memory.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { CodedError } from "../../../wire/coded-error.ts";
import { httpProtocol, type Answer, type RequestHead } from "../../../wire/http-messages.ts";
import { limits } from "../../../wire/limits.ts";
import { closing, readAnswer, statusOf } from "./answer-head.ts";
import type { Exchange, HttpPowers } from "./http-powers.ts";

export type Served = {
  readonly owner: Address;
  readonly key: number;
  readonly requestMs: number;
};

type ServedRequest = { readonly owner: Address; readonly exchange: Exchange; isReading: boolean };

export class Serving {
  readonly #isonet: typeof Isonet;
  readonly #log: HttpPowers["log"];
  readonly #nextId: () => number;
  readonly #requests = new Map<number, ServedRequest>();

  constructor(isonet: typeof Isonet, log: HttpPowers["log"], nextId: () => number) {
    this.#isonet = isonet;
    this.#log = log;
    this.#nextId = nextId;
  }

  get count(): number {
    return this.#requests.size;
  }

  // hot: bench http-hello
  async handle(exchange: Exchange, served: Served): Promise<void> {
    const { owner } = served;
    if (exchange.isTooLarge) {
      exchange.answer({ status: 413, headers: closing }, "");
      return;
    }
    const id = this.#nextId();
    this.#requests.set(id, { owner, exchange, isReading: false });
    try {
      const body = await wholeBody(exchange);
      exchange.onAbort = () => this.#isonet.send(owner, httpProtocol.name, "abort", id);
      const answer = readAnswer(
        await this.#ask(served, requestHead(id, served, exchange, body)),
        200,
      );
      if (exchange.isTooLarge) exchange.answer({ status: 413, headers: closing }, "");
      else await this.#respond(exchange, answer, served);
    } catch (error) {
      this.#failed(exchange, error, served);
    } finally {
      this.#requests.delete(id);
    }
  }

  /** The next bytes of a request's body. */
  async readBody(source: Address | undefined, id: number): Promise<Uint8Array | undefined> {
    const request = this.#requests.get(id);
    if (request === undefined || request.owner !== source) {
      throw new CodedError("HTTP_UNREACHABLE", `request ${id} is over: its body cannot be read`);
    }
    if (request.isReading) {
      throw new CodedError("ARGUMENT_INVALID", `the body of request ${id} is being read already`);
    }
    request.isReading = true;
    try {
      return await request.exchange.read();
    } finally {
      request.isReading = false;
    }
  }

  async #ask({ owner, requestMs }: Served, head: RequestHead): Promise<unknown> {
    const to = { to: owner, timeoutMs: requestMs };
    return (await this.#isonet.call(to, httpProtocol.name, "request", head)) as unknown;
  }

  async #respond(exchange: Exchange, answer: Answer, served: Served): Promise<void> {
    const { status, headers, body, stream, length } = answer;
    if (stream === undefined) {
      exchange.answer({ status, headers }, body ?? "");
      return;
    }
    try {
      exchange.begin({ status, headers }, length);
      if (exchange.isBodyWanted) await this.#pump(exchange, answer, served);
      exchange.finish();
    } finally {
      this.#isonet.send(served.owner, httpProtocol.name, "drop", stream);
    }
  }

  /** Asks for a piece when the peer has taken the one before. */
  async #pump(exchange: Exchange, { stream, length }: Answer, served: Served): Promise<void> {
    const to = { to: served.owner, timeoutMs: served.requestMs };
    let bytes = 0;
    while (exchange.isOpen) {
      const piece: unknown = await this.#isonet.call(to, httpProtocol.name, "piece", stream);
      if (piece === undefined) {
        if (length === undefined || bytes === length) return;
        throw new CodedError(
          "ARGUMENT_INVALID",
          `a stream has ended after ${bytes} of ${length} bytes`,
        );
      }
      if (!(piece instanceof Uint8Array)) {
        throw new CodedError("ARGUMENT_INVALID", "a piece of a stream is no bytes");
      }
      bytes += piece.length;
      if (length !== undefined && bytes > length) {
        throw new CodedError("ARGUMENT_INVALID", `a stream is longer than its ${length} bytes`);
      }
      if (piece.length > 0) await exchange.write(piece);
    }
  }

  #failed(exchange: Exchange, error: unknown, { owner }: Served): void {
    const { method, url, peer } = exchange.head;
    if (exchange.isOpen && !isPeers(error)) {
      const text = error instanceof Error ? error.message : String(error);
      this.#log(owner, `${method} ${url.slice(0, 200)} from ${peer} is not answered: ${text}`);
    }
    const status = exchange.isTooLarge ? 413 : statusOf(error);
    // An answer that has begun cannot be taken back: its end tells that it is not whole.
    if (!exchange.answer({ status, headers: closing }, "")) exchange.abort();
  }
}

function isPeers(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "HTTP_UNREACHABLE" || code === "HTTP_TOO_LARGE";
}

function requestHead(
  id: number,
  { key }: Served,
  { head }: Exchange,
  body: Uint8Array | undefined,
): RequestHead {
  const { method, url, headers, peer, isSecure } = head;
  return { id, key, method, url, headers, peer, isSecure, isUpgrade: false, body };
}

const noBytes = new Uint8Array();

/** A small body goes with its request; a larger one, or one of unknown length, is asked for. */
async function wholeBody(exchange: Exchange): Promise<Uint8Array | undefined> {
  const { bodyLength } = exchange;
  if (bodyLength === 0) return noBytes;
  if (bodyLength === undefined || bodyLength > limits.httpPieceBytes) return undefined;
  const body = new Uint8Array(bodyLength);
  let at = 0;
  for (;;) {
    const piece = await exchange.read();
    if (piece === undefined) return body;
    body.set(piece, at);
    at += piece.length;
  }
}
