// Front: listens, and gives every client a thread of its own.

import { getEnv, newService, service, start } from "isonet";
import * as socket from "isonet/socket";
import { bounds } from "./bounds.ts";
import { serve } from "./client.ts";
import type { DatabaseCommands } from "./database.ts";

let clients = 0;

start(async () => {
  const address = await newService("database");
  if (address === undefined) throw new Error("the database has not started");
  const database = service<DatabaseCommands>(address);

  const { id, host, port } = await socket.listen("127.0.0.1", Number(await getEnv("port")));
  await socket.start(id, async (client) => {
    await socket.start(client);
    if (clients >= bounds.clientsMax) {
      socket.write(client, `ERR BUSY ${clients} clients are here (clientsMax)\n`);
      return socket.close(client);
    }
    clients++;
    try {
      await serve(client, database);
    } finally {
      clients--;
    }
  });
  console.log(`simpledb listens on ${host}:${port}`);
});
