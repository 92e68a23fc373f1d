// Players process: a thousand clients of a gate, who chat, and check all that they hear.
// Child of players.test.ts, over Node's own channel. A process of its own, so that neither the
// test's time nor the host's is theirs.
// Invariant: every message of a player is accounted for: echoed once, in order, and heard by each
// of its table once, in order.

import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { PrefixedReader, prefixFrame } from "../../../src/net/prefixed-frames.ts";

export type PlayersOrder = { readonly id: number } &
  /** Players of these indexes come, or come again. */
  (
    | { readonly kind: "enter"; readonly port: number; readonly players: readonly number[] }
    /** All who are in say one message in so many milliseconds. */
    | { readonly kind: "chat"; readonly everyMs: number }
    /** Nobody says any more; answers when all has been heard, or nothing comes any more. */
    | { readonly kind: "quiet" }
    /** These ones say this, and are expected to end. */
    | { readonly kind: "doom"; readonly players: readonly number[]; readonly word: string }
    | { readonly kind: "report" }
    /** The delays until here are those of a time that is over. */
    | { readonly kind: "forget" }
  );

export type PlayersReport = {
  /** Players who are connected. */
  readonly connected: number;
  /** Addresses of the agents, by player. */
  readonly agents: readonly number[];
  readonly said: number;
  readonly echoed: number;
  readonly heard: number;
  /** Of players who were not doomed: messages without an echo, or that a neighbour did not hear. */
  readonly lost: number;
  /** Out of order, or twice. */
  readonly wrong: number;
  /** Players who were not doomed, and whose connection ended. */
  readonly dropped: number;
  /** Milliseconds until the echo, since they were forgotten. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

const tableSize = 5;
const quietMs = 1500; // without a frame: what has not come by then does not come

class Player {
  readonly index: number;
  readonly #socket: Socket;
  readonly entered = Promise.withResolvers<void>();
  agent = 0;
  isConnected = true;
  isDoomed = false;
  said = 0;
  echoed = 0;
  wrong = 0;
  heard = 0;
  /** Own number at the table: what its neighbours hear it by. */
  fd = 0;
  /** The last number heard of each neighbour, by its fd; of itself, too. */
  readonly last = new Map<number, number>();
  readonly #sentAt: number[] = [];
  /** It has come when the others were talking already. */
  readonly #isLate: boolean;

  constructor(index: number, port: number) {
    this.index = index;
    this.#isLate = timer !== undefined;
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const reader = new PrefixedReader((body) => this.#hear(Buffer.from(body).toString()));
    this.#socket.on("data", (chunk) => reader.push(chunk));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.isConnected = false;
      this.entered.resolve();
    });
    this.write(`join ${Math.floor(index / tableSize)}`);
  }

  write(text: string): void {
    this.#socket.write(prefixFrame(Buffer.from(text)));
  }

  say(): void {
    if (!this.isConnected || this.isDoomed) return;
    this.said++;
    this.#sentAt.push(performance.now());
    this.write(`say ${this.said}`);
  }

  #hear(text: string): void {
    lastFrameAt = performance.now();
    const [word, first, second] = text.split(" ");
    if (word === "welcome") {
      this.agent = Number(first);
      this.fd = Number(second);
      this.entered.resolve();
    } else if (word === "echo") {
      this.#heardEcho(Number(first));
    } else {
      this.#heardChat(Number(first), Number(second));
    }
  }

  #heardEcho(number: number): void {
    this.echoed++;
    if (number !== this.echoed) this.wrong++;
    delays.push(performance.now() - (this.#sentAt[number - 1] ?? 0));
  }

  #heardChat(from: number, number: number): void {
    this.heard++;
    const last = this.last.get(from) ?? (this.#isLate ? number - 1 : 0);
    if (number !== last + 1) this.wrong++;
    this.last.set(from, number);
  }
}

const players = new Map<number, Player>();
/** Those who have gone, and whose place another connection of theirs may have. */
const former: Player[] = [];
let delays: number[] = [];
let lastFrameAt = 0;
let timer: NodeJS.Timeout | undefined;

async function enter(port: number, indexes: readonly number[]): Promise<void> {
  const atOnce = 100;
  for (let from = 0; from < indexes.length; from += atOnce) {
    const group = indexes.slice(from, from + atOnce).map((index) => {
      const old = players.get(index);
      if (old !== undefined) former.push(old);
      const player = new Player(index, port);
      players.set(index, player);
      return player.entered.promise;
    });
    await Promise.all(group);
  }
}

/** The players take turns, so that their messages are spread over the time. */
function chat(everyMs: number): void {
  clearInterval(timer);
  const stepMs = 20;
  const all = [...players.values()];
  const steps = Math.max(1, Math.round(everyMs / stepMs));
  let step = 0;
  timer = setInterval(() => {
    for (let at = step % steps; at < all.length; at += steps) all[at]?.say();
    step++;
  }, stepMs);
}

async function quiet(): Promise<void> {
  clearInterval(timer);
  lastFrameAt = performance.now();
  while (countLost() > 0 && performance.now() - lastFrameAt < quietMs) {
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
}

/** Who sits with a player, and has not been doomed. */
function neighbours(player: Player): Player[] {
  const first = player.index - (player.index % tableSize);
  const all = Array.from({ length: tableSize }, (_, seat) => players.get(first + seat));
  return all.filter((each): each is Player => each !== undefined && !each.isDoomed);
}

/** Messages that have no echo, and last words that a neighbour has not heard. */
function countLost(): number {
  let lost = 0;
  for (const player of players.values()) {
    if (player.isDoomed) continue;
    lost += player.said - player.echoed;
    for (const { said, fd } of neighbours(player)) {
      if (said > 0 && player.last.get(fd) !== said) lost++;
    }
  }
  return lost;
}

function report(): PlayersReport {
  const all = [...players.values(), ...former];
  const sum = (of: (player: Player) => number): number =>
    all.reduce((total, player) => total + of(player), 0);
  const sorted = delays.toSorted((a, b) => a - b);
  const quantile = (part: number): number =>
    Math.round((sorted[Math.floor(sorted.length * part)] ?? 0) * 10) / 10;
  return {
    connected: [...players.values()].filter(({ isConnected }) => isConnected).length,
    agents: [...players.values()].map(({ agent }) => agent),
    said: sum(({ said }) => said),
    echoed: sum(({ echoed }) => echoed),
    heard: sum(({ heard }) => heard),
    lost: countLost(),
    wrong: sum((player) => (player.isDoomed ? 0 : player.wrong)),
    dropped: all.filter(({ isConnected, isDoomed }) => !isConnected && !isDoomed).length,
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: quantile(1 - Number.EPSILON),
  };
}

async function obey(order: PlayersOrder): Promise<unknown> {
  switch (order.kind) {
    case "enter":
      return enter(order.port, order.players);
    case "chat":
      return chat(order.everyMs);
    case "quiet":
      return quiet();
    case "doom":
      for (const index of order.players) {
        const player = players.get(index);
        if (player !== undefined) player.isDoomed = true;
        if (order.word !== "") player?.write(order.word);
      }
      return undefined;
    case "forget":
      delays = [];
      return undefined;
    case "report":
      break;
  }
  return report();
}

process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", (order: PlayersOrder) => {
  void obey(order).then((value) => process.send?.({ id: order.id, value }));
});
process.send?.({ id: 0 });
