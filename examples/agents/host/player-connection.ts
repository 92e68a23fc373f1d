// Player connection: one player's TCP connection and the agent that it feeds.
// Main thread. Made by gate.ts; the agent is told each text in turn and writes back through the
// gate.
// Invariant: texts reach the agents in the order they came, each exactly one agent; while the agent
// changes they wait.

import type { Address, ServiceHandle } from "isonet";
import type { Connection } from "isonet/host";
import type { AgentCommands } from "../services/agent.ts";
import type { DoorProtocol, DoorReader } from "./door-protocols.ts";
import { gateLimits } from "./gate-limits.ts";
import { Pace } from "./pace.ts";

export type ConnectionParts = {
  readonly connection: Connection;
  readonly protocol: DoorProtocol;
  /** The commands of an agent, for calls that wait at most answerMs. */
  readonly agentOf: (agent: Address) => ServiceHandle<AgentCommands>["call"];
  readonly onClose: (why: string) => void;
};

export class PlayerConnection {
  readonly #parts: ConnectionParts;
  readonly #reader: DoorReader;
  readonly #pace = new Pace(gateLimits.linesPerSecondMax, () => performance.now());
  /**
   * Texts that no agent has been told. A chunk of the socket at most: then the player is held back.
   */
  readonly #waiting: string[] = [];
  readonly #writers = new Set<Address>();
  #agent: Address | undefined;
  #isTelling = false;
  #isHeld = true;
  #hasEnded = false;
  #isEnding = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#reader = parts.protocol.reader({
      onText: (text) => this.#waiting.push(text),
      onAnswer: (text) => this.write(text),
      onBroken: (text) => this.end(text),
    });
  }

  /** Starts to read. What the player says waits for `feed`. */
  open(): void {
    const { connection, onClose } = this.#parts;
    connection.open({
      onData: (chunk) => {
        this.#reader.push(chunk);
        this.#pass();
      },
      onEnd: () => {
        this.#reader.finish();
        this.#hasEnded = true;
        this.#pass();
      },
      onClose: (reason) => {
        clearTimeout(this.#timer);
        this.#isEnding = true;
        this.#waiting.length = 0;
        onClose(reason.kind);
      },
    });
  }

  /**
   * Passes the player's texts on to this agent, once it is in the world. Fails as its command does.
   */
  async feed(agent: Address): Promise<void> {
    this.#agent = agent;
    this.#writers.add(agent);
    await this.#parts.agentOf(agent).connected();
    this.#isHeld = false;
    this.#pass();
  }

  /** True for an agent of this connection: the present one, or one that is handing over. */
  mayWrite(agent: Address): boolean {
    return this.#writers.has(agent);
  }

  write(text: string): void {
    const { connection, protocol } = this.#parts;
    if (!this.#isEnding) connection.write(protocol.encode(text));
  }

  /** Ends the connection when the last word has gone out. */
  end(text: string): void {
    this.write(text);
    this.#isEnding = true;
    this.#waiting.length = 0;
    this.#parts.connection.end();
  }

  /** Fails as the two agents' commands do; then everything stays as it was. */
  async handOver(successor: Address): Promise<void> {
    const { agentOf } = this.#parts;
    const before = this.#agent;
    if (before === undefined || this.#isHeld || this.#isEnding) {
      throw Object.assign(new Error("the connection has gone"), { code: "CONNECTION_GONE" });
    }
    this.#isHeld = true;
    this.#writers.add(successor);
    try {
      // Behind all texts it was told: messages of one sender stay in order.
      const estate = await agentOf(before).release(successor);
      await agentOf(successor).takeOver(estate);
      this.#agent = successor;
      // What the one before still has to say to the player is on its way: it may write until the
      // next hand-over.
      for (const writer of this.#writers) {
        if (writer !== before && writer !== successor) this.#writers.delete(writer);
      }
    } catch (error) {
      this.#writers.delete(successor);
      throw error;
    } finally {
      this.#isHeld = false;
      this.#pass();
    }
  }

  #pass(): void {
    if (this.#mayPass()) {
      const waitMs = this.#pace.take();
      if (waitMs === 0) void this.#tell(this.#agent as Address, this.#waiting.shift() as string);
      else {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#pass(), waitMs);
      }
    }
    const { connection } = this.#parts;
    if (this.#waiting.length > 0) connection.pause();
    else connection.resume();
    // Nothing more can come and everything is answered: the agent's last words are out.
    if (this.#hasEnded && !this.#isHeld && !this.#isTelling && this.#waiting.length === 0) {
      connection.end();
    }
  }

  #mayPass(): boolean {
    return !this.#isHeld && !this.#isEnding && !this.#isTelling && this.#waiting.length > 0;
  }

  /** One text at a time, so that its answers come in order: the next when this one is answered. */
  async #tell(agent: Address, text: string): Promise<void> {
    this.#isTelling = true;
    try {
      await this.#parts.agentOf(agent).line(text);
    } catch {
      // The agent tells its player itself what happened; when it has ended, the watchdog does.
    }
    this.#isTelling = false;
    this.#pass();
  }
}
