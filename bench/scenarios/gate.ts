// Gate: clients of another process through TCP or WebSocket, a gate, an agent and back.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { startBenchHost, type BenchHost } from "../bench-host.ts";
import type { GateLoad, GateResult } from "../gate-load.ts";
import type { Scenario } from "../scenario.ts";

type Clients = Omit<GateLoad, "port" | "perSecond">;

const thousand: Clients = {
  transport: "tcp",
  connections: 1000,
  messages: 300,
  bodyBytes: 64,
  window: 16,
};
const seconds = 3; // of a load at a rate

/** The clients' figures; the load checks that nothing is lost. */
async function load(port: number, clients: Clients, perSecond = 0): Promise<GateResult> {
  const entry = path.join(import.meta.dirname, "../gate-load.ts");
  const args = [entry, JSON.stringify({ ...clients, port, perSecond })];
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = await text(child.stdout);
  if (child.exitCode === null) await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`the load ended with ${child.exitCode}`);
  return JSON.parse(output) as GateResult;
}

/**
 * The same load on a server that gives each chunk back as it is: what Node's sockets allow here.
 */
async function bareEcho(clients: Clients): Promise<GateResult> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", (chunk) => socket.write(chunk)).on("error", () => socket.destroy());
  });
  const at = { port: 0, host: "127.0.0.1", backlog: 4096 };
  await new Promise<void>((resolve) => void server.listen(at, resolve));
  const result = await load((server.address() as AddressInfo).port, clients);
  server.close();
  return result;
}

/** A host with a gate and one agent for all its clients. */
async function openGate(websocket: boolean): Promise<{ host: BenchHost; port: number }> {
  const host = await startBenchHost({ shards: 1 });
  const agent = await host.spawn("gate-agent");
  const conf = { address: "127.0.0.1", port: 0, maxclient: 10_000, backlog: 4096 };
  const to = await host.spawn("gate-keeper");
  const terms = { ...conf, agent, websocket };
  const port = (await host.isonet.call(to, "lua", "open", terms)) as number;
  return { host, port };
}

async function echo(clients: Clients): Promise<GateResult> {
  const { host, port } = await openGate(clients.transport === "websocket");
  await load(port, clients);
  const result = await load(port, clients);
  await host.stop();
  return result;
}

function echoScenario(name: string, about: string, clients: Clients, atLeast: number): Scenario {
  return {
    name,
    about,
    unit: "messages/s",
    target: { atLeast },
    run: async () => {
      const { perSecond: floor } = await bareEcho({ ...clients, transport: "tcp" });
      const { perSecond: value } = await echo(clients);
      return { value, floor };
    },
  };
}

/** The most that comes back in a second, then half of that, and how long each message takes. */
const gateLatency: Scenario = {
  name: "gate-latency",
  about: "the same at half of that rate: 99 of 100 messages are back within; floor: 50 of 100",
  unit: "ms",
  target: { atMost: 5 },
  run: async () => {
    const { host, port } = await openGate(false);
    await load(port, thousand);
    const { perSecond } = await load(port, thousand);
    const rate = perSecond / 2;
    const messages = Math.ceil((rate * seconds) / thousand.connections);
    const { p50Ms, p99Ms } = await load(port, { ...thousand, messages }, rate);
    await host.stop();
    return { value: p99Ms, floor: p50Ms };
  },
};

export const gateScenarios: readonly Scenario[] = [
  echoScenario(
    "gate-echo",
    "1,000 TCP connections, 64 B, 16 on the way each, through a gate and an agent and back",
    thousand,
    100_000,
  ),
  gateLatency,
  echoScenario(
    "gate-echo-1",
    "the same, 1 connection",
    { ...thousand, connections: 1, messages: 100_000 },
    30_000,
  ),
  echoScenario(
    "gate-echo-100",
    "the same, 100 connections",
    { ...thousand, connections: 100, messages: 3000 },
    100_000,
  ),
  echoScenario(
    "gate-echo-5000",
    "the same, 5,000 connections",
    { ...thousand, connections: 5000, messages: 60 },
    100_000,
  ),
  echoScenario(
    "gate-echo-4k",
    "1,000 TCP connections, 4 KB",
    { ...thousand, bodyBytes: 4096, messages: 100 },
    30_000,
  ),
  echoScenario(
    "ws-echo",
    "1,000 WebSocket connections, 64 B; floor: the same over TCP without a host",
    { ...thousand, transport: "websocket", messages: 150 },
    50_000,
  ),
];
