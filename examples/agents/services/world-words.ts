// World words: what a player can do in the world by hand.
// Inside an agent. Used by player-commands.ts.
// Invariant: each answers the player, with what is so from then on or with what would be allowed.

import { placeText } from "./place-text.ts";
import type { PlayerCommand, PlayerParts } from "./player-command.ts";

const stepMax = 3;

export function worldWords({ world, me, tell }: PlayerParts): Record<string, PlayerCommand> {
  return {
    look: {
      usage: "look",
      about: "where you are and who is in sight",
      run: async () => {
        me.moved(await world.call.look());
        const { x, y } = me.view;
        const others = me.others.map((other) => `${other.name} (${placeText(other)})`);
        tell(`you are at ${x},${y}; in sight: ${others.join(", ") || "nobody"}`);
      },
    },
    move: {
      usage: "move DX DY",
      about: `a step: 1 0 is one east, 0 -1 one north; at most ${stepMax}`,
      run: async (words) => {
        const [dx, dy] = words.map(Number);
        if (words.length !== 2 || !isStep(dx) || !isStep(dy)) {
          throw new Error(`move takes two whole numbers from -${stepMax} to ${stepMax}: move 1 0`);
        }
        me.moved(await world.call.move(dx, dy));
        tell(`you are at ${me.view.x},${me.view.y}`);
      },
    },
    say: {
      usage: "say WORDS",
      about: "everyone in sight hears it",
      run: async (_words, rest) => {
        if (rest === "") throw new Error("say what? say hello");
        const count = await world.call.say(rest);
        tell(count === 0 ? "nobody hears you" : `you say: ${rest} (${count} heard it)`);
      },
    },
    name: {
      usage: "name X",
      about: "what the others call you",
      run: async ([name = "", ...more]) => {
        if (name === "" || more.length > 0) throw new Error("name takes one word: name ann");
        me.name = await world.call.rename(name);
        tell(`you are ${me.name}`);
      },
    },
    who: {
      usage: "who",
      about: "everyone in the world",
      run: async () => tell(`in the world: ${(await world.call.who()).join(", ")}`),
    },
  };
}

function isStep(step: number | undefined): step is number {
  return Number.isInteger(step) && Math.abs(step ?? 0) <= stepMax;
}
