// Channel: requests over one connection, which is made anew when it has broken (reference §5.2).
// Guest: part of the library "isonet/socketchannel".
// Invariant: one attempt to connect at a time; whoever needs the connection meanwhile waits for it.

import { error as logError, sleep } from "isonet";
import * as socket from "isonet/socket";
import type { SocketData } from "isonet/socket";
import type * as Contract from "isonet/socketchannel";
import { CodedError } from "../../wire/coded-error.ts";
import { broken, Link } from "./link.ts";

type Response = Contract.OrderedResponse | number | string;
type Place = { readonly host: string; readonly port: number | undefined };

const ticksPerTry = 100; // each wait before another attempt is a second longer
const waitTicksMax = 1000;
const authRoundsMax = 16; // an `auth` that changes the host each time

export class SocketChannel implements Contract.Channel {
  readonly #options: Contract.ChannelOptions;
  #place: Place;
  #backup: readonly Contract.ChannelHost[];
  #link: Link | undefined;
  /** The link is connected, and `auth` has not returned. */
  #isAuthorising = false;
  #isClosed = false;
  /** The attempt that is under way: what has come in its way, if anything. */
  #connecting: Promise<CodedError | undefined> | undefined;

  constructor(options: Contract.ChannelOptions) {
    this.#options = options;
    this.#place = placeOf(options.host, options.port);
    this.#backup = options.backup ?? [];
  }

  async connect(once = false): Promise<void> {
    this.#isClosed = false;
    await this.#connected({ once });
  }

  async request(
    data: SocketData,
    response?: Response,
    padding?: readonly SocketData[],
  ): Promise<unknown> {
    const link = this.#ready() ?? (await this.#connected({ once: true }));
    return this.#send(link, data, response, padding);
  }

  #send(
    link: Link,
    data: SocketData,
    response: Response | undefined,
    padding: readonly SocketData[] | undefined,
  ): Promise<unknown> | undefined {
    if (!link.write(data, padding)) {
      link.end();
      throw broken(this.#where);
    }
    return response === undefined ? undefined : link.answer(response);
  }

  async response(response: Response): Promise<unknown> {
    const link = this.#ready() ?? (await this.#connected({ once: false }));
    return link.answer(response);
  }

  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  changeHost(host: string, port?: number): void {
    this.#place = placeOf(host, port);
    if (!this.#isClosed) this.#drop();
  }

  changeBackup(backup: readonly Contract.ChannelHost[]): void {
    this.#backup = backup;
  }

  #drop(): void {
    this.#link?.end();
    this.#link = undefined;
  }

  get #where(): string {
    const { host, port } = this.#place;
    return port === undefined ? host : `${host}:${port}`;
  }

  /** The link, when it can be used at once. */
  #ready(): Link | undefined {
    if (this.#link === undefined || this.#isAuthorising) return undefined;
    if (this.#link.isOpen) return this.#link;
    this.#drop();
    return undefined;
  }

  async #connected({ once }: { readonly once: boolean }): Promise<Link> {
    for (;;) {
      if (this.#isClosed) throw this.#closed();
      this.#connecting ??= this.#attempt(once);
      const error = (await this.#connecting) ?? broken(this.#where);
      const link = this.#ready();
      if (link !== undefined) return link;
      // Whoever tries once only may have failed, and this one goes on.
      if (once && !this.#isClosed) throw error;
    }
  }

  #closed(): CodedError {
    return new CodedError("CHANNEL_CLOSED", `the channel to ${this.#where} is closed: connect it`);
  }

  async #attempt(once: boolean): Promise<CodedError | undefined> {
    try {
      return await this.#try(once);
    } finally {
      this.#connecting = undefined;
    }
  }

  async #try(once: boolean): Promise<CodedError | undefined> {
    if (this.#ready() !== undefined) return undefined;
    let ticks = 0;
    while (!this.#isClosed) {
      const error = await this.#connectOnce();
      if (error === undefined) {
        if (!once) logError(`socket: connect to ${this.#where}`);
        return undefined;
      }
      if (once) return error;
      logError(`socket: connect ${textOf(error)}`);
      const isLast = ticks > waitTicksMax;
      if (isLast) logError(`socket: try to reconnect ${this.#where}`);
      await sleep(ticks);
      ticks = (isLast ? 0 : ticks) + ticksPerTry;
    }
    return this.#closed();
  }

  /** Tries each host; what came in the way of the last one. */
  async #connectOnce(): Promise<CodedError | undefined> {
    const tried = new Set<string>();
    let error: CodedError | undefined;
    let again = 0;
    for (;;) {
      // Looked up each time: `auth` may have changed them.
      const [place] = this.#places(tried);
      if (place === undefined) return error ?? broken(this.#where, "auth drops the connection");
      tried.add(keyOf(place));
      error = await this.#connectTo(place);
      if (this.#isClosed) return this.#closed();
      if (error !== undefined) continue;
      if (this.#ready() !== undefined) return undefined;
      // `auth` has changed the host, or closed and connected: from the start.
      if (again++ < authRoundsMax) tried.clear();
    }
  }

  /** Hosts that are still to be tried. */
  #places(tried: ReadonlySet<string>): Place[] {
    const places = new Map<string, Place>();
    places.set(keyOf(this.#place), this.#place);
    for (const each of this.#backup) {
      const place = placeOf(each, this.#place.port);
      places.set(keyOf(place), place);
    }
    return [...places].filter(([key]) => !tried.has(key)).map(([, place]) => place);
  }

  async #connectTo(place: Place): Promise<CodedError | undefined> {
    const { tls, auth, noDelay, response, overload, timeoutMs = 0 } = this.#options;
    try {
      const id = await this.#open(place, tls);
      if (this.#isClosed) {
        await socket.close(id);
        return this.#closed();
      }
      this.#place = place;
      if (noDelay === false) socket.noDelay(id, false);
      const link = new Link(id, { where: this.#where, response, timeoutMs, overload });
      this.#link = link;
      return auth === undefined ? undefined : await this.#authorise(link, auth);
    } catch (error) {
      return broken(`${place.host}:${place.port ?? ""}`, textOf(error));
    }
  }

  #open({ host, port }: Place, tls: Contract.ChannelOptions["tls"]): Promise<number> {
    const options = tls === undefined ? {} : { tls };
    return port === undefined ? socket.open(host, options) : socket.open(host, port, options);
  }

  async #authorise(
    link: Link,
    auth: (channel: Contract.Channel) => unknown,
  ): Promise<CodedError | undefined> {
    this.#isAuthorising = true;
    try {
      await auth(this.#viewFor(link));
      return undefined;
    } catch (error) {
      this.#drop();
      if (error instanceof CodedError && error.code === "CHANNEL_BROKEN") return error;
      logError(`socket: auth failed ${textOf(error)}`);
      return broken(this.#where, `auth failed: ${textOf(error)}`);
    } finally {
      this.#isAuthorising = false;
    }
  }

  /** The channel as `auth` sees it: its requests do not wait for `auth` to be over. */
  #viewFor(link: Link): Contract.Channel {
    return {
      connect: async () => {},
      request: async (data, response, padding) => this.#send(link, data, response, padding),
      response: (response) => link.answer(response),
      close: () => this.close(),
      changeHost: (host, port) => this.changeHost(host, port),
      changeBackup: (backup) => this.changeBackup(backup),
    };
  }
}

/** "host:port" has its own; any other text is a host, with the port that is given. */
function placeOf(given: Contract.ChannelHost, port: number | undefined): Place {
  if (typeof given !== "string") return { port, ...given };
  if (given.startsWith("unix:")) return { host: given, port: undefined };
  const match = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(given);
  if (match === null) return { host: given, port };
  const [, v6, plain, digits] = match;
  return { host: v6 ?? plain ?? "", port: Number(digits) };
}

function keyOf({ host, port }: Place): string {
  return `${host} ${port ?? ""}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
