// The script of a player who has not chosen one: it does nothing, the player does everything by
// hand.
// A launch with `modules: { "./script.ts": text }` puts the player's script in its place.

import type { Me } from "./script-api.ts";

export function onCommand(_me: Me, _words: readonly string[]): boolean {
  return false;
}
