// Caller: a guest service that sends and calls as the scenarios want; the host takes the time.

import { call, commands, fork, send, sleep, wait, wakeup } from "isonet";
import type { Address } from "isonet";

const table = {
  id: 1001,
  name: "player",
  pos: { x: 1.5, y: 2.5, z: 3.5 },
  items: [1, 2, 3, 4, 5, 6, 7, 8],
  buff: [
    { id: 1, t: 10 },
    { id: 2, t: 20 },
  ],
};

async function callTimes(target: Address, body: unknown, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await call(target, "lua", "echo", body);
}

commands({
  /** `count` calls, `inFlight` at a time. */
  calls: async (target: Address, count: number, inFlight: number, what: "small" | "table") => {
    const body = what === "small" ? 1 : table;
    if (inFlight === 1) {
      await callTimes(target, body, count);
      return;
    }
    let left = inFlight;
    const token = {};
    for (let lane = 0; lane < inFlight; lane++) {
      fork(async () => {
        await callTimes(target, body, count / inFlight);
        if (--left === 0) wakeup(token);
      });
    }
    await wait(token);
  },
  /**
   * `count` sends, then a call behind them; a pause each `burst` lets the receiver's mailbox empty.
   */
  sends: async (target: Address, count: number, burst: number) => {
    for (let sent = 0; sent < count; sent += burst) {
      for (let index = 0; index < burst; index++) send(target, "lua", "note", index);
      await call(target, "lua", "seen");
    }
    return call(target, "lua", "seen");
  },
  idle: async () => {
    await sleep(1);
  },
});
