// Watchdog: opens a gate and starts an agent for each of its clients (Skynet's watchdog, reference
// §6.3).
// A guest service, launched by name with the name of the agents' service: newService("watchdog",
// "agent"). Commands: start, close.
// Invariant: an agent lives as long as its client is connected, and a client as long as its agent.

import { call, commands, newService, send, self, start, type Address } from "isonet";
import type { GateConf } from "isonet/gateserver";

/** What the command `start` of an agent gets. */
export type AgentStart = {
  readonly gate: Address;
  /** The client's fd: frames are forwarded by `forward(fd)` of the gate, or written to it. */
  readonly client: number;
  readonly watchdog: Address;
  readonly peer: string;
};

let gate: Address | undefined;
let agentName = "agent";
/** By fd; undefined while the agent is being started. */
const agents = new Map<number, Address | undefined>();

start(async (name?: unknown) => {
  if (typeof name === "string" && name !== "") agentName = name;
  gate = await newService("gate");
  if (gate === undefined) throw new Error("the gate has exited while it was starting");
});

async function open(fd: number, peer: string): Promise<void> {
  console.log(`New client from : ${peer}`);
  agents.set(fd, undefined);
  try {
    const agent = await newService(agentName);
    if (agent === undefined) throw new Error(`${agentName} has exited`);
    if (!agents.has(fd)) {
      send(agent, "lua", "disconnect"); // the client was faster gone than the agent here
      return;
    }
    agents.set(fd, agent);
    const started: AgentStart = { gate: gate as Address, client: fd, watchdog: self(), peer };
    await call(agent, "lua", "start", started);
  } catch (error) {
    console.error(`no agent for client ${fd} of ${peer}: ${String(error)}`);
    closeAgent(fd);
  }
}

function closeAgent(fd: number): void {
  const agent = agents.get(fd);
  agents.delete(fd);
  send(gate as Address, "lua", "kick", fd);
  if (agent !== undefined) send(agent, "lua", "disconnect");
}

/** What the gate tells; frames of clients that are not forwarded are nobody's. */
function happened(event: string, fd: number, value: unknown): unknown {
  switch (event) {
    case "open":
      return open(fd, String(value));
    case "close":
      console.log(`socket close ${fd}`);
      return closeAgent(fd);
    case "error":
      console.log(`socket error ${fd} ${String(value)}`);
      return closeAgent(fd);
    case "warning":
      return console.log(`socket warning ${fd} ${String(value)}K`);
    default:
      return undefined;
  }
}

export type WatchdogCommands = {
  /** Opens the gate: address and port that are bound. */
  start(conf: GateConf): Promise<readonly [address: string, port: number]>;
  /** Ends the client and its agent. */
  close(fd: number): void;
  /** What the gate tells. */
  socket(event: string, fd: number, value?: unknown): unknown;
};

commands<WatchdogCommands>({
  start: (conf) => call(gate as Address, "lua", "open", conf),
  close: (fd) => closeAgent(fd),
  socket: happened,
});
