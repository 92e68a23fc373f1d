// Gate: clients of another process through TCP or WebSocket, a gate, an agent and back.

import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { startBenchHost, type BenchHost } from "../bench-host.ts";
import type { GateLoad, GateResult } from "../gate-load.ts";
import { runLoad } from "../load-process.ts";
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
  return JSON.parse(await runLoad(entry, [JSON.stringify({ ...clients, port, perSecond })]));
}

/**
 * The same load on a server that gives each chunk back as it is: what Node's sockets allow here.
 */
async function bareEcho(clients: Clients, perSecond = 0): Promise<GateResult> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", (chunk) => socket.write(chunk)).on("error", () => socket.destroy());
  });
  const at = { port: 0, host: "127.0.0.1", backlog: 4096 };
  await new Promise<void>((resolve) => void server.listen(at, resolve));
  const result = await load((server.address() as AddressInfo).port, clients, perSecond);
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

type EchoScenario = Pick<Scenario, "name" | "about"> & {
  readonly clients: Clients;
  readonly atLeast: number;
};

function echoScenario({ name, about, clients, atLeast }: EchoScenario): Scenario {
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

/**
 * The most that comes back in a second when each client waits for its answer, then half of that at
 * an even pace, and how long each message takes.
 */
const gateLatency: Scenario = {
  name: "gate-latency",
  about:
    "1,000 clients at half of their maximum rate: 99 of 100 echoes within; floor: without a host",
  unit: "ms",
  target: { atMost: 5 },
  run: async () => {
    const patient = { ...thousand, window: 1, messages: 60 };
    const { host, port } = await openGate(false);
    await load(port, patient);
    const { perSecond } = await load(port, patient);
    const rate = perSecond / 2;
    const paced = { ...thousand, messages: Math.ceil((rate * seconds) / thousand.connections) };
    const { p50Ms, p99Ms } = await load(port, paced, rate);
    await host.stop();
    const floor = await bareEcho(paced, rate);
    const detail = { rate, p50Ms, floorP50Ms: floor.p50Ms };
    return { value: p99Ms, floor: floor.p99Ms, detail };
  },
};

const socketEcho: Scenario = {
  name: "socket-echo",
  about: "the same clients, read and written by a guest service with the library of sockets",
  unit: "messages/s",
  target: { atLeast: 100_000 },
  run: async () => {
    const { perSecond: floor } = await bareEcho(thousand);
    const host = await startBenchHost({ shards: 1 });
    const service = await host.spawn("socket-echo");
    const port = (await host.host.isonet.call(service, "lua", "port")) as number;
    await load(port, thousand);
    const { perSecond: value } = await load(port, thousand);
    await host.stop();
    return { value, floor };
  },
};

const echoes: readonly EchoScenario[] = [
  {
    name: "gate-echo",
    about: "1,000 TCP connections, 64 B, 16 on the way each, through a gate and an agent and back",
    clients: thousand,
    atLeast: 100_000,
  },
  {
    name: "gate-echo-1",
    about: "the same, 1 connection",
    clients: { ...thousand, connections: 1, messages: 100_000 },
    atLeast: 30_000,
  },
  {
    name: "gate-echo-100",
    about: "the same, 100 connections",
    clients: { ...thousand, connections: 100, messages: 3000 },
    atLeast: 100_000,
  },
  {
    name: "gate-echo-5000",
    about: "the same, 5,000 connections",
    clients: { ...thousand, connections: 5000, messages: 60 },
    atLeast: 100_000,
  },
  {
    name: "gate-echo-4k",
    about: "1,000 TCP connections, 4 KB",
    clients: { ...thousand, bodyBytes: 4096, messages: 100 },
    atLeast: 30_000,
  },
  {
    name: "ws-echo",
    about: "1,000 WebSocket connections, 64 B; floor: the same over TCP, without a host",
    clients: { ...thousand, transport: "websocket", messages: 150 },
    atLeast: 50_000,
  },
];

export const gateScenarios: readonly Scenario[] = [
  ...echoes.map(echoScenario),
  gateLatency,
  socketEcho,
];
