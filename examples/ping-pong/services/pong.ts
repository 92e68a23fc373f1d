// Pong: answers. Its table of commands is all that its callers need to know: they import the type.

import { commands, sleep } from "isonet";

let balls = 0;

const table = commands({
  hit(ball: number): { readonly ball: number; readonly balls: number } {
    balls++;
    return { ball: ball + 1, balls };
  },
  /** One way: nobody waits for what it returns. */
  drop(ball: number): void {
    console.log(`pong has dropped ball ${ball}`);
  },
  miss(ball: number): never {
    throw Object.assign(new Error(`pong has missed ball ${ball}`), { code: "MISSED" });
  },
  /** Does not answer in time. */
  async doze(): Promise<void> {
    await sleep(500);
  },
});

export type PongCommands = typeof table;
