// Gate: clients of another process through TCP, the gate, a guest service and back.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { startBenchHost } from "../bench-host.ts";
import { openGate } from "../gate.ts";
import type { Scenario } from "../scenario.ts";

const connections = 1000;
const messages = 300;

/** Messages that come back in a second; the load checks each. */
async function load(port: number): Promise<number> {
  const entry = path.join(import.meta.dirname, "../gate-load.ts");
  const args = [entry, port, connections, messages].map(String);
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = await text(child.stdout);
  if (child.exitCode === null) await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`the load ended with ${child.exitCode}`);
  return Number(output);
}

/**
 * The same load on a server that gives each chunk back as it is: what Node's sockets allow here.
 */
async function bareEcho(): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", (chunk) => socket.write(chunk)).on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const value = await load((server.address() as AddressInfo).port);
  server.close();
  return value;
}

const gateEcho: Scenario = {
  name: "gate-echo",
  about: "1,000 TCP connections, 64 B, 16 on the way each, through a guest service and back",
  unit: "messages/s",
  target: { atLeast: 100_000 },
  run: async () => {
    const floor = await bareEcho();
    const host = await startBenchHost({ shards: 1 });
    const port = await openGate(host.host, await host.spawn("gate-echo"));
    await load(port);
    const value = await load(port);
    await host.stop();
    return { value, floor };
  },
};

const socketEcho: Scenario = {
  name: "socket-echo",
  about: "the same, read and written by a guest service with the library of sockets",
  unit: "messages/s",
  target: { atLeast: 100_000 },
  run: async () => {
    const floor = await bareEcho();
    const host = await startBenchHost({ shards: 1 });
    const echo = await host.spawn("socket-echo");
    const port = (await host.host.isonet.call(echo, "lua", "port")) as number;
    await load(port);
    const value = await load(port);
    await host.stop();
    return { value, floor };
  },
};

export const gateScenarios: readonly Scenario[] = [gateEcho, socketEcho];
