// A turn that is interrupted, on real isolates: what it costs its own messages and its neighbours'.

import type { Address } from "isonet";
import { expect, test } from "vitest";
import { startHost } from "../kit/host.ts";

const worker = `
import { commands, stat } from "isonet";
let count = 0;
commands({
  add: (number: number) => { count += number; },
  spin: () => { for (;;); },
  spinLater: async () => { await null; for (;;); },
  interrupts: () => stat("interrupts"),
  count: () => count,
});
`;

// Sends everything in one turn, so that it arrives as one batch.
const sender = `
import { commands, send } from "isonet";
commands({
  burst: (target: number) => {
    send(target as never, "lua", "add", 1);
    send(target as never, "lua", "spin");
    for (let i = 0; i < 20; i++) send(target as never, "lua", "add", 10);
  },
});
`;

test("keeps the messages behind the one that was interrupted, each handled once", async () => {
  await using kit = await startHost({ worker, sender }, { shards: 1, turnMsMax: 100 });
  const { isonet } = kit;
  const address = await isonet.newService("worker");
  const by = await isonet.newService("sender");

  await isonet.call(by as Address, "lua", "burst", address);

  expect(await isonet.call(address as Address, "lua", "count")).toBe(201);
});

test("interrupts no other service of the shard", async () => {
  await using kit = await startHost({ worker, sender }, { shards: 1, turnMsMax: 100 });
  const { isonet } = kit;
  const address = await isonet.newService("worker");
  const neighbour = await isonet.newService("worker");
  await isonet.call(neighbour as Address, "lua", "add", 7);

  isonet.send(address as Address, "lua", "spin");
  await isonet.call(address as Address, "lua", "count");
  const added = Array.from({ length: 20 }, () =>
    isonet.call(neighbour as Address, "lua", "add", 11),
  );
  await Promise.all(added);

  expect(await isonet.call(neighbour as Address, "lua", "count")).toBe(227);
});

test("is told to whoever waits for its answer, as SLICE_EXCEEDED", async () => {
  await using kit = await startHost({ worker }, { shards: 1, turnMsMax: 100 });
  const { isonet } = kit;
  const address = (await isonet.newService("worker")) as Address;

  const spinning = isonet.call({ to: address, timeoutMs: 20_000 }, "lua", "spin");
  const behind = isonet.call(address, "lua", "count");

  await expect(spinning).rejects.toMatchObject({ code: "SLICE_EXCEEDED" });
  expect(await behind).toBe(0);
});

test("is told to whoever waits, also when it spins after an await", async () => {
  await using kit = await startHost({ worker }, { shards: 1, turnMsMax: 100 });
  const { isonet } = kit;
  const address = (await isonet.newService("worker")) as Address;

  const spinning = isonet.call({ to: address, timeoutMs: 20_000 }, "lua", "spinLater");

  await expect(spinning).rejects.toMatchObject({ code: "SLICE_EXCEEDED" });
  expect(await isonet.call(address, "lua", "interrupts")).toBe(1);
});
