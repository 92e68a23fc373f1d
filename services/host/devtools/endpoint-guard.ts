// Endpoint guard: which requests to an endpoint for DevTools are refused before anything is done.
// Shard 0. Asked by endpoint.ts for every request and every WebSocket.
// Invariant: no web page gets through, whatever name it was loaded from: a foreign name that
// resolves to this machine stands in Host, a page's own origin in Origin.

import type { IncomingHttpHeaders } from "node:http";

const loopbackNames = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Why the request is refused; undefined when it is not. `host` is where the endpoint listens. */
export function endpointRefusal(headers: IncomingHttpHeaders, host: string): string | undefined {
  const name = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(headers.host ?? "")?.[1];
  const own = host.includes(":") ? `[${host}]` : host;
  if (name === undefined || !(loopbackNames.has(name.toLowerCase()) || name === own)) {
    const found = JSON.stringify(headers.host ?? "");
    return `header Host is ${found}: it must be a loopback name, or ${own}`;
  }
  const { origin } = headers;
  if (origin !== undefined && !origin.startsWith("devtools://")) {
    return `header Origin is ${JSON.stringify(origin)}: only DevTools itself may connect`;
  }
  const site = headers["sec-fetch-site"];
  if (origin === undefined && site !== undefined && site !== "none") {
    return `header Sec-Fetch-Site is ${JSON.stringify(site)}: no web page may ask`;
  }
  return undefined;
}
