// HTTP: the host service ".http": servers, requests and WebSocket connections for services.
// Shard 0. Called by the libraries isonet/http and isonet/websocket; the sockets are src/net's.
// Invariant: what a service has opened ends with it, whatever way that goes; untrusted services
// open nothing that their launch does not allow.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import {
  httpProtocol,
  websocketProtocol,
  type DialOrder,
  type FetchOrder,
  type HttpCommands,
  type ListenOrder,
} from "../../../wire/http-messages.ts";
import { Fetches } from "./fetches.ts";
import type { HttpPowers } from "./http-powers.ts";
import { Servers } from "./servers.ts";
import { Serving } from "./serving.ts";
import { Sockets } from "./sockets.ts";

export class Http {
  readonly #isonet: typeof Isonet;
  readonly #powers: HttpPowers;
  readonly #serving: Serving;
  readonly #servers: Servers;
  readonly #fetches: Fetches;
  readonly #sockets: Sockets;
  /** Of requests, streams and connections alike: a stale number means nothing else. */
  #lastId = 0;

  constructor(isonet: typeof Isonet, powers: HttpPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
    const nextId = (): number => ++this.#lastId;
    this.#serving = new Serving(isonet, powers.log, nextId);
    this.#sockets = new Sockets(isonet, powers, nextId);
    this.#servers = new Servers(powers, this.#serving, this.#sockets);
    this.#fetches = new Fetches(powers, nextId);
    isonet.registerProtocol(httpProtocol);
    isonet.registerProtocol(websocketProtocol);
    isonet.commands(this.#commands());
    isonet.infoFunc(() => this.#info());
  }

  #commands(): { [K in keyof HttpCommands]: (...args: never[]) => unknown } {
    const { rights } = this.#powers;
    return {
      listen: (order: ListenOrder) => this.#servers.listen(this.#caller, order),
      closeServer: (server: number) => this.#servers.close(this.#source, server),
      readBody: (request: number) => this.#serving.readBody(this.#source, request),
      fetch: (order: FetchOrder) => this.#fetches.fetch(this.#caller, order),
      readStream: (stream: number) => this.#fetches.readStream(this.#source, stream),
      dropStream: (stream: number) => this.#fetches.dropStream(this.#source, stream),
      dial: (order: DialOrder) => this.#sockets.dial(this.#caller, order),
      write: (socket: number, data: unknown) => this.#sockets.write(this.#source, socket, data),
      ping: (socket: number, data: unknown) => this.#sockets.ping(this.#source, socket, data),
      close: (socket: number, code: unknown, reason: unknown) =>
        this.#sockets.close(this.#source, socket, { code, reason }),
      drained: (socket: number) => this.#sockets.drained(this.#source, socket),
      handOver: (socket: number, to: unknown) => this.#sockets.handOver(this.#source, socket, to),
      info: () => {
        rights.refuseUntrusted(this.#source, "look at the servers");
        return this.#info();
      },
    };
  }

  /** A service's life has ended: it may begin another at its address. */
  ended(address: Address): void {
    this.#servers.ended(address);
    this.#sockets.ended(address);
    this.#fetches.ended(address);
  }

  /** The host stops. */
  close(): void {
    this.#servers.closeAll();
    this.#sockets.closeAll();
    this.#fetches.closeAll();
  }

  get #source(): Address | undefined {
    return this.#isonet.context()?.source;
  }

  get #caller(): Address {
    return this.#source ?? this.#isonet.self();
  }

  #info(): Record<string, string> {
    const lines = [...this.#servers.lines()].map(([at, owner, count]) => [
      at,
      `${this.#isonet.address(owner)} ${count}`,
    ]);
    const counts = {
      served: this.#serving.count,
      asked: this.#fetches.count,
      sockets: this.#sockets.count,
    };
    const text = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
    return Object.fromEntries([...lines, ["requests", text.join(", ")]]) as Record<string, string>;
  }
}
