// A chat client for a terminal: what you type goes to the room, what happens there is shown.
// Run: node examples/chat/client.ts [ws://127.0.0.1:8080/chat]

import { createInterface } from "node:readline";
import { textOf, type ChatEvent } from "./services/chat-event.ts";

const [url = "ws://127.0.0.1:8080/chat"] = process.argv.slice(2);
const socket = new WebSocket(url);

socket.addEventListener("open", () => {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => socket.send(line));
  lines.on("close", () => socket.close());
  socket.addEventListener("close", () => lines.close());
});
socket.addEventListener("message", ({ data }) => {
  console.log(textOf(JSON.parse(String(data)) as ChatEvent));
});
socket.addEventListener("error", () => console.error(`cannot reach ${url}`));
