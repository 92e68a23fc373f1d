// Door: the store for programs, over TCP. A command is a line; the answer is one: "+text", "-" for
// nothing, "!text" for an error.
// Launched by main.ts. Each connection has a thread; a peer whose line is too long is sent away.

import { call, getEnv, start as ready, type CodedError } from "isonet";
import * as socket from "isonet/socket";

const lineBytesMax = 64 * 1024;

ready(async () => {
  const port = Number(await getEnv("port"));
  const listener = await socket.listen("127.0.0.1", port);
  await socket.start(listener.id, serve);
  console.log(`simpledb at ${listener.host}:${listener.port}`);
});

async function serve(id: number, peer: string): Promise<void> {
  await socket.start(id);
  socket.limit(id, lineBytesMax);
  try {
    for (let line = await next(id); line !== undefined; line = await next(id)) {
      socket.write(id, `${await answer(line)}\n`);
    }
  } catch (error) {
    console.log(`${peer}: ${(error as CodedError).code}`);
  }
  await socket.close(id);
}

async function next(id: number): Promise<string | undefined> {
  const line = await socket.readLine(id);
  return line?.endsWith("\r") === true ? line.slice(0, -1) : line;
}

/** A line is a command, a key, and the rest of it. */
async function answer(line: string): Promise<string> {
  const [, command = "", key = "", value = ""] = /^(\S*) ?(\S*) ?(.*)$/.exec(line) ?? [];
  try {
    const found = (await call(".simpledb", "lua", command, key, value)) as string | undefined;
    return found === undefined ? "-" : `+${found}`;
  } catch (error) {
    return `!${(error as Error).message}`;
  }
}
