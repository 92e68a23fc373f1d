// HTTP load: the clients of http-hello and websocket-echo, in a process of their own. Arguments:
// "http" or "websocket", port, connections, requests of each.
// HTTP keeps one request on the way on each connection, WebSocket sixteen messages; each answer is
// looked at.

import { once } from "node:events";
import { connect } from "node:net";
import { WebSocket } from "ws";

const [kind, ...numbers] = process.argv.slice(2);
const [port = 0, connections = 0, count = 0] = numbers.map(Number);
const window = 16;
const wanted = "hello";

/** Bare bytes: a client library would be measured along. */
async function askHttp(): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true }).setEncoding("latin1");
  await once(socket, "connect");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let received = 0;
  let text = "";
  const ask = (): unknown => socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  socket.on("data", (more: string) => {
    text += more;
    if (!text.endsWith(wanted)) return;
    if (!text.startsWith("HTTP/1.1 200 ")) reject(new Error(text));
    text = "";
    if (++received < count) ask();
    else resolve();
  });
  socket.on("close", () => reject(new Error(`closed after ${received} of ${count} answers`)));
  ask();
  await promise;
  socket.removeAllListeners("close").destroy();
}

async function askWebSocket(): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
  await once(socket, "open");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const message = Buffer.alloc(64);
  let sent = 0;
  let received = 0;
  const send = (): void => {
    message.writeUInt32LE(sent++, 0);
    socket.send(Buffer.from(message));
  };
  socket.on("message", (data: Buffer) => {
    const number = data.readUInt32LE(0);
    if (number !== received) reject(new Error(`message ${number} came in place of ${received}`));
    if (++received === count) resolve();
    else if (sent < count) send();
  });
  socket.on("close", () => reject(new Error(`closed after ${received} of ${count} messages`)));
  for (let index = 0; index < Math.min(window, count); index++) send();
  await promise;
  socket.removeAllListeners("close").terminate();
}

const ask = kind === "http" ? askHttp : askWebSocket;
const start = performance.now();
await Promise.all(Array.from({ length: connections }, () => ask()));
const seconds = (performance.now() - start) / 1000;
process.stdout.write(`${(connections * count) / seconds}\n`);
