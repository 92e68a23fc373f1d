// Counter: counts once a second, by a step that nobody outside the module can reach. But for
// inject.

import { commands, register, start, timeout } from "isonet";

const secondTicks = 100;
let count = 0;
let step = 1;

const table = commands({
  count: () => count,
});

export type CounterCommands = typeof table;

function beat(): void {
  timeout(secondTicks, beat);
  count += step;
  console.log(`count ${count}`);
}

start(async () => {
  await register(".counter");
  beat();
});
