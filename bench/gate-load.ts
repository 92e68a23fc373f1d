// Gate load: the clients of gate-echo, in a process of their own. Arguments: port, connections,
// messages of each.
// Every connection keeps a window of messages on the way, and checks that each comes back, once, in
// order.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { prefixFrame, PrefixedReader } from "../src/net/prefixed-frames.ts";

const window = 16;
const bodyBytes = 64;
const [port = 0, connections = 0, messages = 0] = process.argv.slice(2).map(Number);

function numbered(number: number): Buffer {
  const body = Buffer.alloc(bodyBytes);
  body.writeUInt32LE(number, 0);
  return prefixFrame(body);
}

/**
 * Resolves when every message has come back; fails on one that is lost, doubled or out of order.
 */
function play(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let received = 0;
  let sent = 0;
  const top = (): void => {
    const frames: Buffer[] = [];
    while (sent < messages && sent - received < window) frames.push(numbered(sent++));
    if (frames.length > 0) socket.write(Buffer.concat(frames));
  };
  const reader = new PrefixedReader((body) => {
    const number = Buffer.from(body.buffer, body.byteOffset, 4).readUInt32LE(0);
    if (number !== received) reject(new Error(`message ${number} came in place of ${received}`));
    received++;
  });
  socket.on("data", (chunk) => {
    reader.push(chunk);
    if (received === messages) resolve();
    else top();
  });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error(`closed after ${received} of ${messages} messages`)));
  top();
  return promise;
}

const sockets = await Promise.all(
  Array.from({ length: connections }, async () => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return socket;
  }),
);
const start = performance.now();
await Promise.all(sockets.map((socket) => play(socket)));
const seconds = (performance.now() - start) / 1000;
for (const socket of sockets) socket.removeAllListeners("close").destroy();
process.stdout.write(`${(connections * messages) / seconds}\n`);
