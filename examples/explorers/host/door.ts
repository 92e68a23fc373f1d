// Door: a port for players: each connection has an explorer, each line is one request to it.
// Main thread. Opened when the host is up.
// Invariant: lines are answered in the order they came; the explorer ends with its connection.

import type { Address } from "isonet";
import { LineReader, listen, type Connection, type Host } from "isonet/host";
import type { ExplorerCommands } from "../services/explorer.ts";

type Isonet = Host["isonet"];

const playersMax = 50;
const lineBytesMax = 200;
const answerCharactersMax = 1000;
const idleMs = 30 * 60_000;

/** Opens the port that the setting doorPort names. Fails with PORT_IN_USE. */
export async function openDoor(host: Host): Promise<() => Promise<void>> {
  const { promise, resolve } = Promise.withResolvers<Isonet>();
  host.addHostService("door", resolve);
  const isonet = await promise;
  let players = 0;
  const listener = await listen({
    host: "127.0.0.1",
    port: Number(host.options.env["doorPort"]),
    portOption: "env.doorPort",
    connectionsMax: playersMax,
    idleMs,
    onConnection: (connection) => new Player(isonet, connection).open(`explorer${++players}`),
  });
  host.listeners.push({ what: "door", host: listener.host, port: listener.port });
  return () => listener.close();
}

class Player {
  readonly #isonet: Isonet;
  readonly #connection: Connection;
  readonly #lines: string[] = [];
  readonly #reader: LineReader;
  #explorer: Address | undefined;
  #isAsking = true;
  #hasClosed = false;

  constructor(isonet: Isonet, connection: Connection) {
    this.#isonet = isonet;
    this.#connection = connection;
    this.#reader = new LineReader(lineBytesMax, {
      onLine: (line) => this.#lines.push(line),
      onOverlong: () => connection.end(),
    });
  }

  open(name: string): void {
    this.#connection.open({
      onData: (chunk) => {
        this.#reader.push(chunk);
        if (!this.#isAsking) void this.#answer();
      },
      onClose: () => {
        this.#hasClosed = true;
        this.#leave();
      },
    });
    void this.#enter(name);
  }

  async #enter(name: string): Promise<void> {
    try {
      const options = { name: "explorer", trust: "untrusted", owner: name } as const;
      this.#explorer = await this.#isonet.newService(options);
      if (this.#explorer === undefined) throw new Error("it has exited");
      await this.#isonet.name(`.${name}`, this.#explorer);
      this.#connection.write(`You are ${name}: go north, look 2\n`);
    } catch (error) {
      this.#connection.write(`there is no explorer for you: ${(error as Error).message}\n`);
      this.#connection.end();
    }
    if (this.#hasClosed) this.#leave();
    else await this.#answer();
  }

  /** Asks one line after the other; the player is held back meanwhile. */
  async #answer(): Promise<void> {
    this.#isAsking = true;
    this.#connection.pause();
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
      this.#connection.write(`${await this.#ask(line)}\n`);
    }
    this.#isAsking = false;
    this.#connection.resume();
  }

  async #ask(line: string): Promise<string> {
    try {
      const { call } = this.#isonet.service<ExplorerCommands>(this.#explorer as Address);
      // A script's answer may be anything.
      const answer: unknown = await call.line(line);
      return typeof answer === "string" ? answer.slice(0, answerCharactersMax) : "no text came";
    } catch (error) {
      return `error: ${(error as Error).message}`;
    }
  }

  #leave(): void {
    const explorer = this.#explorer;
    this.#explorer = undefined;
    if (explorer !== undefined) void this.#isonet.kill(explorer).catch(() => {});
  }
}
