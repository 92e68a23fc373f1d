// HTTP messages: what the libraries isonet/http and isonet/websocket and the host service .http say
// to each other.
// Neutral: host and guest. Spoken by library/ and services/host/http/.
// Invariant: a header list is names in lower case and values, by turns, in their order.

/** Kinds of messages that .http sends to services: the libraries register them. */
export const httpProtocol = { name: "isonet-http", id: 254 } as const;
export const websocketProtocol = { name: "isonet-websocket", id: 255 } as const;

export type ListenOrder = {
  /** The caller's own number for its server. */
  readonly key: number;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly tls?: unknown;
  readonly headerBytesMax?: unknown;
  readonly bodyBytesMax?: unknown;
  readonly requestMs?: unknown;
  readonly receiveMs?: unknown;
  readonly idleMs?: unknown;
  readonly connectionsMax?: unknown;
  readonly websocket?: unknown;
};

export type Listening = { readonly server: number; readonly host: string; readonly port: number };

/** A request, as the service that serves gets it. */
export type RequestHead = {
  readonly id: number;
  /** The service's own number for its server. */
  readonly key: number;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly peer: string;
  readonly isSecure: boolean;
  /** It asks for a WebSocket. */
  readonly isUpgrade: boolean;
  /** The whole body; undefined: it is asked for in pieces. */
  readonly body: Uint8Array | undefined;
};

/** What the service answers. */
export type Answer = {
  readonly status: number;
  readonly headers: readonly string[];
  /** The whole body; undefined: `stream` names one whose pieces are asked for. */
  readonly body?: string | Uint8Array | undefined;
  readonly stream?: number | undefined;
  /** Bytes of the stream, when they are known. */
  readonly length?: number | undefined;
  /** Of an answer 101: who handles the connection; undefined: the service itself. */
  readonly to?: number | undefined;
  readonly protocol?: string | undefined;
};

export type FetchOrder = {
  readonly method?: unknown;
  readonly url?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly timeoutMs?: unknown;
  readonly bodyBytesMax?: unknown;
  readonly redirects?: unknown;
  readonly ca?: unknown;
  readonly insecure?: unknown;
  readonly isStream?: unknown;
};

export type Fetched = {
  readonly status: number;
  readonly headers: readonly string[];
  readonly url: string;
  readonly body: Uint8Array | undefined;
  /** Of a stream: its pieces are asked for with it. */
  readonly stream: number | undefined;
};

export type DialOrder = {
  readonly url?: unknown;
  readonly headers?: unknown;
  readonly protocols?: unknown;
  readonly timeoutMs?: unknown;
  readonly messageBytesMax?: unknown;
  readonly waitingBytesMax?: unknown;
  readonly ca?: unknown;
  readonly insecure?: unknown;
};

/** What happened on a connection, for whoever handles it. */
export type SocketEvent =
  | readonly ["open", head: SocketHead]
  | readonly ["message", data: string | Uint8Array]
  | readonly ["ping", data: Uint8Array]
  | readonly ["pong", data: Uint8Array]
  /** Kibibytes that wait for the peer; 0: none any more. */
  | readonly ["warning", kibibytes: number]
  | readonly ["error", text: string]
  | readonly ["close", code: number, reason: string];

export type SocketHead = {
  readonly url: string;
  readonly headers: readonly string[];
  readonly peer: string;
  readonly protocol: string;
};

export type HttpCommands = {
  /** Fails with PORT_IN_USE, ARGUMENT_INVALID, HTTP_LIMIT, CAPABILITY_MISSING. */
  listen(order: ListenOrder): Promise<Listening>;
  closeServer(server: number): void;
  /** The next bytes of a request's body; undefined at its end. Fails with HTTP_…. */
  readBody(request: number): Promise<Uint8Array | undefined>;
  /** Fails with HTTP_…, ARGUMENT_INVALID, CAPABILITY_MISSING. */
  fetch(order: FetchOrder): Promise<Fetched>;
  readStream(stream: number): Promise<Uint8Array | undefined>;
  dropStream(stream: number): void;
  /** Fails as fetch. */
  dial(order: DialOrder): Promise<number>;
  write(socket: number, data: string | Uint8Array): void;
  ping(socket: number, data: Uint8Array): void;
  close(socket: number, code: number, reason: string): void;
  /** Resolves when little waits for the peer of a connection, or it has ended. */
  drained(socket: number): Promise<void>;
  handOver(socket: number, to: number): void;
  /** A line for each server, and how many requests and connections there are. */
  info(): Record<string, string>;
};
