// HTTP: clients of another process, through the host's HTTP and a guest service and back.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { WebSocketServer } from "ws";
import { startBenchHost } from "../bench-host.ts";
import type { Scenario } from "../scenario.ts";

type Kind = "http" | "websocket";

const connections = 64;
const requests: Readonly<Record<Kind, number>> = { http: 500, websocket: 2000 };

/** Answers in a second. */
async function load(kind: Kind, port: number): Promise<number> {
  const entry = path.join(import.meta.dirname, "../http-load.ts");
  const args = [entry, kind, port, connections, requests[kind]].map(String);
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = await text(child.stdout);
  if (child.exitCode === null) await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`the load ended with ${child.exitCode}`);
  return Number(output);
}

/** The same load on node:http, or ws, alone: what Node allows here. */
async function bare(kind: Kind): Promise<number> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/plain; charset=utf-8").end("hello");
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on("connection", (socket) => {
    socket.on("message", (data: Buffer, binary) => socket.send(data, { binary }));
    socket.on("error", () => {});
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await load(kind, port);
  const value = await load(kind, port);
  server.close().closeAllConnections();
  return value;
}

async function measure(kind: Kind, service: string): Promise<{ value: number; floor: number }> {
  const floor = await bare(kind);
  const host = await startBenchHost({ shards: 1 });
  const port = (await host.isonet.call(await host.spawn(service), "lua", "serve")) as number;
  await load(kind, port);
  const value = await load(kind, port);
  await host.stop();
  return { value, floor };
}

export const httpScenarios: readonly Scenario[] = [
  {
    name: "http-hello",
    about: "64 connections, kept alive, one request on the way each, through a guest service",
    unit: "requests/s",
    target: { atLeast: 10_000 },
    run: () => measure("http", "http-hello"),
  },
  {
    name: "websocket-echo",
    about: "64 WebSocket connections, 64 B, 16 on the way each, through a guest service and back",
    unit: "messages/s",
    target: { atLeast: 40_000 },
    run: () => measure("websocket", "websocket-echo"),
  },
];
