// Socket echo: gives every byte back that comes on a connection of its own. For socket-echo.

import { commands, start as ready } from "isonet";
import * as socket from "isonet/socket";

let port = 0;

ready(async () => {
  const listener = await socket.listen("127.0.0.1", 0, { backlog: 4096 });
  ({ port } = listener);
  await socket.start(listener.id, serve);
});

async function serve(id: number): Promise<void> {
  await socket.start(id);
  for (let bytes = await socket.read(id); bytes !== undefined; bytes = await socket.read(id)) {
    socket.write(id, bytes);
  }
  await socket.close(id);
}

commands({ port: () => port });
