// How a host stops, and what is left of its services: isolates, threads, answers.

import type { Address } from "isonet";
import { describe, expect, test } from "vitest";
import { startHost } from "../kit/host.ts";

const worker = `
import { commands, exit, start, sleep } from "isonet";
commands({
  echo: (value: unknown) => value,
  never: () => new Promise(() => {}),
  spin: () => { for (;;); },
  microtasks: () => { const again = (): Promise<void> => Promise.resolve().then(again); return again(); },
  leave: () => exit(),
});
`;

const fails = `throw new Error("never there");`;

describe("stop", () => {
  test("ends services that spin, on every shard, within seconds", async () => {
    const {
      host,
      isonet,
      [Symbol.asyncDispose]: dispose,
    } = await startHost({ worker }, { shards: 2, turnMsMax: 0 });
    const first = (await isonet.newService("worker")) as Address;
    const second = (await isonet.newService("worker")) as Address;
    isonet.send(first, "lua", "spin");
    isonet.send(second, "lua", "microtasks");
    const waiting = isonet.call({ to: first, timeoutMs: 0 }, "lua", "echo").catch(() => "ended");

    const start = performance.now();
    expect(await host.stop()).toBe(true);

    expect(performance.now() - start).toBeLessThan(5000);
    expect(host.isolates).toBe(0);
    void waiting;
    await dispose();
  });

  test("is told to those who wait as HOST_STOPPING", async () => {
    await using kit = await startHost({ worker }, { shards: 1 });
    const address = (await kit.isonet.newService("worker")) as Address;
    const waiting = kit.isonet.call({ to: address, timeoutMs: 0 }, "lua", "never");
    const heard = waiting.catch(({ code }) => code);
    await kit.isonet.call(address, "lua", "echo");

    await kit.host.stop();

    expect(await heard).toBe("HOST_STOPPING");
  });

  test("may be asked for twice", async () => {
    const { host, [Symbol.asyncDispose]: dispose } = await startHost({}, { shards: 1 });

    expect(await Promise.all([host.stop(), host.stop()])).toEqual([true, true]);
    await dispose();
  });
});

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
