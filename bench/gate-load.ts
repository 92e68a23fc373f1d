// Gate load: the clients of the gate's scenarios, in a process of their own. Argument: a GateLoad
// in JSON. Prints a GateResult in JSON.
// Every connection numbers its messages, and checks that each comes back, once, in order.

import { once } from "node:events";
import { connect } from "node:net";
import { WebSocket } from "ws";
import { prefixFrame, PrefixedReader } from "../src/net/prefixed-frames.ts";

export type GateLoad = {
  readonly port: number;
  readonly transport: "tcp" | "websocket";
  readonly connections: number;
  /** Of each connection. */
  readonly messages: number;
  readonly bodyBytes: number;
  /** Messages on the way of each connection, without a rate. */
  readonly window: number;
  /** Messages in a second, of all; 0: as many as come back. */
  readonly perSecond: number;
};

export type GateResult = {
  readonly perSecond: number;
  /** From when a message was due to when it was back. */
  readonly p50Ms: number;
  readonly p99Ms: number;
};

type Peer = {
  readonly send: (bodies: readonly Buffer[]) => void;
  readonly end: () => void;
  onMessage: (body: Uint8Array) => void;
  onClose: () => void;
};

const load = JSON.parse(process.argv[2] ?? "{}") as GateLoad;
const latenciesMs: number[] = [];

async function connectTcp(): Promise<Peer> {
  const socket = connect({ port: load.port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const peer: Peer = {
    send: (bodies) => socket.write(Buffer.concat(bodies.map((body) => prefixFrame(body)))),
    end: () => socket.destroy(),
    onMessage: () => {},
    onClose: () => {},
  };
  const reader = new PrefixedReader((body) => peer.onMessage(body));
  socket.on("data", (chunk) => reader.push(chunk));
  socket.on("error", () => {});
  socket.on("close", () => peer.onClose());
  return peer;
}

async function connectWebSocket(): Promise<Peer> {
  const socket = new WebSocket(`ws://127.0.0.1:${load.port}/`, { perMessageDeflate: false });
  await once(socket, "open");
  const peer: Peer = {
    send: (bodies) => {
      for (const body of bodies) socket.send(body);
    },
    end: () => socket.terminate(),
    onMessage: () => {},
    onClose: () => {},
  };
  socket.on("message", (data: Buffer) => peer.onMessage(data));
  socket.on("error", () => {});
  socket.on("close", () => peer.onClose());
  return peer;
}

/** One connection's messages; fails on one that is lost, doubled or out of order. */
class Player {
  readonly #peer: Peer;
  readonly #done = Promise.withResolvers<void>();
  readonly #dueMs: number[] = [];
  #received = 0;
  #sent = 0;

  constructor(peer: Peer) {
    this.#peer = peer;
    peer.onMessage = (body) => this.#came(body);
    peer.onClose = () => this.#fail(`closed after ${this.#received} of ${load.messages}`);
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  end(): void {
    this.#peer.onClose = () => {};
    this.#peer.end();
  }

  /** Sends up to `count` messages that are due at `dueMs`. */
  send(count: number, dueMs: number): void {
    const bodies: Buffer[] = [];
    const room = load.perSecond === 0 ? this.#received + load.window : load.messages;
    const max = Math.min(load.messages, room, this.#sent + count);
    while (this.#sent < max) {
      const body = Buffer.alloc(load.bodyBytes);
      body.writeUInt32LE(this.#sent++, 0);
      bodies.push(body);
      this.#dueMs.push(dueMs);
    }
    if (bodies.length > 0) this.#peer.send(bodies);
  }

  #came(body: Uint8Array): void {
    const number = Buffer.from(body.buffer, body.byteOffset, 4).readUInt32LE(0);
    if (number !== this.#received || body.length !== load.bodyBytes)
      this.#fail(`message ${number} of ${body.length} bytes came in place of ${this.#received}`);
    latenciesMs.push(performance.now() - (this.#dueMs[this.#received++] as number));
    if (this.#received === load.messages) this.#done.resolve();
    else if (load.perSecond === 0 && this.#sent - this.#received <= load.window / 2)
      this.send(load.window, performance.now());
  }

  #fail(why: string): void {
    this.#done.reject(new Error(why));
  }
}

/** Sends one message after another, each of the next connection, at its time. */
async function pace(players: readonly Player[]): Promise<void> {
  const startMs = performance.now();
  const total = load.messages * players.length;
  const everyMs = 1000 / load.perSecond;
  for (let next = 0; next < total;) {
    const due = Math.min(total, Math.floor((performance.now() - startMs) / everyMs));
    for (; next < due; next++) players[next % players.length]?.send(1, startMs + next * everyMs);
    await new Promise<void>((resolve) => void setTimeout(resolve, 1));
  }
}

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

const connecting = load.transport === "tcp" ? connectTcp : connectWebSocket;
const players: Player[] = [];
while (players.length < load.connections) {
  const some = Array.from({ length: Math.min(200, load.connections - players.length) }, connecting);
  players.push(...(await Promise.all(some)).map((peer) => new Player(peer)));
}
const startMs = performance.now();
if (load.perSecond === 0) for (const player of players) player.send(load.window, startMs);
else await pace(players);
await Promise.all(players.map(({ done }) => done));
const seconds = (performance.now() - startMs) / 1000;
for (const player of players) player.end();
const sorted = latenciesMs.toSorted((a, b) => a - b);
const result: GateResult = {
  perSecond: (load.connections * load.messages) / seconds,
  p50Ms: percentile(sorted, 0.5),
  p99Ms: percentile(sorted, 0.99),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
