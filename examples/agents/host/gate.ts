// Gate: the two doors of the example world: frames for programs, lines for people with nc.
// Main thread; host service ".gate". Opens the ports, asks the watchdog for an agent for each
// connection.
// Invariant: the watchdog hears of the end of every connection it was told of, once, and after its
// begin.

import path from "node:path";
import type { Address, ServiceHandle } from "isonet";
import { listen, type Connection, type Host, type Listener } from "isonet/host";
import type { AgentCommands } from "../services/agent.ts";
import type { GateCommands } from "../services/host-commands.ts";
import type { WatchdogCommands } from "../services/watchdog.ts";
import { frameProtocol, lineProtocol, type DoorProtocol } from "./door-protocols.ts";
import { gateLimits } from "./gate-limits.ts";
import { PlayerConnection } from "./player-connection.ts";
import { portOf } from "./port-setting.ts";
import { serveScripts } from "./script-folder.ts";

const loopback = "127.0.0.1";
const scriptFolder = path.resolve(import.meta.dirname, "../scripts");

type Isonet = Host["isonet"];

/** Opens the doors. Fails with PORT_IN_USE, CONFIG_INVALID. */
export async function openGate(host: Host): Promise<() => Promise<void>> {
  await serveScripts(host, scriptFolder);
  const { promise, resolve } = Promise.withResolvers<Isonet>();
  const address = host.addHostService("gate", resolve);
  const gate = new Gate(await promise);
  await host.isonet.name(".gate", address);
  await gate.open(host);
  return () => gate.close();
}

class Gate {
  readonly #isonet: Isonet;
  readonly #players = new Map<number, PlayerConnection>();
  readonly #listeners: Listener[] = [];
  #lastFd = 0;
  #watchdog: Address | undefined;

  constructor(isonet: Isonet) {
    this.#isonet = isonet;
    const table: { [K in keyof GateCommands]: (...args: never[]) => unknown } = {
      write: (fd: number, text: unknown) => this.#ownedBy(fd)?.write(lineText(text)),
      end: (fd: number, text: unknown) => this.#ownedBy(fd)?.end(lineText(text)),
      handOver: (fd: number, successor: Address) => this.#handOver(fd, successor),
    };
    isonet.commands(table);
  }

  async open(host: Host): Promise<void> {
    const isonet = this.#isonet;
    this.#watchdog = await isonet.localName(".watchdog");
    await this.#askWatchdog().gateOpened();
    const gate = await this.#listen(host, "gatePort", frameProtocol);
    host.listeners.push({ what: "gate", host: gate.host, port: gate.port });
    const door = await this.#listen(host, "doorPort", lineProtocol);
    const hint = `try it from another terminal: nc ${door.host} ${door.port}`;
    host.listeners.push({ what: "door", host: door.host, port: door.port, hint });
  }

  async #listen(host: Host, setting: string, protocol: DoorProtocol): Promise<Listener> {
    const listener = await listen({
      host: loopback,
      port: portOf(host.options.env, setting),
      portOption: `env.${setting}`,
      connectionsMax: gateLimits.playersMax + gateLimits.refusalsMax,
      idleMs: gateLimits.idleMs,
      writeBytesMax: gateLimits.writeBytesMax,
      onConnection: (connection) => void this.#serve(connection, protocol),
    });
    this.#listeners.push(listener);
    return listener;
  }

  async close(): Promise<void> {
    for (const player of this.#players.values()) player.end("the world is closing; good bye");
    // what was written leaves the process before the sockets are closed
    await new Promise(setImmediate);
    for (const listener of this.#listeners.toReversed()) await listener.close();
  }

  async #serve(connection: Connection, protocol: DoorProtocol): Promise<void> {
    const watchdog = this.#askWatchdog();
    const fd = ++this.#lastFd;
    const closed = Promise.withResolvers<void>();
    const player = new PlayerConnection({
      connection,
      protocol,
      agentOf: (agent) =>
        this.#isonet.service<AgentCommands>(agent).within(gateLimits.answerMs).call,
      onClose: () => closed.resolve(),
    });
    player.open();
    if (this.#players.size >= gateLimits.playersMax) {
      player.end(`the world is full: ${gateLimits.playersMax} players; come back later`);
      return;
    }
    this.#players.set(fd, player);
    try {
      await player.feed(await watchdog.open(fd, connection.peer));
    } catch (error) {
      player.end(`there is no agent for you: ${(error as Error).message}`);
    }
    await closed.promise;
    this.#players.delete(fd);
    await watchdog.closed(fd).catch(() => {}); // the host is stopping
  }

  #askWatchdog(): ServiceHandle<WatchdogCommands>["call"] {
    return this.#isonet.service<WatchdogCommands>(this.#watchdog as Address).call;
  }

  /** The connection, when its agent or the watchdog asks. */
  #ownedBy(fd: number): PlayerConnection | undefined {
    const source = this.#isonet.context()?.source;
    const player = this.#players.get(fd);
    const isOwner = source !== undefined && player?.mayWrite(source);
    return isOwner || source === this.#watchdog ? player : undefined;
  }

  async #handOver(fd: number, successor: Address): Promise<void> {
    const player = this.#players.get(fd);
    const isWatchdog = this.#isonet.context()?.source === this.#watchdog;
    if (player !== undefined && isWatchdog) return player.handOver(successor);
    throw Object.assign(new Error("the connection has gone"), { code: "CONNECTION_GONE" });
  }
}

/** An agent's word is not to be trusted: what came may be anything, and of any length. */
function lineText(text: unknown): string {
  return typeof text === "string" ? text.slice(0, gateLimits.textMax) : "";
}
