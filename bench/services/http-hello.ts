// HTTP hello: answers each request with a short text. For http-hello.

import { commands } from "isonet";
import { serve } from "isonet/http";

commands({
  async serve(): Promise<number> {
    const { port } = await serve({}, () => ({ body: "hello" }));
    return port;
  },
});
