// Servers: the HTTP servers of services, by their ports and owners.
// Shard 0. Part of the host service .http; requests go to serving.ts, connections to sockets.ts.
// Invariant: a server lives no longer than its owner's life; its port is free at once when that
// ends.

import type { Address } from "isonet";
import { CodedError } from "../../../wire/coded-error.ts";
import type { Listening, ListenOrder } from "../../../wire/http-messages.ts";
import { limits } from "../../../wire/limits.ts";
import { readListen, type ServeTerms } from "./http-orders.ts";
import type { HttpPowers, OpenServer } from "./http-powers.ts";
import type { Serving } from "./serving.ts";
import type { Sockets } from "./sockets.ts";

type Entry = { readonly owner: Address; readonly server: OpenServer; readonly terms: ServeTerms };
type Opening = { readonly owner: Address; isOver: boolean };

/** For what is under way when a server closes. */
const lastAnswersMs = 1000;

export class Servers {
  readonly #powers: HttpPowers;
  readonly #serving: Serving;
  readonly #sockets: Sockets;
  readonly #entries = new Map<number, Entry>();
  readonly #openings = new Set<Opening>();
  #lastId = 0;

  constructor(powers: HttpPowers, serving: Serving, sockets: Sockets) {
    this.#powers = powers;
    this.#serving = serving;
    this.#sockets = sockets;
  }

  async listen(owner: Address, order: ListenOrder): Promise<Listening> {
    const terms = readListen(order);
    this.#powers.rights.checkNet(owner, "listen", terms.host, terms.port);
    if (this.#entries.size + this.#openings.size >= limits.httpServersMax) {
      throw new CodedError(
        "HTTP_LIMIT",
        `the host has ${limits.httpServersMax} HTTP servers (httpServersMax)`,
      );
    }
    this.#takeOver(owner, terms);
    const opening: Opening = { owner, isOver: false };
    this.#openings.add(opening);
    try {
      const server = await this.#open(owner, terms);
      if (opening.isOver) {
        server.destroy();
        throw new CodedError("ADDRESS_DEAD", "the service has ended before its server was open");
      }
      const id = ++this.#lastId;
      this.#entries.set(id, { owner, server, terms });
      return { server: id, host: server.host, port: server.port };
    } finally {
      this.#openings.delete(opening);
    }
  }

  /** A service that was started anew in its place serves again where it has served. */
  #takeOver(owner: Address, { host, port }: ServeTerms): void {
    for (const [id, entry] of this.#entries) {
      const { terms, server } = entry;
      const isSame = port !== 0 && server.port === port && terms.host === host;
      if (isSame && entry.owner === owner) this.#close(id, entry);
    }
  }

  #open(owner: Address, terms: ServeTerms): Promise<OpenServer> {
    const { key, requestMs } = terms;
    const served = { owner, key, requestMs };
    return this.#powers.listen({
      ...terms,
      onExchange: (exchange) => void this.#serving.handle(exchange, served),
      onUpgrade: (upgrade) => void this.#sockets.upgrade(upgrade, terms, owner),
    });
  }

  close(owner: Address | undefined, id: number): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined && entry.owner === owner) this.#close(id, entry);
  }

  ended(owner: Address): void {
    for (const opening of this.#openings) if (opening.owner === owner) opening.isOver = true;
    for (const [id, entry] of this.#entries) if (entry.owner === owner) this.#close(id, entry);
  }

  closeAll(): void {
    for (const [id, { server }] of this.#entries) {
      this.#entries.delete(id);
      server.destroy();
    }
  }

  /** A line for each server. */
  *lines(): Generator<[string, Address, string]> {
    for (const { owner, server, terms } of this.#entries.values()) {
      const scheme = terms.tls === undefined ? "http" : "https";
      const count = `${server.connections()} of ${terms.connectionsMax} connections`;
      yield [`${scheme}://${server.host}:${server.port}`, owner, count];
    }
  }

  #close(id: number, { server }: Entry): void {
    this.#entries.delete(id);
    server.close();
    this.#powers.after(lastAnswersMs, () => server.destroy());
  }
}
