// HTTP guard: which requests are refused before anything of them is looked at.
// Shard 0. Asked by http-session.ts for every request.
// Invariant: a page open in the operator's browser cannot make the console do or tell anything,
// whatever host name it was loaded from: only what has no page behind it, a program or a typed
// address, passes.

import type { IncomingHttpHeaders } from "node:http";

export type Refusal = {
  readonly status: 403 | 405 | 415;
  readonly code: "NOT_PERMITTED" | "ARGUMENT_INVALID";
  readonly text: string;
};

/**
 * Where the request arrived: the listening host, its port, and the address the client connected to.
 */
export type Arrival = {
  readonly host: string;
  readonly port: number;
  readonly localAddress: string;
};

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);
const contentTypes = new Set(["application/json", "text/plain"]);

/** Why the request is refused; undefined when it is not. */
export function refusalOf(
  method: string,
  headers: IncomingHttpHeaders,
  arrival: Arrival,
): Refusal | undefined {
  const page = pageBehind(headers);
  if (page !== undefined) return forbidden(`${page}: the console answers no web page`);
  if (!isOurs(headers.host, arrival)) {
    const host = JSON.stringify(headers.host ?? "");
    return forbidden(
      `header Host is ${host}: it must be a loopback name, or the console's own address and port`,
    );
  }
  if (method !== "GET" && method !== "POST") {
    return {
      status: 405,
      code: "NOT_PERMITTED",
      text: `method ${method}: the console knows GET and POST`,
    };
  }
  return method === "POST" ? contentRefusal(headers["content-type"]) : undefined;
}

/**
 * Every browser sends Origin with a POST and a cross-origin fetch; those of today send
 * Sec-Fetch-Site with each request, "none" only for an address that was typed. Referer covers links
 * and images of older ones.
 */
function pageBehind(headers: IncomingHttpHeaders): string | undefined {
  if (headers.origin !== undefined) return `header Origin is ${JSON.stringify(headers.origin)}`;
  if (headers.referer !== undefined) return `header Referer is ${JSON.stringify(headers.referer)}`;
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "none") return undefined;
  return `header Sec-Fetch-Site is ${JSON.stringify(site)}`;
}

/** A foreign name that was made to resolve to this machine stands in Host as that name. */
export function isOurs(hostHeader: string | undefined, arrival: Arrival): boolean {
  const match = /^(\[[\da-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(hostHeader ?? "");
  if (match === null) return false;
  const name = (match[1] ?? "").toLowerCase();
  // Any port: an operator's tunnel to the console has one of its own.
  if (loopback.has(name)) return true;
  const own = [arrival.host, arrival.localAddress].map((host) => hostName(host));
  return own.includes(name) && Number(match[2] ?? 80) === arrival.port;
}

/** An address as it stands in a Host header. */
function hostName(address: string): string {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  return plain.includes(":") ? `[${plain}]` : plain;
}

/**
 * A form of a page can be posted anywhere with any of its own content types; text/plain is left to
 * Origin.
 */
function contentRefusal(header: string | undefined): Refusal | undefined {
  const type = header?.split(";")[0]?.trim().toLowerCase();
  if (type !== undefined && contentTypes.has(type)) return undefined;
  const found = header === undefined ? "missing" : JSON.stringify(header);
  const text = `header Content-Type is ${found}: it must be application/json or text/plain`;
  return { status: 415, code: "ARGUMENT_INVALID", text };
}

function forbidden(text: string): Refusal {
  return { status: 403, code: "NOT_PERMITTED", text };
}
