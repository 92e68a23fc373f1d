// Place text: says where an agent is, in words. Inside an agent.

import type { Other } from "./script-api.ts";

/** "3 east 2 north", or "here". */
export function placeText({ dx, dy }: Other): string {
  if (dx === 0 && dy === 0) return "here";
  const words = [];
  if (dx !== 0) words.push(`${Math.abs(dx)} ${dx > 0 ? "east" : "west"}`);
  if (dy !== 0) words.push(`${Math.abs(dy)} ${dy > 0 ? "south" : "north"}`);
  return words.join(" ");
}
