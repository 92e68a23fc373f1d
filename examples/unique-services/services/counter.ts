// Counter: counts for everybody. Whoever asks for it first starts it.

import { commands, start } from "isonet";

let count = 0;

const table = commands({
  next(who: string): number {
    count++;
    console.log(`${who} has number ${count}`);
    return count;
  },
});

export type CounterCommands = typeof table;

start((first: string) => console.log(`counter starts, for ${first}`));
