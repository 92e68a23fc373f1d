// Pages: an HTTP server that gives a page, a body without end, and counts.

import { commands } from "isonet";
import { serve, type HttpServerOptions } from "isonet/http";

let answered = 0;

async function* endless(): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(64 * 1024);
  for (;;) yield block;
}

commands({
  open: async (options: HttpServerOptions) => {
    const server = await serve(options, async ({ path }) => {
      answered++;
      return { body: path === "/endless" ? endless() : "a page\n" };
    });
    return server.port;
  },
  answered: () => answered,
});
