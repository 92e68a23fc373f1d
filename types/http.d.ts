// The library "isonet/http": HTTP servers and requests of services. The host does the talking
// (its service ".http"); the ways of httpd, httpc and url are Skynet's, with promises.
// An untrusted service needs `allow.net` in its launch for each address (CAPABILITY_MISSING).

/** One value, or a list where a name is repeated. Names are in lower case. */
export interface HttpHeaders {
  readonly [name: string]: string | readonly string[] | undefined;
}

/** What `parseQuery` gives: a value for each name, a list where it is repeated. */
export interface Query {
  readonly [name: string]: string | readonly string[] | undefined;
}

/** A server's address and bounds. Whatever is over a bound is answered with a status. */
export interface HttpServerOptions {
  /** Default "127.0.0.1"; "0.0.0.0" or "::" for every address of the machine. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** PEM texts: the server speaks HTTPS then, and wss. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Head of a request, 256 to 1,048,576; default 8,192. Beyond it: 413. */
  readonly headerBytesMax?: number;
  /** Body of a request, default 1 MiB. Beyond it: 413, whether the body has been read or not. */
  readonly bodyBytesMax?: number;
  /** Milliseconds for the handler to answer, and for each piece it streams; default 30,000. 504. */
  readonly requestMs?: number;
  /** Milliseconds for a request to come in, head and body; default 60,000. Beyond it: 408. */
  readonly receiveMs?: number;
  /** Milliseconds of silence after which a connection is closed; default 60,000. */
  readonly idleMs?: number;
  /** Default 4,096; more are closed at once. */
  readonly connectionsMax?: number;
  /** Bounds of the connections that `upgrade` of isonet/websocket makes. */
  readonly websocket?: {
    /** One message of a peer, default 262,144: beyond it the connection is closed (1009). */
    readonly messageBytesMax?: number;
    /** What waits for a peer that reads slowly, default 4 MiB: beyond it it is cut off. */
    readonly waitingBytesMax?: number;
  };
}

/** An open server. */
export interface HttpServer {
  readonly host: string;
  /** The real one. */
  readonly port: number;
  /** Frees the port at once; answers under way have a second. */
  close(): void;
}

/** A request as its handler gets it. */
export interface HttpRequest {
  /** Of this host, used once; also the connection's when it becomes a WebSocket. */
  readonly id: number;
  readonly method: string;
  /** As the peer has sent it. */
  readonly url: string;
  /** Without the query, decoded. */
  readonly path: string;
  readonly query: Query;
  readonly headers: HttpHeaders;
  /** "127.0.0.1:40112"; behind a proxy, the proxy's. */
  readonly peer: string;
  /** It came over TLS. */
  readonly isSecure: boolean;
  /**
   * It asks for a WebSocket: answer with `upgrade` of isonet/websocket, or refuse with a status.
   */
  readonly isUpgrade: boolean;
  /** The peer has gone: nobody gets the answer. */
  readonly isAborted: boolean;
  /** Called at most once, when the peer goes; at once when it has gone. */
  onAbort(handler: () => void): void;
  /**
   * The body in pieces as they come: the peer is held back while one is handled. Once, in place of
   * `bytes`. Fails with HTTP_TOO_LARGE, HTTP_UNREACHABLE (the peer has gone).
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body; asked again, the same. Fails as `body`. */
  bytes(): Promise<Uint8Array>;
  /** The body in UTF-8. */
  text(): Promise<string>;
  /** Fails with a SyntaxError, too: then the answer is 500 unless the handler catches it. */
  json(): Promise<any>;
  /** The body as a form (application/x-www-form-urlencoded). */
  form(): Promise<Query>;
}

/** A header's value, or several under one name. */
export interface HttpHeadersInit {
  readonly [name: string]: string | number | readonly string[] | undefined;
}

/** What a handler answers. */
export interface HttpResponse {
  /** 200 to 999, default 200. */
  readonly status?: number;
  readonly headers?: HttpHeadersInit;
  /**
   * A text (default type text/plain), bytes, or pieces that are asked for as the peer takes them;
   * anything else is sent as JSON. Pieces of a stream are texts or bytes; leaving it half-way, as a
   * `finally` sees it, is the peer's doing.
   */
  readonly body?: unknown;
}

/**
 * Handles a request. Handlers of several requests run at the same time; those of one connection in
 * the order of its requests. Undefined is answered with 404; what it throws with 500 and a line in
 * the log, nothing of it goes to the peer.
 */
export type HttpHandler = (
  request: HttpRequest,
) => HttpResponse | undefined | Promise<HttpResponse | undefined>;

/**
 * Opens a server and resolves when it accepts. It closes when this service ends, and requests that
 * it has not answered are then answered with 503. A server of this service on the same host and
 * port is replaced. (httpd, with the loop around it)
 * Fails with PORT_IN_USE, ARGUMENT_INVALID, HTTP_LIMIT (64 servers on a host), CAPABILITY_MISSING.
 */
export function serve(options: HttpServerOptions, handler: HttpHandler): Promise<HttpServer>;

/** What a request to another server carries, and its bounds. */
export interface HttpRequestOptions {
  readonly headers?: HttpHeadersInit;
  /** A text or bytes; anything else is sent as JSON. */
  readonly body?: unknown;
  /** Milliseconds until the head of the answer, and for each piece of its body; default 30,000. */
  readonly timeoutMs?: number;
  /** Body of the answer, up to 8 MiB; default 1 MiB. Not of a stream. */
  readonly bodyBytesMax?: number;
  /** Redirects that are followed, up to 20; default 0: the answer is the redirect. */
  readonly redirects?: number;
  /** PEM: authorities in place of the system's. */
  readonly ca?: string;
  /** True: the certificate is not looked at. */
  readonly insecure?: boolean;
}

/** An answer with its whole body. */
export interface HttpReply {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Of the last request, when redirects were followed. */
  readonly url: string;
  readonly body: Uint8Array;
  text(): string;
  json(): any;
}

/** An answer whose body is read as it comes. */
export interface HttpStream extends AsyncIterable<Uint8Array> {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly url: string;
  /** The next bytes; undefined at the end. Fails with HTTP_UNREACHABLE, HTTP_TIMEOUT. */
  read(): Promise<Uint8Array | undefined>;
  /** Gives the rest up. Leaving the loop does the same. */
  close(): void;
}

/**
 * Sends a request over a connection of its own and resolves with the answer, whatever its status.
 * Certificates are verified. (httpc.request)
 * Fails with HTTP_UNREACHABLE, HTTP_TIMEOUT, HTTP_TOO_LARGE, HTTP_INVALID (the answer is not HTTP),
 * HTTP_LIMIT (1,024 requests and streams of one service), ARGUMENT_INVALID, CAPABILITY_MISSING (for
 * each redirect as well).
 */
export function request(
  method: string,
  url: string,
  options?: HttpRequestOptions,
): Promise<HttpReply>;
/** request("GET"). (httpc.get) */
export function get(url: string, options?: HttpRequestOptions): Promise<HttpReply>;
/** Sends a form, urlencoded. (httpc.post) */
export function post(
  url: string,
  form: { readonly [name: string]: string | number | readonly string[] },
  options?: HttpRequestOptions,
): Promise<HttpReply>;
/** request("HEAD"). (httpc.head) */
export function head(url: string, options?: HttpRequestOptions): Promise<HttpReply>;
/** As request; resolves when the head of the answer has come. (httpc.request_stream) */
export function requestStream(
  method: string,
  url: string,
  options?: HttpRequestOptions,
): Promise<HttpStream>;

/** Path, decoded, and query, as it is, of the URL of a request. Never fails. (url.parse) */
export function parseUrl(url: string): { readonly path: string; readonly query: string };
/** Never fails: what is no escape stands for itself. (url.parse_query) */
export function parseQuery(query: string): Query;
/** The reverse: "a=1&b=x%20y". */
export function formatQuery(form: {
  readonly [name: string]: string | number | readonly string[];
}): string;
