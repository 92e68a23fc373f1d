// Greeter: greets everyone once, answers who speaks to it, and obeys its player's "hush" and
// "greet".

import type { Me, Other } from "../services/script-api.ts";

const greeted = new Set<string>();
let isSilent = false;

export function onSee(me: Me, other: Other): void {
  if (isSilent || greeted.has(other.name)) return;
  greeted.add(other.name);
  me.say(`hello, ${other.name}!`);
}

export function onSay(me: Me, who: string, text: string): void {
  if (text.includes(me.name)) me.say(`yes, ${who}?`);
}

export function onCommand(me: Me, [word]: readonly string[]): boolean {
  if (word !== "hush" && word !== "greet") return false;
  isSilent = word === "hush";
  me.tell(isSilent ? "I say nothing." : `I greet; ${greeted.size} so far.`);
  return true;
}
