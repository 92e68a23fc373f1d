// Agent: one player in the world, with the player's script. One untrusted service for each
// connection.
// Launched by watchdog.ts; fed by the gate (what the player types) and by the world (ticks,
// voices).
// Invariant: every line is handled before the next, and all of them before another agent takes
// over.

import { commands, exit, fork, service, start, stat, type Address } from "isonet";
import type { GateCommands } from "./host-commands.ts";
import { AgentMe } from "./me.ts";
import { onlyFrom } from "./only-from.ts";
import { placeText } from "./place-text.ts";
import { PlayerCommands } from "./player-commands.ts";
import * as script from "./script.ts";
import type { Memory } from "./script-api.ts";
import { ScriptRunner } from "./script-runner.ts";
import type { View } from "./grid.ts";
import type { WorldCommands } from "./world.ts";

/** What one agent of a player leaves to the next. */
export type Estate = {
  readonly name: string;
  readonly view: View;
  readonly memory: ReadonlyMap<string, Memory>;
};

const waitingMax = 256;
const ticksPerLook = 10;

const world = service<WorldCommands>(".world");
const gate = service<GateCommands>(".gate");
let gateAddress: Address | undefined;
let worldAddress: Address | undefined;
let fd = 0;
let scriptName = "none";
/** What the world said before this agent had begun; undefined once it has. */
let waiting: (() => void)[] | undefined = [];
let isReleased = false;
let ticks = 0;

const tell = (text: string): void => gate.send.write(fd, text);
const runner = new ScriptRunner(script, tell);
const me = new AgentMe(world, tell);
const player = new PlayerCommands({
  world,
  gate,
  me,
  runner,
  tell,
  fd: () => fd,
  scriptName: () => scriptName,
});

/** Runs `event` now, or when this agent is in the world. */
function whenBegun(event: () => void): void {
  if (waiting === undefined) event();
  else if (waiting.length < waitingMax) waiting.push(event);
}

function begin({ name, view, memory }: Estate): void {
  me.name = name;
  for (const [key, value] of memory) me.memory.set(key, value);
  me.see(view);
  const events = waiting ?? [];
  waiting = undefined;
  for (const event of events) event();
}

const gateTable = onlyFrom(() => gateAddress, {
  /** The first, unless this agent takes over from another: enters the world. */
  async connected(): Promise<void> {
    const { name, ...view } = await world.call.enter(`guest${fd}`);
    begin({ name, view, memory: new Map() });
    tell(
      `Welcome, ${name}: you are an agent at ${view.x},${view.y}, in an isolate of your own.\n` +
        "Try: name ann · look · say hello · move 1 0 · scripts · script wanderer · help",
    );
  },
  /** The first, when another agent has been released. */
  takeOver(estate: Estate): void {
    begin(estate);
    tell(`script ${scriptName} runs`);
  },
  /** One line of the player, until it is answered; an upload has its text behind that line. */
  async line(text: string): Promise<void> {
    runner.check();
    await player.line(text);
  },
  /** Gives presence and memory to another agent, behind everything that was asked before. */
  async release(successor: Address): Promise<Estate> {
    await world.call.handOver(successor);
    isReleased = true;
    return { name: me.name, view: me.view, memory: me.memory };
  },
});

const worldTable = onlyFrom(() => worldAddress, {
  tick(view: View): void {
    if (waiting !== undefined || isReleased) return;
    runner.check();
    const { come, gone } = me.see(view);
    for (const { name } of gone) tell(`* ${name} is out of sight`);
    for (const other of come) {
      tell(`* ${other.name} comes into sight, ${placeText(other)}`);
      runner.call("onSee", me.forScript, other);
    }
    runner.call("onTick", me.forScript);
    ticks++;
    if (runner.hasAwaited || ticks % ticksPerLook === 0)
      fork(async () => runner.saw(await stat("interrupts")));
  },
  heard(who: string, text: string): void {
    whenBegun(() => {
      runner.check();
      tell(`${who} says: ${text}`);
      if (!isReleased) runner.call("onSay", me.forScript, who, text);
    });
  },
  left(name: string): void {
    whenBegun(() => {
      me.forget(name);
      tell(`* ${name} has left the world`);
    });
  },
  renamed(before: string, name: string): void {
    whenBegun(() => {
      if (me.renamed(before, name)) tell(`* ${before} is called ${name} from here on`);
    });
  },
  /** The last word of the world: the successor is there. */
  dismissed(): void {
    exit();
  },
});

const table = commands({ ...gateTable, ...worldTable });

/** What the gate and the world ask of an agent. */
export type AgentCommands = typeof table;

start((ownFd: number, ownScript: string, itsGate: Address, itsWorld: Address) => {
  fd = ownFd;
  scriptName = ownScript;
  gateAddress = itsGate;
  worldAddress = itsWorld;
});
