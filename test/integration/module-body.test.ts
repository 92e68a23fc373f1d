// A module's body on a real isolate: how long it may take, and what it can know.

import { expect, test } from "vitest";
import { startHost } from "../kit/host.ts";

const spinner = "for (;;);";
const clock = `
import { commands, now } from "isonet";
const loaded = now();
commands({ loaded: () => loaded });
`;
const friend = "import { commands } from 'isonet'; commands({ seven: () => 7 });";

test("a body that does not end is interrupted after turnMsMax, and its shard goes on", async () => {
  await using kit = await startHost({ spinner, friend }, { shards: 1, turnMsMax: 100 });
  const { isonet } = kit;

  await expect(isonet.newService("spinner")).rejects.toMatchObject({
    code: "SERVICE_LOAD_FAILED",
    message: expect.stringMatching(
      /spinner\.ts: .* interrupted after 100 ms \(turnMsMax\)/,
    ) as string,
  });

  const address = await isonet.newService("friend");
  expect(await isonet.call(isonet.address(address as never), "lua", "seven")).toBe(7);
});

test("a body knows the time", async () => {
  await using kit = await startHost({ friend, clock }, { shards: 1 });
  const { isonet } = kit;
  await isonet.newService("friend"); // some ticks pass until a shard is up

  const before = isonet.now();
  const address = await isonet.newService("clock");
  const loaded = (await isonet.call(isonet.address(address as never), "lua", "loaded")) as number;

  expect(before).toBeGreaterThan(1);
  expect(loaded).toBeGreaterThanOrEqual(before - 1); // clocks of two threads differ by up to a tick
  expect(loaded).toBeLessThanOrEqual(isonet.now() + 1);
});
