// HTTP: servers and requests of services.
// Guest: the library "isonet/http". The host service .http does the talking.
// Invariant: this file is the list of what the library has; its parts are in library/http/.

import type * as Contract from "isonet/http";
import { get, head, post, request, requestStream } from "./http/client.ts";
import { serve } from "./http/server.ts";
import { formatQuery, parseQuery, parseUrl } from "./http/url.ts";

export { formatQuery, get, head, parseQuery, parseUrl, post, request, requestStream, serve };

({
  formatQuery,
  get,
  head,
  parseQuery,
  parseUrl,
  post,
  request,
  requestStream,
  serve,
}) satisfies typeof Contract;
