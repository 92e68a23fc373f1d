// Client: requests of this service to other servers.
// Guest: part of the library "isonet/http"; the host service .http sends them.
// Invariant: what is not read of a stream is given up when its loop is left.

import { call, send } from "isonet";
import { textOf } from "isonet/bytes";
import type { HttpReply, HttpRequestOptions, HttpStream } from "isonet/http";
import { CodedError } from "../../wire/coded-error.ts";
import type { Fetched } from "../../wire/http-messages.ts";
import { isStream } from "./body.ts";
import { headersOf, listOf } from "./headers.ts";
import { formatQuery } from "./url.ts";

export async function request(
  method: string,
  url: string,
  options: HttpRequestOptions = {},
): Promise<HttpReply> {
  const { status, headers, url: last, body } = await fetchHttp(method, url, options, false);
  const bytes = body ?? new Uint8Array();
  return {
    status,
    headers: headersOf(headers),
    url: last,
    body: bytes,
    text: () => textOf(bytes),
    json: () => JSON.parse(textOf(bytes)) as unknown,
  };
}

export function get(url: string, options?: HttpRequestOptions): Promise<HttpReply> {
  return request("GET", url, options);
}

export function head(url: string, options?: HttpRequestOptions): Promise<HttpReply> {
  return request("HEAD", url, options);
}

export function post(
  url: string,
  form: { readonly [name: string]: string | number | readonly string[] },
  options: HttpRequestOptions = {},
): Promise<HttpReply> {
  const headers = { "content-type": "application/x-www-form-urlencoded", ...options.headers };
  return request("POST", url, { ...options, headers, body: formatQuery(form) });
}

export async function requestStream(
  method: string,
  url: string,
  options: HttpRequestOptions = {},
): Promise<HttpStream> {
  const { status, headers, url: last, stream } = await fetchHttp(method, url, options, true);
  const to = { to: ".http", timeoutMs: 0 };
  const read = async (): Promise<Uint8Array | undefined> => {
    const piece: unknown = await call(to, "lua", "readStream", stream);
    return piece instanceof Uint8Array ? piece : undefined;
  };
  const close = (): void => {
    send(".http", "lua", "dropStream", stream);
  };
  return {
    status,
    headers: headersOf(headers),
    url: last,
    read,
    close,
    [Symbol.asyncIterator]: () => pieces(read, close),
  };
}

async function* pieces(
  read: () => Promise<Uint8Array | undefined>,
  close: () => void,
): AsyncGenerator<Uint8Array, undefined> {
  try {
    for (;;) {
      const piece = await read();
      if (piece === undefined) return undefined;
      yield piece;
    }
  } finally {
    close();
  }
}

// The host keeps the times of a request, redirects included.
const patient = { to: ".http", timeoutMs: 0 };

async function fetchHttp(
  method: string,
  url: string,
  { headers, body, ...options }: HttpRequestOptions,
  isStreamed: boolean,
): Promise<Fetched> {
  if (isStream(body)) {
    throw new CodedError("ARGUMENT_INVALID", "the body of a request is a text, bytes, or JSON");
  }
  const isPlain = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  const order = {
    ...options,
    method,
    url,
    headers: listOf(headers, isPlain ? undefined : "application/json"),
    body: isPlain ? body : JSON.stringify(body),
    isStream: isStreamed,
  };
  return (await call(patient, "lua", "fetch", order)) as Fetched;
}
