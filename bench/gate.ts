// Gate: takes length-prefixed frames from TCP clients to one guest service and its answers back.
// For gate-echo.
// Main thread, a host service. The session of a message is the client's number, as with Skynet's
// gate.

import type { Address } from "isonet";
import type { Host } from "../src/host.ts";
import type { Connection } from "../src/net/connection.ts";
import { listen } from "../src/net/listener.ts";
import { prefixFrame, PrefixedReader } from "../src/net/prefixed-frames.ts";

/** Opens the gate and gives its port. */
export async function openGate(host: Host, echo: Address): Promise<number> {
  const clients = new Map<number, Connection>();
  let lastClient = 0;
  let onConnection = (_connection: Connection): void => {};
  host.addHostService("bench-gate", (isonet) => {
    isonet.registerProtocol({
      name: "client",
      id: 3,
      unpack: (body) => [body],
      dispatch: (client, _source, body: Uint8Array) => {
        isonet.ignoreRet();
        clients.get(client)?.write(prefixFrame(body));
      },
    });
    onConnection = (connection) => {
      const client = ++lastClient;
      clients.set(client, connection);
      const reader = new PrefixedReader((body) => isonet.redirect(echo, 0, "client", client, body));
      connection.open({
        onData: (chunk) => reader.push(chunk),
        onClose: () => clients.delete(client),
      });
    };
  });
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    portOption: "bench",
    backlog: 4096, // all clients connect at once; the system makes it its own maximum
    connectionsMax: 10_000,
    idleMs: 0,
    onConnection: (connection) => onConnection(connection),
  });
  host.onStop(() => listener.close());
  return listener.port;
}
