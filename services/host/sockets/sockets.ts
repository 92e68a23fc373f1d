// Sockets: the host service ".socket": opens sockets for services, takes their orders, and brings
// them their events (reference §5.0).
// Shard 0. Called through the library isonet/socket; its events leave once a round.
// Invariant: a socket's owner lives: when a service ends, its sockets end with it, those that are
// being opened too.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { formatAddress } from "../../../wire/address.ts";
import { CodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import {
  type BindOptions,
  type DialOptions,
  type SocketCommands,
  type SocketFigures,
} from "../../../wire/socket-protocol.ts";
import { DatagramEntry } from "./datagram-entry.ts";
import { ForwardRoute, type ForwardedFrame } from "./forward-route.ts";
import { ListenerEntry } from "./listener-entry.ts";
import type { NetPowers } from "./net-powers.ts";
import type { OwnedSocket, Shelf } from "./owned-socket.ts";
import {
  readBindOptions,
  readDialOptions,
  readHost,
  readId,
  readPort,
  readTarget,
} from "./socket-arguments.ts";
import { SocketOrders } from "./socket-orders.ts";
import { SocketOwner } from "./socket-owner.ts";
import { SocketTable } from "./socket-table.ts";
import { StreamEntry } from "./stream-entry.ts";

/** What services may do: caller-rights.ts. */
export type SocketRights = {
  readonly isTrusted: (source: Address | undefined) => boolean;
  /** Fails with CAPABILITY_MISSING. */
  readonly checkNet: (
    source: Address | undefined,
    way: "connect" | "listen",
    host: string,
    port?: number,
  ) => void;
  readonly noteRefusal: (source: Address) => void;
};

export type SocketsPowers = {
  readonly net: NetPowers;
  readonly rights: SocketRights;
  readonly isAlive: (address: Address) => boolean;
  /** Sends a message with events; false: later, for the way there is congested. */
  readonly deliver: (owner: Address, events: readonly unknown[]) => boolean;
  /** Sends a frame as a message of kind "client"; false: as `deliver`. */
  readonly deliverFrame: (to: Address, frame: ForwardedFrame) => boolean;
  /** Messages that may wait for the service. */
  readonly mailboxMaxOf: (address: Address) => number;
  /** Has `flush` called when what the event loop brings in this round is there. */
  readonly wake: () => void;
};

const endMsMax = 2000;
const retryMs = 5; // a way that is congested

export class Sockets {
  readonly #isonet: typeof Isonet;
  readonly #powers: SocketsPowers;
  readonly #table = new SocketTable();
  readonly #orders: SocketOrders;
  readonly #owners = new Map<Address, SocketOwner>();
  readonly #routes = new Map<Address, ForwardRoute>();
  /** Owners with events, and routes with frames. */
  #toFlush = new Set<SocketOwner | ForwardRoute>();
  readonly #shelf: Shelf;
  /** The next flush is on its way. */
  #isWoken = false;
  #isRetrying = false;
  readonly #onWaiting = (waiting: SocketOwner | ForwardRoute): void => {
    this.#toFlush.add(waiting);
    this.#wake();
  };

  constructor(isonet: typeof Isonet, powers: SocketsPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
    this.#shelf = {
      remove: (socket) => this.#table.remove(socket),
      nowTick: () => isonet.now(),
    };
    const orders = new SocketOrders({
      table: this.#table,
      rights: powers.rights,
      ownerOf: (address) => this.#owners.get(address) ?? this.#newOwner(address),
      routeTo: (address) => this.#routeTo(address),
    });
    this.#orders = orders;
    isonet.registerProtocol({
      name: "socket",
      id: MessageKind.socket,
      dispatch: (_session, source, ...values: unknown[]) => orders.take(source, values),
    });
    isonet.commands(this.#commands());
  }

  #commands() {
    const source = (): Address => this.#isonet.context()?.source as Address;
    const commands: { [K in keyof SocketCommands]: (...args: never[]) => unknown } = {
      open: (host: unknown, port: unknown, options: unknown) =>
        this.#open(source(), readTarget(host, port), readDialOptions(options)),
      listen: (host: unknown, port: unknown, options: unknown) =>
        this.#listen(source(), [readHost(host), readPort(port)], readBindOptions(options)),
      start: (id: unknown) => this.#start(source(), readId(id)),
      udp: (host: unknown, port: unknown, isV6: unknown) =>
        this.#udp(source(), {
          host: host === undefined ? undefined : readHost(host),
          port: readPort(port),
          isV6: isV6 === true,
        }),
      udpConnect: (id: unknown, host: unknown, port: unknown) =>
        this.#udpConnect(source(), readId(id), ...readTarget(host, port)),
      resolve: (host: unknown) => this.#resolve(source(), readHost(host)),
      netstat: () => this.netstat(source()),
    };
    const own = {
      ended: (address: Address) => {
        if (source() === this.#isonet.self())
          this.#end(this.#owners.get(address), this.#routes.get(address));
      },
    };
    return { ...commands, ...own };
  }

  /** Sends what there is; what cannot be sent yet stays for the next call. */
  flush(): void {
    if (this.#toFlush.size === 0) return;
    const waiting = this.#toFlush;
    this.#toFlush = new Set();
    this.#isWoken = false;
    for (const each of waiting) if (!each.flush()) this.#toFlush.add(each);
    if (this.#toFlush.size > 0) this.#retry();
  }

  /** Whoever is congested says nothing when he no longer is. */
  #retry(): void {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    this.#powers.net.clock.after(retryMs, () => {
      this.#isRetrying = false;
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#isWoken || this.#toFlush.size === 0) return;
    this.#isWoken = true;
    this.#powers.wake();
  }

  /**
   * A service has ended, also one that is restarted. Its last orders may still be in the mailbox
   * here: the news goes behind them.
   */
  ended(address: Address): void {
    const owner = this.#owners.get(address);
    const route = this.#routes.get(address);
    if (owner === undefined && route === undefined) return;
    this.#isonet.send(this.#isonet.self(), "lua", "ended", address);
    // Were the mailbox full, its sockets would stay for ever.
    this.#powers.net.clock.after(endMsMax, () => this.#end(owner, route));
  }

  #end(owner: SocketOwner | undefined, route: ForwardRoute | undefined): void {
    if (owner !== undefined) {
      if (this.#owners.get(owner.address) === owner) this.#owners.delete(owner.address);
      if (!owner.isEnded) owner.end();
    }
    if (route === undefined) return;
    if (this.#routes.get(route.address) === route) this.#routes.delete(route.address);
    if (!route.isEnded) route.end();
  }

  /** Where frames for an agent go; undefined: it has ended. */
  #routeTo(address: Address): ForwardRoute | undefined {
    const known = this.#routes.get(address);
    if (known !== undefined) return known;
    const { deliverFrame, isAlive, mailboxMaxOf } = this.#powers;
    if (!isAlive(address)) return undefined;
    const route = new ForwardRoute(address, {
      deliver: deliverFrame,
      onWaiting: this.#onWaiting,
      reached: (to) => this.#isonet.call({ to, timeoutMs: 0 }, "debug", "PING"),
      framesMax: Math.min(limits.forwardFramesMax, Math.ceil(mailboxMaxOf(address) / 2)),
    });
    this.#routes.set(address, route);
    return route;
  }

  /** The host stops. */
  stop(): void {
    for (const socket of this.#table.all()) socket.destroy();
    for (const owner of this.#owners.values()) this.#end(owner, undefined);
  }

  /** Of the sockets that the service may know of; of all without one. */
  netstat(source?: Address): SocketFigures[] {
    const seesAll = source === undefined || this.#powers.rights.isTrusted(source);
    const sockets = seesAll
      ? this.#table.all()
      : (this.#owners.get(source)?.sockets ?? new Set<OwnedSocket>());
    const rows: SocketFigures[] = [];
    for (const socket of sockets) {
      rows.push(socket.figures());
      if (rows.length === limits.netstatRowsMax) break;
    }
    return rows;
  }

  /** Fails with ADDRESS_DEAD. */
  #owner(address: Address): SocketOwner {
    const owner = this.#owners.get(address) ?? this.#newOwner(address);
    if (owner !== undefined) return owner;
    throw new CodedError("ADDRESS_DEAD", `service ${formatAddress(address)} has ended`);
  }

  #newOwner(address: Address): SocketOwner | undefined {
    const { rights, deliver, isAlive } = this.#powers;
    if (!isAlive(address)) return undefined;
    const socketsMax = rights.isTrusted(address)
      ? limits.socketsPerServiceMax
      : limits.untrustedSocketsMax;
    const owner = new SocketOwner(address, socketsMax, { deliver, onEvents: this.#onWaiting });
    this.#owners.set(address, owner);
    return owner;
  }

  async #open(
    source: Address,
    [host, port]: [string, number],
    { timeoutMs = limits.connectMs, tls }: DialOptions,
  ): Promise<number> {
    const { net, rights } = this.#powers;
    rights.checkNet(source, "connect", host, port);
    const owner = this.#owner(source);
    this.#table.checkRoom(owner);
    const leave = owner.expect();
    try {
      const stream = await net.dial({ host, port, timeoutMs, tls });
      if (owner.isEnded) {
        stream.destroy();
        throw new CodedError("ADDRESS_DEAD", "the service has ended");
      }
      const id = this.#table.nextId();
      const entry = this.#table.add(new StreamEntry(id, owner, stream, this.#shelf));
      // Whoever asked may have given up: then nobody knows of it.
      entry.onSettled = net.clock.after(limits.socketStartMs, () => entry.destroy());
      return entry.id;
    } finally {
      leave();
    }
  }

  async #listen(
    source: Address,
    [host, port]: [string, number],
    { backlog = limits.socketBacklog, tls, frames, limits: addresses }: BindOptions,
  ): Promise<[number, string, number]> {
    const { net, rights } = this.#powers;
    rights.checkNet(source, "listen", host, port);
    const owner = this.#owner(source);
    this.#table.checkRoom(owner);
    const id = this.#table.nextId();
    const entry = this.#table.add(new ListenerEntry(id, owner, this.#table, this.#shelf));
    try {
      const listener = await net.listen({
        host,
        port,
        backlog,
        tls,
        frames,
        limits: addresses,
        onConnection: (stream) => entry.onConnection(stream),
        onError: (text) => entry.onError(text),
      });
      entry.opened(listener);
      return [entry.id, listener.host, listener.port];
    } catch (error) {
      this.#table.remove(entry);
      throw error;
    }
  }

  async #udp(source: Address, at: Parameters<NetPowers["datagrams"]>[0]): Promise<number> {
    const { net, rights } = this.#powers;
    const { host, port } = at;
    if (host !== undefined) rights.checkNet(source, "listen", host, port);
    const owner = this.#owner(source);
    this.#table.checkRoom(owner);
    const leave = owner.expect();
    try {
      const socket = await net.datagrams(at);
      if (owner.isEnded) {
        socket.close();
        throw new CodedError("ADDRESS_DEAD", "the service has ended");
      }
      const id = this.#table.nextId();
      return this.#table.add(new DatagramEntry(id, owner, socket, this.#shelf)).id;
    } finally {
      leave();
    }
  }

  async #udpConnect(source: Address, id: number, host: string, port: number): Promise<void> {
    const { net, rights } = this.#powers;
    rights.checkNet(source, "connect", host, port);
    const socket = this.#table.get(id);
    if (!(socket instanceof DatagramEntry) || socket.owner.address !== source) {
      throw new CodedError("SOCKET_CLOSED", `this service has no UDP socket ${id}`);
    }
    const [address = host] = await net.resolve(host);
    socket.setTarget(address, port);
  }

  #resolve(source: Address, host: string): Promise<string[]> {
    this.#powers.rights.checkNet(source, "connect", host);
    return this.#powers.net.resolve(host);
  }

  #start(source: Address, id: number): void {
    const socket = this.#table.get(id);
    if (socket === undefined) throw closed(id);
    if (!this.#orders.may(source, socket)) {
      throw new CodedError("NOT_PERMITTED", `socket ${id} is another service's`);
    }
    const owner = this.#owner(source);
    if (socket.owner !== owner) this.#table.checkRoom(owner);
    if (!socket.start(owner)) throw closed(id);
  }
}

function closed(id: number): CodedError {
  return new CodedError("SOCKET_CLOSED", `socket ${id} is closed`);
}
