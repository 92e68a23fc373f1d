// Chaser: runs after the nearest agent, or after the one its player names: "chase bob".

import type { Me, Other } from "../services/script-api.ts";

let quarry = "";
let caught = "";

export function onTick(me: Me): void {
  const target = me.look().find(({ name }) => quarry === "" || name === quarry);
  if (target === undefined) return;
  if (isBeside(target)) {
    if (caught !== target.name) me.say(`got you, ${target.name}!`);
    caught = target.name;
    return;
  }
  if (caught === target.name && isFar(target)) caught = "";
  me.move(Math.sign(target.dx), Math.sign(target.dy));
}

export function onCommand(me: Me, [word, name = ""]: readonly string[]): boolean {
  if (word !== "chase") return false;
  quarry = name;
  caught = "";
  me.tell(quarry === "" ? "I chase whoever is nearest." : `I chase ${quarry}.`);
  return true;
}

function isBeside({ dx, dy }: Other): boolean {
  return Math.abs(dx) <= 1 && Math.abs(dy) <= 1;
}

/** Far enough to be caught anew. */
function isFar({ dx, dy }: Other): boolean {
  return Math.abs(dx) > 4 || Math.abs(dy) > 4;
}
