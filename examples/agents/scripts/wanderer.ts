// Wanderer: walks about, and tells its player whom it meets.

import type { Me, Other } from "../services/script-api.ts";

const ways = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;
let way = 0;
let steps = 0;

export function onTick(me: Me): void {
  if (steps === 0) {
    way = Math.floor(Math.random() * ways.length);
    steps = 5 + Math.floor(Math.random() * 10);
  }
  steps--;
  const [dx, dy] = ways[way] ?? [0, 0];
  me.move(dx, dy);
}

export function onSee(me: Me, other: Other): void {
  const met = Number(me.recall("met") ?? 0) + 1;
  me.remember("met", met);
  me.tell(`${other.name} is the ${met}. I have met.`);
}
