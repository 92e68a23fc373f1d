// WebSocket echo: gives each message back. For websocket-echo.

import { commands } from "isonet";
import { serve } from "isonet/http";
import { upgrade, write } from "isonet/websocket";

commands({
  async serve(): Promise<number> {
    const { port } = await serve({}, (request) =>
      upgrade(request, { message: (id, data) => write(id, data) }),
    );
    return port;
  },
});
