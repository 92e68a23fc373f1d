// Request: one request that this service handles.
// Guest: part of the library "isonet/http"; made by server.ts.
// Invariant: the body is asked for from the host as it is read, and by one reader.

import { call } from "isonet";
import { joinBytes, textOf } from "isonet/bytes";
import type { HttpHeaders, HttpRequest, Query } from "isonet/http";
import { CodedError } from "../../wire/coded-error.ts";
import type { RequestHead } from "../../wire/http-messages.ts";
import { headersOf } from "./headers.ts";
import { parseQuery, parseUrl } from "./url.ts";

export class Request implements HttpRequest {
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly peer: string;
  readonly isSecure: boolean;
  readonly isUpgrade: boolean;
  isAborted = false;
  readonly #queryText: string;
  readonly #headerList: readonly string[];
  readonly #inline: Uint8Array | undefined;
  #headers: HttpHeaders | undefined;
  #query: Query | undefined;
  #bytes: Promise<Uint8Array> | undefined;
  #isRead = false;
  #onAbort: (() => void) | undefined;

  constructor({ id, method, url, headers, peer, isSecure, isUpgrade, body }: RequestHead) {
    const { path, query } = parseUrl(url);
    this.id = id;
    this.method = method;
    this.url = url;
    this.path = path;
    this.peer = peer;
    this.isSecure = isSecure;
    this.isUpgrade = isUpgrade;
    this.#queryText = query;
    this.#headerList = headers;
    this.#inline = isUpgrade ? new Uint8Array() : body;
  }

  get headers(): HttpHeaders {
    this.#headers ??= headersOf(this.#headerList);
    return this.#headers;
  }

  get query(): Query {
    this.#query ??= parseQuery(this.#queryText);
    return this.#query;
  }

  onAbort(handler: () => void): void {
    if (this.isAborted) handler();
    else this.#onAbort = handler;
  }

  abort(): void {
    this.isAborted = true;
    const handler = this.#onAbort;
    this.#onAbort = undefined;
    handler?.();
  }

  get body(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => this.#pieces() };
  }

  async *#pieces(): AsyncGenerator<Uint8Array, undefined> {
    if (this.#isRead) {
      throw new CodedError("ARGUMENT_INVALID", "the body of a request is read once");
    }
    this.#isRead = true;
    if (this.#inline !== undefined) {
      if (this.#inline.length > 0) yield this.#inline;
      return;
    }
    for (;;) {
      const piece: unknown = await call(".http", "lua", "readBody", this.id);
      if (!(piece instanceof Uint8Array)) return;
      yield piece;
    }
  }

  bytes(): Promise<Uint8Array> {
    this.#bytes ??= this.#whole();
    return this.#bytes;
  }

  async #whole(): Promise<Uint8Array> {
    if (this.#inline !== undefined && !this.#isRead) {
      this.#isRead = true;
      return this.#inline;
    }
    const pieces: Uint8Array[] = [];
    for await (const piece of this.body) pieces.push(piece);
    return joinBytes(pieces);
  }

  async text(): Promise<string> {
    return textOf(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown;
  }

  async form(): Promise<Query> {
    return parseQuery(await this.text());
  }
}
