// Me: the agent as its script sees it, with what bounds the script.
// Inside an agent; agent.ts tells it what the world shows.
// Invariant: what a script asks for in one tick is bounded, whatever it does; the world is asked
// within those bounds.

import type { ServiceHandle } from "isonet";
import type { View } from "./grid.ts";
import type { Me, Memory, Other } from "./script-api.ts";
import type { WorldCommands } from "./world.ts";

/** What a script may do in one tick. */
const perTick = { moves: 1, says: 2, tells: 10 };
const keysMax = 64;
const textMax = 1000;

export type Change = { readonly come: readonly Other[]; readonly gone: readonly Other[] };

export class AgentMe {
  name = "";
  view: View = { x: 0, y: 0, others: [] };
  readonly memory = new Map<string, Memory>();
  /** What the script gets. */
  readonly forScript: Me;
  readonly #world: ServiceHandle<WorldCommands>;
  readonly #tell: (text: string) => void;
  #left = { ...perTick };
  #others: readonly Other[] = [];

  constructor(world: ServiceHandle<WorldCommands>, tell: (text: string) => void) {
    this.#world = world;
    this.#tell = tell;
    this.forScript = this.#makeForScript();
  }

  /** A new tick with its view: who has come into sight since the last, and who is out of it. */
  see(view: View): Change {
    this.#left = { ...perTick };
    const before = this.#others;
    this.moved(view);
    const now = this.#others;
    return {
      come: now.filter((other) => !isIn(before, other)),
      gone: before.filter((other) => !isIn(now, other)),
    };
  }

  /** Own place has changed: the same others, seen from there. */
  moved(view: View): void {
    this.view = view;
    this.#others = view.others.map(({ name, x, y }) => {
      return Object.freeze({ name, x, y, dx: x - view.x, dy: y - view.y });
    });
  }

  get others(): readonly Other[] {
    return this.#others;
  }

  forget(name: string): void {
    this.#others = this.#others.filter((other) => other.name !== name);
  }

  /** False when it was not in sight. */
  renamed(before: string, name: string): boolean {
    const isKnown = this.#others.some((other) => other.name === before);
    this.#others = this.#others.map((other) =>
      other.name === before ? Object.freeze({ ...other, name }) : other,
    );
    return isKnown;
  }

  #makeForScript(): Me {
    const own = {
      move: (dx: number, dy: number) => this.#move(dx, dy),
      say: (text: string) => this.#say(text),
      look: () => this.#others,
      tell: (text: string) => this.#tellPlayer(text),
      remember: (key: string, value: Memory) => this.#remember(key, value),
      recall: (key: string) => this.memory.get(key),
    };
    const live = {
      name: { enumerable: true, get: () => this.name },
      x: { enumerable: true, get: () => this.view.x },
      y: { enumerable: true, get: () => this.view.y },
    };
    return Object.freeze(Object.defineProperties(own, live)) as Me;
  }

  #move(dx: unknown, dy: unknown): boolean {
    if (this.#left.moves === 0 || !Number.isInteger(dx) || !Number.isInteger(dy)) return false;
    this.#left.moves--;
    // What the world refuses, the next tick shows.
    this.#world.call.move(Number(dx), Number(dy)).then(
      (view) => this.moved(view),
      () => {},
    );
    return true;
  }

  #say(text: unknown): boolean {
    if (this.#left.says === 0 || typeof text !== "string" || text === "") return false;
    this.#left.says--;
    this.#world.send.say(text.slice(0, textMax));
    this.#tell(`your agent says: ${text.slice(0, textMax)}`);
    return true;
  }

  #tellPlayer(text: unknown): boolean {
    if (this.#left.tells === 0 || typeof text !== "string") return false;
    this.#left.tells--;
    this.#tell(`(${text.slice(0, textMax)})`);
    return true;
  }

  #remember(key: unknown, value: unknown): boolean {
    const isValue = ["string", "number", "boolean"].includes(typeof value);
    if (typeof key !== "string" || key.length > textMax || !isValue) return false;
    if (typeof value === "string" && value.length > textMax) return false;
    if (!this.memory.has(key) && this.memory.size >= keysMax) return false;
    this.memory.set(key, value as Memory);
    return true;
  }
}

function isIn(list: readonly Other[], { name }: Other): boolean {
  return list.some((other) => other.name === name);
}
