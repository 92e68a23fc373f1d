// Sockets: the WebSocket connections of services, accepted and opened.
// Shard 0. Part of the host service .http; the library isonet/websocket is at the other end.
// Invariant: what a peer sends goes to the connection's owner in its order, one batch at a time,
// and the peer is not read while its bytes wait; what its owner sends waits up to a bound.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { CodedError } from "../../../wire/coded-error.ts";
import {
  httpProtocol,
  websocketProtocol,
  type DialOrder,
  type RequestHead,
  type SocketEvent,
} from "../../../wire/http-messages.ts";
import { limits } from "../../../wire/limits.ts";
import { admit } from "./admission.ts";
import { closing, readAnswer, statusOf } from "./answer-head.ts";
import type { HttpPowers, Link, Upgrade } from "./http-powers.ts";
import { readDial, type ServeTerms } from "./http-orders.ts";
import { SocketFeed } from "./socket-feed.ts";

const reasonBytesMax = 123; // of a close frame
const goneEvents: readonly SocketEvent[] = [
  ["error", "the peer has gone during the handshake"],
  ["close", 1006, ""],
];

export class Sockets {
  readonly #isonet: typeof Isonet;
  readonly #powers: HttpPowers;
  readonly #nextId: () => number;
  readonly #feeds = new Map<number, SocketFeed>();
  /** Connections that services have opened, those under way among them. */
  readonly #dialled = new Map<Address, number>();

  constructor(isonet: typeof Isonet, powers: HttpPowers, nextId: () => number) {
    this.#isonet = isonet;
    this.#powers = powers;
    this.#nextId = nextId;
  }

  get count(): number {
    return this.#feeds.size;
  }

  /** Asks the service that serves whether it wants the connection. */
  async upgrade(upgrade: Upgrade, terms: ServeTerms, owner: Address): Promise<void> {
    const { refusal } = upgrade;
    if (refusal !== undefined) {
      upgrade.refuse({ status: refusal, headers: [] }, "");
      return;
    }
    const id = this.#nextId();
    const { method, url, headers, peer, isSecure } = upgrade.head;
    const { key, requestMs } = terms;
    const head = { id, key, method, url, headers, peer, isSecure, isUpgrade: true };
    upgrade.onAbort = () => this.#isonet.send(owner, httpProtocol.name, "abort", id);
    try {
      const request: RequestHead = { ...head, body: undefined };
      const to = { to: owner, timeoutMs: requestMs };
      const given: unknown = await this.#isonet.call(to, httpProtocol.name, "request", request);
      const answer = readAnswer(given, 101);
      if (answer.status !== 101) {
        const { status, body = "" } = answer;
        upgrade.refuse({ status, headers: withoutConnection(answer.headers) }, body);
        return;
      }
      const link = await upgrade.accept(answer.protocol ?? "");
      const handler = (answer.to ?? owner) as Address;
      if (link === undefined) {
        this.#isonet.send(handler, websocketProtocol.name, id, goneEvents);
        return;
      }
      const { protocol } = link;
      this.#begin(id, link, { owner: handler, terms }).begin([
        "open",
        { url, headers, peer, protocol },
      ]);
    } catch (error) {
      this.#isonet.send(owner, websocketProtocol.name, id, goneEvents);
      this.#powers.log(owner, `a WebSocket of ${peer} is refused: ${(error as Error).message}`);
      upgrade.refuse({ status: statusOf(error), headers: [] }, "");
    }
  }

  async dial(owner: Address, order: DialOrder): Promise<number> {
    const terms = readDial(order);
    const { url } = terms;
    admit(this.#powers.rights, owner, url);
    const count = this.#dialled.get(owner) ?? 0;
    if (count >= limits.httpFetchesMax) {
      const text = `the service has opened ${count} WebSocket connections (httpFetchesMax)`;
      throw new CodedError("HTTP_LIMIT", text);
    }
    this.#dialled.set(owner, count + 1);
    let link: Link;
    try {
      link = await this.#powers.dial(url.href, terms);
    } catch (error) {
      this.#hungUp(owner);
      throw error;
    }
    if (!this.#dialled.has(owner)) {
      link.destroy("its service has ended");
      throw new CodedError("ADDRESS_DEAD", "the service has ended while it was connecting");
    }
    const id = this.#nextId();
    const feed = this.#begin(id, link, { owner, terms, onEnd: () => this.#hungUp(owner) });
    feed.begin(["open", { url: url.href, headers: [], peer: url.host, protocol: link.protocol }]);
    return id;
  }

  #hungUp(owner: Address): void {
    const count = this.#dialled.get(owner) ?? 0;
    if (count > 1) this.#dialled.set(owner, count - 1);
    else this.#dialled.delete(owner);
  }

  #begin(
    id: number,
    link: Link,
    parts: {
      readonly owner: Address;
      readonly terms: { readonly waitingBytesMax: number };
      readonly onEnd?: () => void;
    },
  ): SocketFeed {
    const { owner, terms, onEnd } = parts;
    const feed = new SocketFeed(this.#isonet, link, {
      id,
      owner,
      waitingBytesMax: terms.waitingBytesMax,
      after: this.#powers.after,
      onEnd: () => {
        this.#feeds.delete(id);
        onEnd?.();
      },
    });
    this.#feeds.set(id, feed);
    return feed;
  }

  /** Trusted services may use every connection, others only their own; undefined: it has ended. */
  #usable(source: Address | undefined, id: unknown, what: string): SocketFeed | undefined {
    const feed = typeof id === "number" ? this.#feeds.get(id) : undefined;
    if (feed !== undefined && feed.owner !== source) {
      this.#powers.rights.refuseUntrusted(
        source,
        `${what} connection ${String(id)}: it is not its own`,
      );
    }
    return feed;
  }

  write(source: Address | undefined, id: unknown, data: unknown): void {
    const feed = this.#usable(source, id, "write to");
    if (typeof data === "string" || data instanceof Uint8Array) feed?.write(data);
  }

  ping(source: Address | undefined, id: unknown, data: unknown): void {
    const feed = this.#usable(source, id, "ping");
    if (data instanceof Uint8Array && data.length <= 125) feed?.link.ping(data);
  }

  close(
    source: Address | undefined,
    id: unknown,
    { code, reason }: { code: unknown; reason: unknown },
  ): void {
    const feed = this.#usable(source, id, "close");
    if (feed === undefined) return;
    const isReason = typeof reason === "string" && Buffer.byteLength(reason) <= reasonBytesMax;
    if (!isCloseCode(code) || !isReason) {
      const text = `a close has a code, 1000 or 3000 to 4999, and ${reasonBytesMax} bytes at most`;
      throw new CodedError("ARGUMENT_INVALID", text);
    }
    feed.link.close(Number(code), reason);
  }

  drained(source: Address | undefined, id: unknown): Promise<void> {
    return this.#usable(source, id, "wait for")?.drained() ?? Promise.resolve();
  }

  handOver(source: Address | undefined, id: unknown, to: unknown): void {
    const feed = this.#usable(source, id, "hand over");
    if (feed === undefined) return;
    if (typeof to !== "number" || !this.#powers.isAlive(to as Address)) {
      throw new CodedError(
        "ADDRESS_DEAD",
        `connection ${String(id)} is handed to a service that has ended`,
      );
    }
    feed.handOver(to as Address);
  }

  ended(owner: Address): void {
    this.#dialled.delete(owner);
    for (const feed of this.#feeds.values()) if (feed.owner === owner) feed.abandon();
  }

  closeAll(): void {
    for (const { link } of this.#feeds.values()) link.destroy("the host is shutting down");
  }
}

/** Codes that may be sent; 1011: the service failed. */
function isCloseCode(code: unknown): boolean {
  if (code === 1000 || code === 1011) return true;
  return typeof code === "number" && Number.isInteger(code) && code >= 3000 && code < 5000;
}

function withoutConnection(headers: readonly string[]): string[] {
  return headers.filter((_, at) => headers[at - (at % 2)] !== closing[0]);
}
