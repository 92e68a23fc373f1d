// Fetches: the requests of services to other servers, and the answers that are read in pieces.
// Shard 0. Part of the host service .http.
// Invariant: a service has a bounded number of requests and streams; they end with it.

import type { Address } from "isonet";
import { CodedError } from "../../../wire/coded-error.ts";
import type { Fetched, FetchOrder } from "../../../wire/http-messages.ts";
import { limits } from "../../../wire/limits.ts";
import { admit } from "./admission.ts";
import { readFetch, type FetchTerms } from "./http-orders.ts";
import type { HttpPowers, Reply } from "./http-powers.ts";

type Running = { abort: () => void };
type Stream = {
  readonly owner: Address;
  readonly reply: Reply;
  readonly running: Running;
  isReading: boolean;
};

const redirecting = new Set([301, 302, 303, 307, 308]);

export class Fetches {
  readonly #powers: HttpPowers;
  readonly #nextId: () => number;
  readonly #running = new Map<Address, Set<Running>>();
  readonly #streams = new Map<number, Stream>();

  constructor(powers: HttpPowers, nextId: () => number) {
    this.#powers = powers;
    this.#nextId = nextId;
  }

  get count(): number {
    let count = 0;
    for (const running of this.#running.values()) count += running.size;
    return count;
  }

  async fetch(owner: Address, order: FetchOrder): Promise<Fetched> {
    const terms = readFetch(order);
    const running: Running = { abort: () => {} };
    this.#start(owner, running);
    let isKept = false;
    try {
      const { reply, url } = await this.#follow(owner, terms, running);
      running.abort = () => reply.drop();
      const { status, headers } = reply;
      if (terms.isStream) {
        const stream = this.#nextId();
        this.#streams.set(stream, { owner, reply, running, isReading: false });
        running.abort = () => this.dropStream(owner, stream);
        isKept = true;
        return { status, headers, url, body: undefined, stream };
      }
      return { status, headers, url, body: await whole(reply, terms), stream: undefined };
    } finally {
      if (!isKept) this.#end(owner, running);
    }
  }

  #start(owner: Address, running: Running): void {
    const all = this.#running.get(owner) ?? new Set();
    if (all.size >= limits.httpFetchesMax) {
      const text = `the service has ${all.size} requests and streams open (httpFetchesMax)`;
      throw new CodedError("HTTP_LIMIT", text);
    }
    all.add(running);
    this.#running.set(owner, all);
  }

  #end(owner: Address, running: Running): void {
    const all = this.#running.get(owner);
    all?.delete(running);
    if (all?.size === 0) this.#running.delete(owner);
  }

  /** Asks where an answer sends it, as often as the order allows. */
  async #follow(owner: Address, terms: FetchTerms, running: Running) {
    let { url, method, body, headers } = terms;
    for (let left = terms.redirects; ; left--) {
      admit(this.#powers.rights, owner, new URL(url));
      const asked = this.#powers.fetch({ ...terms, url, method, body, headers });
      running.abort = () => asked.abort();
      const reply = await asked.answer;
      const location = redirecting.has(reply.status) ? headerOf(reply, "location") : undefined;
      if (location === undefined || left === 0) return { reply, url };
      reply.drop();
      const next = URL.parse(location, url);
      if (next === null || !/^https?:$/.test(next.protocol)) {
        throw new CodedError("HTTP_INVALID", `${url} redirects to ${location.slice(0, 200)}`);
      }
      const isGet = reply.status === 303 || (reply.status < 303 && method === "POST");
      if (isGet && method !== "HEAD") [method, body] = ["GET", undefined];
      // What proves who asks is for the server that it was meant for.
      if (next.origin !== new URL(url).origin) headers = withoutSecrets(headers);
      url = next.href;
    }
  }

  async readStream(source: Address | undefined, id: number): Promise<Uint8Array | undefined> {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.owner !== source) {
      throw new CodedError("HTTP_UNREACHABLE", `the stream ${id} has been read or dropped`);
    }
    if (stream.isReading) {
      throw new CodedError("ARGUMENT_INVALID", `the stream ${id} is being read already`);
    }
    stream.isReading = true;
    try {
      const piece = await stream.reply.read();
      if (piece === undefined) this.dropStream(source, id);
      return piece;
    } catch (error) {
      this.dropStream(source, id);
      throw error;
    } finally {
      stream.isReading = false;
    }
  }

  dropStream(source: Address | undefined, id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.owner !== source) return;
    this.#streams.delete(id);
    stream.reply.drop();
    this.#end(stream.owner, stream.running);
  }

  ended(owner: Address): void {
    for (const running of this.#running.get(owner) ?? []) running.abort();
    this.#running.delete(owner);
  }

  closeAll(): void {
    for (const owner of this.#running.keys()) this.ended(owner);
  }
}

async function whole(reply: Reply, { url, bodyBytesMax }: FetchTerms): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const piece = await reply.read();
    if (piece === undefined) return Buffer.concat(pieces);
    bytes += piece.length;
    if (bytes > bodyBytesMax) {
      reply.drop();
      const text = `the answer of ${url} is over ${bodyBytesMax} bytes (bodyBytesMax)`;
      throw new CodedError("HTTP_TOO_LARGE", text);
    }
    pieces.push(piece);
  }
}

function headerOf({ headers }: Reply, name: string): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text === name);
  return at < 0 ? undefined : headers[at + 1];
}

const secrets = new Set(["authorization", "cookie", "proxy-authorization", "host"]);

function withoutSecrets(headers: readonly string[]): string[] {
  return headers.filter((_, at) => !secrets.has(headers[at - (at % 2)] ?? ""));
}
