// Isolates of a real host: none is left over, and none is made beyond the ceiling.

import type { Address } from "isonet";
import { describe, expect, test } from "vitest";
import { startHost } from "../kit/host.ts";

const worker = `
import { commands, exit } from "isonet";
commands({
  echo: (value: unknown) => value,
  leave: () => exit(),
});
`;

const fails = `throw new Error("never there");`;

describe("isolates", () => {
  test("are all gone when 200 services have started and ended, in every way", async () => {
    await using kit = await startHost({ worker, fails }, { shards: 2, warmIsolates: 0 });
    const { isonet, host } = kit;
    const ways = ["leave", "kill", "fails"];
    const one = async (index: number): Promise<void> => {
      const way = ways[index % ways.length];
      if (way === "fails") {
        await isonet.newService("fails").catch(() => {});
        return;
      }
      const address = (await isonet.newService("worker", index)) as Address;
      const ended = isonet.link(address);
      if (way === "leave") isonet.send(address, "lua", "leave");
      else await isonet.kill(address);
      await ended;
    };
    for (let index = 0; index < 200; index += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, offset) => one(index + offset)));
    }

    // Its creation is behind every disposal on that shard.
    const last = await Promise.all([isonet.newService("worker"), isonet.newService("worker")]);
    await Promise.all(last.map((address) => isonet.call(address as Address, "lua", "echo")));
    expect(host.isolates).toBe(2);
  });
});

describe("the ceiling", () => {
  test("refuses one isolate more with ISOLATE_CEILING, and takes it when another has ended", async () => {
    await using kit = await startHost({ worker }, { shards: 1, warmIsolates: 0, isolatesMax: 3 });
    const { isonet } = kit;
    const [first] = await Promise.all([1, 2, 3].map(() => isonet.newService("worker")));

    const refused = await isonet.newService("worker").catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "ISOLATE_CEILING",
      message: expect.stringContaining("vm.max_map_count"),
    });
    await isonet.kill(first as Address);

    const next = (await isonet.newService("worker")) as Address;
    expect(await isonet.call(next, "lua", "echo", 1)).toBe(1);
  });
});
