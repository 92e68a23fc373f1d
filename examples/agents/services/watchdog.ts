// Watchdog: one agent for each connection, from the first line to the last.
// One trusted service, ".watchdog"; starts the world. Called by the gate and, for another script,
// by agents.
// Invariant: an agent that belongs to no connection is ended, in whatever order things happen.

import {
  address,
  commands,
  context,
  fork,
  kill,
  link,
  newService,
  register,
  service,
  start,
  type Address,
} from "isonet";
import type { GateCommands, ScriptFolderCommands } from "./host-commands.ts";
import { onlyFrom } from "./only-from.ts";

type Player = {
  readonly fd: number;
  agent: Address;
  /**
   * Another agent is being made ready, or is taking over: the end of the present one may be wanted.
   */
  replacing: Promise<void> | undefined;
};

const gate = service<GateCommands>(".gate");
const scripts = service<ScriptFolderCommands>(".scripts");
let gateAddress: Address | undefined;
let worldAddress: Address | undefined;
const players = new Map<number, Player>();

type Script = { readonly name: string; readonly source?: string };

/**
 * The script is a stranger's: its agent is untrusted, charged to its player, and may talk to those
 * it has to talk to.
 */
async function launch(fd: number, script: Script): Promise<Address> {
  const order = {
    name: "agent",
    modules: script.source === undefined ? {} : { "./script.ts": script.source },
    trust: "untrusted",
    owner: `player ${fd}`,
    allow: { send: [".world", ".gate", ".watchdog"] },
  } as const;
  const agent = await newService(order, fd, script.name, gateAddress, worldAddress);
  if (agent === undefined) throw new Error("the agent has exited while it was starting");
  return agent;
}

/**
 * Ends the connection when its agent has ended, for whatever reason. In a thread of its own: a
 * request's has a deadline, an agent's life has none.
 */
async function watch(player: Player, agent: Address): Promise<void> {
  const code = await link(agent);
  if (player.agent !== agent || player.replacing !== undefined || players.get(player.fd) !== player)
    return;
  players.delete(player.fd);
  console.warn(`agent ${address(agent)} of player ${player.fd} has ended: ${code}`);
  gate.send.end(player.fd, `your agent ${endText(code)} (${code}); good bye`);
}

function endText(code: string): string {
  if (code === "MEMORY_LIMIT") return "took more memory than it may have";
  return code === "CELL_LOST" ? "was in a process that has ended" : "has been ended";
}

const gateTable = onlyFrom(() => gateAddress, {
  /** A player has connected: the agent that the gate is to feed. */
  async open(fd: number, peer: string): Promise<Address> {
    const agent = await launch(fd, { name: "none" });
    const player = { fd, agent, replacing: undefined };
    players.set(fd, player);
    fork(watch, player, agent);
    console.log(`player ${fd} from ${peer} has the agent ${address(agent)}`);
    return agent;
  },
  /** The connection has ended. */
  async closed(fd: number): Promise<void> {
    const player = players.get(fd);
    if (player === undefined) return;
    players.delete(fd);
    await player.replacing?.catch(() => {}); // then there is one agent, whichever it is
    await kill(player.agent);
    console.log(`player ${fd} has gone`);
  },
});

const openTable = {
  /** The gate is there. The first who says so is obeyed: no agent exists before it does. */
  gateOpened(): void {
    gateAddress ??= context()?.source;
  },
  /** Gives the caller's player an agent with another script. Fails with the text for the player. */
  async replace(script: Script): Promise<void> {
    const source = context()?.source;
    const player = [...players.values()].find(({ agent }) => agent === source);
    if (player === undefined) refuse("you are no player's agent");
    if (player.replacing !== undefined) refuse("another script is being loaded; wait for it");
    player.replacing = replace(player, script);
    try {
      await player.replacing;
    } finally {
      player.replacing = undefined;
      fork(watch, player, player.agent); // it may have ended meanwhile
    }
  },
};

const table = commands({ ...gateTable, ...openTable });

/** What the gate and the agents ask of the watchdog. */
export type WatchdogCommands = typeof table;

async function replace(player: Player, { name, source }: Script): Promise<void> {
  const { fd } = player;
  const text = source ?? (await scripts.call.text(name));
  let successor: Address;
  try {
    successor = await launch(fd, { name, source: text });
  } catch (error) {
    refuse(`script ${name} does not load: ${withoutPaths(error)}`);
  }
  try {
    await gate.call.handOver(fd, successor);
  } catch (error) {
    await kill(successor);
    throw error;
  }
  player.agent = successor;
  console.log(`player ${fd} runs script ${name} in the agent ${address(successor)}`);
}

/** With a code it is an answer to the player, not an error in the log. */
function refuse(text: string): never {
  throw Object.assign(new Error(text), { code: "SCRIPT_REFUSED" });
}

/**
 * The player knows the script by its name; where this machine keeps its files is nobody's business.
 */
function withoutPaths(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\S*\/(?=script\.ts\b)/g, "").replaceAll(/\S*\/services\//g, "");
}

start(async () => {
  worldAddress = await newService("world");
  await register(".watchdog");
});
