// HTTP client: one request to another server, and its answer in pieces.
// Main thread. A power of the host service .http; node:http and node:https do the talking.
// Invariant: every request ends: with an answer, an error, or its time; the body is read only as it
// is asked for, and nothing is kept of a connection when its answer has been read or dropped.

import { request as plainRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { request as secureRequest } from "node:https";
import { CodedError } from "../../wire/coded-error.ts";

export type FetchOptions = {
  readonly method: string;
  /** Of scheme http or https. */
  readonly url: string;
  /** Names and values, by turns. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | string | undefined;
  readonly headerBytesMax: number;
  /** Until the head of the answer has come, and then for each piece of its body. */
  readonly timeoutMs: number;
  /** PEM; undefined: the system's authorities. */
  readonly ca: string | undefined;
  readonly isVerified: boolean;
};

/** Sends the request and resolves with the head of its answer. Fails with HTTP_…. */
export function fetchHttp(options: FetchOptions): { answer: Promise<HttpReply>; abort(): void } {
  const { promise, resolve, reject } = Promise.withResolvers<HttpReply>();
  const { url, timeoutMs } = options;
  let request: ClientRequest | undefined;
  const late = setTimeout(() => {
    fail(new CodedError("HTTP_TIMEOUT", `${url} has not answered within ${timeoutMs} ms`));
  }, timeoutMs);
  const fail = (error: CodedError): void => {
    clearTimeout(late);
    reject(error);
    request?.destroy();
  };
  try {
    request = begin(options);
    request.once("response", (response) => {
      clearTimeout(late);
      resolve(new HttpReply(response, options));
    });
    request.on("error", (error: NodeJS.ErrnoException) => fail(faultOf(url, error)));
    // A server that switches protocols unasked has not answered.
    request.once("upgrade", () =>
      fail(new CodedError("HTTP_INVALID", `${url} switches to another protocol unasked`)),
    );
    request.end(options.body);
  } catch (error) {
    fail(new CodedError("ARGUMENT_INVALID", `${url}: ${(error as Error).message}`));
  }
  const abort = (): void =>
    fail(new CodedError("HTTP_UNREACHABLE", `the request to ${url} was given up`));
  return { answer: promise, abort };
}

function begin({ url, method, headers, headerBytesMax, ca, isVerified, body }: FetchOptions) {
  const target = new URL(url);
  const isSecure = target.protocol === "https:";
  const names = new Set(headers.filter((_, index) => index % 2 === 0));
  const added = names.has("host") ? [] : ["host", target.host];
  if (!names.has("transfer-encoding") && !names.has("content-length")) {
    const bytes = body === undefined ? 0 : Buffer.byteLength(body);
    added.push("content-length", `${bytes}`); // also without a body (reference §5.5)
  }
  const options = {
    method,
    headers: [...headers, ...added, ...(names.has("connection") ? [] : ["connection", "close"])],
    agent: false as const,
    maxHeaderSize: headerBytesMax,
  };
  if (!isSecure) return plainRequest(target, options);
  const trust = { rejectUnauthorized: isVerified, ...(ca === undefined ? {} : { ca }) };
  return secureRequest(target, { ...options, ...trust });
}

function faultOf(url: string, error: NodeJS.ErrnoException): CodedError {
  const text = `${url}: ${error.message || String(error.code)}`;
  if (error.code === "HPE_HEADER_OVERFLOW") {
    return new CodedError("HTTP_TOO_LARGE", `${text} (headerBytesMax)`);
  }
  const isNonsense = error.code?.startsWith("HPE_") === true;
  return new CodedError(isNonsense ? "HTTP_INVALID" : "HTTP_UNREACHABLE", text);
}

export class HttpReply {
  readonly status: number;
  /** Names in lower case and values, by turns. */
  readonly headers: readonly string[];
  readonly #response: IncomingMessage;
  readonly #url: string;
  readonly #timeoutMs: number;
  #fault: CodedError | undefined;

  constructor(response: IncomingMessage, { url, timeoutMs }: FetchOptions) {
    this.status = response.statusCode ?? 0;
    this.headers = response.rawHeaders.map((text, index) =>
      index % 2 === 0 ? text.toLowerCase() : text,
    );
    this.#response = response;
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    response.on("error", (error) => {
      this.#fault ??= faultOf(url, error);
    });
  }

  /**
   * The next bytes of the body; undefined at its end. One at a time. Fails with HTTP_UNREACHABLE,
   * HTTP_TIMEOUT, HTTP_INVALID.
   */
  async read(): Promise<Uint8Array | undefined> {
    const response = this.#response;
    for (;;) {
      const piece = response.read() as Buffer | null;
      if (piece !== null) return piece;
      if (this.#fault !== undefined) throw this.#fault;
      if (response.readableEnded) return undefined;
      if (response.destroyed) {
        throw new CodedError(
          "HTTP_UNREACHABLE",
          `${this.#url} broke off in the middle of its body`,
        );
      }
      if (!(await this.#readable())) {
        this.#fault = new CodedError(
          "HTTP_TIMEOUT",
          `${this.#url} has sent nothing more of its body for ${this.#timeoutMs} ms`,
        );
        response.destroy();
      }
    }
  }

  /** Nobody wants the rest. */
  drop(): void {
    this.#response.destroy();
  }

  #readable(): Promise<boolean> {
    const response = this.#response;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const names = ["readable", "end", "close", "error"];
    const settle = (isThere: boolean): void => {
      clearTimeout(late);
      for (const name of names) response.off(name, there);
      resolve(isThere);
    };
    const there = (): void => settle(true);
    const late = setTimeout(() => settle(false), this.#timeoutMs);
    for (const name of names) response.on(name, there);
    return promise;
  }
}
