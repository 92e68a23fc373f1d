// Account: money that must not be spent twice, though every payment has to wait for something.
// Messages are handled one after the other, but at each await another one gets its turn: what was
// true before the await need not be true after it.

import { commands, queue, sleep } from "isonet";

let coins = 10;
const alone = queue();

/** Asks the bank, which takes its time. */
async function bankAgrees(): Promise<void> {
  await sleep(2);
}

async function pay(price: number): Promise<string> {
  if (coins < price) return `${price} is too much, there are ${coins}`;
  await bankAgrees();
  coins -= price;
  return `paid ${price}, ${coins} are left`;
}

const table = commands({
  /** Looks, waits, takes: two at once both find 10 coins. */
  payCarelessly: (price: number) => pay(price),
  /** The same, one at a time, in the order they came. */
  payInTurn: (price: number) => alone(() => pay(price)),
  /** Who is inside already may enter again. */
  payTwice: (price: number) =>
    alone(async () => [await alone(() => pay(price)), await alone(() => pay(price))]),
  fill(amount: number): void {
    coins = amount;
  },
});

export type AccountCommands = typeof table;
