// Grid: places and names of the agents in the world, and who is within sight of whom.
// Inside the world service; knows no messages.
// Invariant: names differ; every presence is inside the grid, and there are at most `presencesMax`.

import type { Address } from "isonet";

export const size = 64;
const sight = 10; // cells, in each direction; voices carry as far
const viewMax = 16; // the nearest; more make no difference to a script
// Every agent is compared with every other at every tick: 65,536 comparisons, below a millisecond.
const presencesMax = 256;
const stepMax = 3;

export type Presence = {
  agent: Address;
  name: string;
  x: number;
  y: number;
  /** Steps left in this tick. */
  steps: number;
};

export type View = {
  readonly x: number;
  readonly y: number;
  /** The nearest first. */
  readonly others: readonly { readonly name: string; readonly x: number; readonly y: number }[];
};

export class Grid {
  readonly #byAgent = new Map<Address, Presence>();
  readonly #byName = new Map<string, Presence>();
  #entered = 0;

  of(agent: Address): Presence | undefined {
    return this.#byAgent.get(agent);
  }

  get isEmpty(): boolean {
    return this.#byAgent.size === 0;
  }

  presences(): Iterable<Presence> {
    return this.#byAgent.values();
  }

  names(): readonly string[] {
    return [...this.#byName.keys()].toSorted();
  }

  /** Newcomers stand around the middle, in sight of each other. Undefined when the grid is full. */
  enter(agent: Address, wanted: string): Presence | undefined {
    if (this.#byAgent.size >= presencesMax) return undefined;
    const place = this.#entered++;
    const x = size / 2 + (place % 5) * 2 - 4;
    const y = size / 2 + (Math.floor(place / 5) % 5) * 2 - 4;
    const presence: Presence = { agent, name: this.#freeName(wanted), x, y, steps: 0 };
    this.#byAgent.set(agent, presence);
    this.#byName.set(presence.name, presence);
    return presence;
  }

  #freeName(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#byName.has(name); number++) name = `${wanted}-${number}`;
    return name;
  }

  give(presence: Presence, successor: Address): void {
    this.#byAgent.delete(presence.agent);
    presence.agent = successor;
    this.#byAgent.set(successor, presence);
  }

  leave(presence: Presence): void {
    this.#byAgent.delete(presence.agent);
    this.#byName.delete(presence.name);
  }

  /** False when another has the name. */
  rename(presence: Presence, name: string): boolean {
    const owner = this.#byName.get(name);
    if (owner !== undefined && owner !== presence) return false;
    this.#byName.delete(presence.name);
    presence.name = name;
    this.#byName.set(name, presence);
    return true;
  }

  /** One step, as far as the edge. */
  move(presence: Presence, dx: number, dy: number): void {
    presence.x = inside(presence.x + bounded(dx));
    presence.y = inside(presence.y + bounded(dy));
  }

  near(presence: Presence): Presence[] {
    const near: Presence[] = [];
    for (const other of this.#byAgent.values()) {
      if (other !== presence && distance(presence, other) <= sight) near.push(other);
    }
    return near;
  }

  view(presence: Presence): View {
    const { x, y } = presence;
    const near = this.near(presence).toSorted(
      (a, b) => distance(presence, a) - distance(presence, b),
    );
    const others = near.slice(0, viewMax).map((other) => {
      return { name: other.name, x: other.x, y: other.y };
    });
    return { x, y, others };
  }
}

function distance(a: Presence, b: Presence): number {
  return Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y));
}

/** What is no number is no step. */
function bounded(step: number): number {
  return Math.max(-stepMax, Math.min(stepMax, Math.trunc(step) || 0));
}

function inside(place: number): number {
  return Math.max(0, Math.min(size - 1, place));
}
