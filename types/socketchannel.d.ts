// The library "isonet/socketchannel": requests and responses over one connection that is made anew
// when it breaks (skynet.socketchannel; reference §5.2).
//
// Order mode: responses come in the order of the requests, and each request says how its response
// is read. Session mode: each response names its request, and the channel says how one is read.
//
// A connection that breaks fails every request that waits for its response with CHANNEL_BROKEN,
// whose text begins with "[Error: socket]"; nothing is sent again by itself. The next request
// connects anew, once: it fails when that does. `connect` alone tries for ever.

import type { OpenOptions, SocketData } from "isonet/socket";

/** What responses are read from. Each fails with CHANNEL_BROKEN when the stream ends before. */
export interface ChannelSocket {
  /** Exactly `count` bytes; without a number whatever has come in. */
  read(count?: number): Promise<Uint8Array>;
  /** The text before the separator, by default "\n". */
  readLine(separator?: string): Promise<string>;
  /** The bytes before it. */
  readUntil(separator?: string | Uint8Array): Promise<Uint8Array>;
}

/**
 * Reads one response: whether it is good, and the result. `ok` false fails the request with the
 * result as its error, and the connection goes on. `more`: this is a part, and the function is
 * called again; the request resolves with the list of all parts. When the function throws, the
 * connection is closed, and every request that waits fails with what it has thrown.
 */
export type OrderedResponse = (
  socket: ChannelSocket,
) => Promise<readonly [ok: boolean, result?: unknown, more?: boolean]>;

/** As OrderedResponse, with the request's session in front; undefined closes the connection. */
export type SessionResponse = (
  socket: ChannelSocket,
) => Promise<
  readonly [session: number | string | undefined, ok?: boolean, result?: unknown, more?: boolean]
>;

/** Another host to try: "host", with the port of the channel, "host:port", or both parts. */
export type ChannelHost = string | { readonly host: string; readonly port?: number };

/** How a channel connects, and how it reads. */
export interface ChannelOptions {
  /** "host:port", or a host, with `port`. */
  readonly host: string;
  readonly port?: number;
  /**
   * Runs after each connect, before requests of others go on. It uses the channel that it is given,
   * whose requests do not wait. When it throws, the next host is tried; when it closes the channel
   * or changes its host, the channel connects again.
   */
  readonly auth?: (channel: Channel) => unknown;
  /** Session mode: how each response is read. */
  readonly response?: SessionResponse;
  /** Default true. */
  readonly noDelay?: boolean;
  /** Hosts that are tried after the first, in their order. */
  readonly backup?: readonly ChannelHost[];
  /** True when 1 MiB waits to be sent, false when all is sent again; else a line is logged. */
  readonly overload?: (isOverloaded: boolean) => unknown;
  /**
   * Milliseconds a request waits for its response; then it fails with CALL_TIMEOUT, and in order
   * mode the connection with it. Default 0: for ever, as Skynet does.
   */
  readonly timeoutMs?: number;
  readonly tls?: OpenOptions["tls"];
}

/** A channel; made by `channel`. */
export interface Channel {
  /**
   * Connects, and resolves when it is connected and authorised. Without `once` it tries for ever,
   * with waits of 0, 1, 2 … 11 seconds and on from 1; with it a failure is CHANNEL_BROKEN. Opens a
   * channel again that was closed.
   */
  connect(once?: boolean): Promise<void>;
  /**
   * Sends a request and resolves with its response: its result, or the list of its parts.
   * `response` is how it is read in order mode, the session in session mode; without one nothing is
   * waited for.
   * With `padding`, a list of further blocks, everything is sent at low priority, block by block.
   * Fails with CHANNEL_BROKEN, CHANNEL_CLOSED after `close`, CALL_TIMEOUT, and what the response
   * says. (channel:request)
   */
  request(
    data: SocketData,
    response?: OrderedResponse | number | string,
    padding?: readonly SocketData[],
  ): Promise<any>;
  /** Waits for a response to nothing: to a subscription. Connects for ever. (channel:response) */
  response(response: OrderedResponse | number | string): Promise<any>;
  /** Closes it: requests that wait fail with CHANNEL_BROKEN. Until `connect` it stays closed. */
  close(): void;
  /** Another first host; drops the connection. (channel:changehost) */
  changeHost(host: string, port?: number): void;
  /** Other hosts to try after the first. (channel:changebackup) */
  changeBackup(backup: readonly ChannelHost[]): void;
}

/** Makes a channel; it connects with its first request, or by `connect`. (socketchannel.channel) */
export function channel(options: ChannelOptions): Channel;
