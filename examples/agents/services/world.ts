// World: the grid that all agents share: who is where, who sees whom, who hears whom.
// One guest service, ".world". Called by agents; sends them ticks and what they hear.
// Invariant: a presence belongs to one living agent; it goes when that agent ends, whoever ended
// it.

import {
  commands,
  context,
  fork,
  link,
  register,
  service,
  start,
  timeout,
  type Address,
} from "isonet";
import type { AgentCommands } from "./agent.ts";
import { Grid, type Presence, type View } from "./grid.ts";

const tickTicks = 10; // ten a second
const stepsPerTick = 2; // one of the script, one of the player
const textMax = 200;

const grid = new Grid();
let isTicking = false;
const agentOf = (agent: Address) => service<AgentCommands>(agent);

/** A refusal that the player reads. */
function refuse(code: string, text: string): never {
  throw Object.assign(new Error(text), { code });
}

/** The presence of the agent that asks. */
function own(): Presence {
  const presence = grid.of(context()?.source as Address);
  return presence ?? refuse("NOT_HERE", "you are not in the world");
}

const table = commands({
  /** Puts the caller into the world. The name gets a number when it is taken. */
  enter(name: string): View & { readonly name: string } {
    const agent = context()?.source as Address;
    if (grid.of(agent) !== undefined) refuse("HERE_ALREADY", "you are in the world already");
    const presence = grid.enter(agent, name) ?? refuse("WORLD_FULL", "the world is full");
    fork(leaveAtEnd, presence, agent);
    if (!isTicking) tick();
    return { ...grid.view(presence), name: presence.name };
  },
  /**
   * Gives the caller's presence to another agent. The last that the caller hears of the world is
   * "dismissed".
   */
  handOver(successor: Address): void {
    const presence = own();
    const before = presence.agent;
    grid.give(presence, successor);
    fork(leaveAtEnd, presence, successor);
    fork(() => agentOf(before).send.dismissed()); // behind the reply to this request
  },
  rename(name: string): string {
    const presence = own();
    const before = presence.name;
    if (typeof name !== "string" || !/^[\p{L}\p{N}_-]{1,16}$/u.test(name)) {
      refuse(
        "NAME_INVALID",
        `a name has 1 to 16 letters, digits, _ or -, not ${JSON.stringify(name)}`,
      );
    }
    if (!grid.rename(presence, name)) refuse("NAME_TAKEN", `the name ${name} is taken`);
    for (const { agent } of grid.near(presence)) agentOf(agent).send.renamed(before, name);
    return name;
  },
  move(dx: number, dy: number): View {
    const presence = own();
    if (presence.steps === 0) {
      refuse("TOO_FAST", `you have taken ${stepsPerTick} steps in this tick; wait for the next`);
    }
    presence.steps--;
    grid.move(presence, dx, dy);
    return grid.view(presence);
  },
  /** Number of those who hear it. */
  say(text: string): number {
    const presence = own();
    const line = cut(text);
    const near = grid.near(presence);
    for (const { agent } of near) agentOf(agent).send.heard(presence.name, line);
    return near.length;
  },
  look(): View {
    return grid.view(own());
  },
  who(): readonly string[] {
    return grid.names();
  },
});

/** What agents may ask of the world. */
export type WorldCommands = typeof table;

/** An agent's word is not to be trusted: what came may be anything. */
function cut(text: unknown): string {
  return String(text).slice(0, textMax);
}

/** In a thread of its own: a request's has a deadline, an agent's life has none. */
async function leaveAtEnd(presence: Presence, agent: Address): Promise<void> {
  await link(agent);
  if (presence.agent !== agent) return; // another agent has taken over
  grid.leave(presence);
  for (const near of grid.near(presence)) agentOf(near.agent).send.left(presence.name);
}

/** The world stands still while nobody is in it. */
function tick(): void {
  isTicking = !grid.isEmpty;
  if (!isTicking) return;
  timeout(tickTicks, tick);
  for (const presence of grid.presences()) {
    presence.steps = stepsPerTick;
    agentOf(presence.agent).send.tick(grid.view(presence));
  }
}

start(() => register(".world"));
