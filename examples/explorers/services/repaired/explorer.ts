// Explorer: the script of ../explorer.ts, repaired: each look forgets the one before.
// Put in its place by `isonet hotfix`, while its player goes on.
// Invariant: `seen` holds the fields in sight.

import { commands, exportState, importState, infoFunc } from "isonet";

type Carried = { readonly steps: number; readonly x: number; readonly y: number };

class Field {
  readonly x: number;
  readonly y: number;

  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}

const farMax = 25;
const ways = new Map([
  ["north", [0, -1]],
  ["east", [1, 0]],
  ["south", [0, 1]],
  ["west", [-1, 0]],
]);
const seen: Field[] = [];
let steps = 0;
let x = 0;
let y = 0;

function go(way: string): string {
  const [dx = 0, dy = 0] = ways.get(way) ?? [];
  if (dx === 0 && dy === 0) return `no way leads ${way}`;
  x += dx;
  y += dy;
  steps++;
  return `step ${steps}: you are at ${x},${y}`;
}

function look(far: number): string {
  if (!(far >= 0 && far <= farMax)) return `nobody can look that far; ${farMax} at most`;
  seen.length = 0;
  for (let dy = -far; dy <= far; dy++) {
    for (let dx = -far; dx <= far; dx++) seen.push(new Field(x + dx, y + dy));
  }
  return `${(2 * far + 1) ** 2} fields in sight`;
}

const table = commands({
  line(text: string): string {
    const [word = "", argument = ""] = text.split(" ");
    if (word === "go") return go(argument);
    if (word === "look") return look(Number(argument));
    return "go north, look 2";
  },
});

export type ExplorerCommands = typeof table;

exportState((): Carried => ({ steps, x, y }));
importState((carried: Carried) => {
  ({ steps, x, y } = carried);
});
infoFunc(() => ({ steps, seen: seen.length }));
