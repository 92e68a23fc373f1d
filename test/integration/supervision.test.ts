// Supervision on a real host: services that end in every way, what their callers and monitors hear,
// and what comes back.

import type { Address, Ended, LaunchOptions } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const worker = `
import { commands, exit, exportState, importState, init, monitor, register, start, wait, wakeup } from "isonet";
const order: string[] = [];
let count = 0;
let isBroken = false;
let paddingBytes = 300_000;
let exports = 0;
const bells: [number, object][] = [];
exportState(() => {
  exports++;
  for (const [at, bell] of bells) if (exports >= at) wakeup(bell);
  if (isBroken) throw new Error("not now");
  return { count, padding: new Uint8Array(paddingBytes) };
});
importState((state: { count: number }) => {
  order.push("import");
  count = state.count;
});
init(() => void order.push("init"));
start(async (name?: string) => {
  order.push("start");
  if (name !== undefined && count === 0) await register(name);
});
const hoard: unknown[] = [];
commands({
  add: (step: number) => (count += step),
  order: () => order,
  exported: async (times: number) => {
    const bell = {};
    bells.push([exports + times, bell]);
    await wait(bell);
  },
  swell: () => void (paddingBytes = 1_048_576),
  break: () => void (isBroken = true),
  never: () => new Promise(() => {}),
  hoard: () => { for (;;) hoard.push(new Array(100_000).fill(hoard.length)); },
  spin: () => { for (;;); },
  leave: () => exit(),
  monitor: (who: any) => monitor(who),
});
`;

/** Cannot go on with the state that it exported. */
const fragile = `
import { commands, exportState, importState } from "isonet";
exportState(() => "state");
importState(() => { throw new Error("no second life"); });
const hoard: unknown[] = [];
commands({ hoard: () => { for (;;) hoard.push(new Array(100_000).fill(hoard.length)); } });
`;

const noStart = `
import { register, start } from "isonet";
start(async () => { await register(".never"); throw new Error("not today"); });
`;

const memoryMb = 16;
let kit: TestHost;
let isonet: TestHost["isonet"];

beforeAll(async () => {
  kit = await startHost({ worker, fragile, noStart }, { callTimeoutMs: 20_000 });
  ({ isonet } = kit);
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

async function launch(restart: LaunchOptions["restart"], ...args: string[]): Promise<Address> {
  const options = { name: "worker", memoryMb, ...(restart === undefined ? {} : { restart }) };
  return (await isonet.newService(options, ...args)) as Address;
}

function codeOf(reply: Promise<unknown>): Promise<string> {
  return reply.then(
    () => "none",
    (error: { code: string }) => error.code,
  );
}

/** The first answer of a service that may still be on its way back. */
async function answer(target: Address | string, ...values: unknown[]): Promise<unknown> {
  for (;;) {
    try {
      return await isonet.call(target, "lua", ...values);
    } catch (error) {
      if ((error as { code: string }).code !== "SERVICE_RESTARTING") throw error;
      await isonet.sleep(1);
    }
  }
}

describe("a service that is restarted after a crash", () => {
  test("keeps its address and its name, and tells each caller what happened", async () => {
    const address = await launch({ policy: "on-crash", backoffMs: 400 }, ".kept");
    await isonet.call(address, "lua", "add", 5);
    const open = codeOf(isonet.call(address, "lua", "never"));
    const ended = isonet.monitor(address);

    expect(await codeOf(isonet.call(".kept", "lua", "hoard"))).toBe("MEMORY_LIMIT");
    expect(await open).toBe("MEMORY_LIMIT");
    expect(await ended).toMatchObject({ address, code: "MEMORY_LIMIT", restarts: true });
    expect(await codeOf(isonet.call(address, "lua", "add", 1))).toBe("SERVICE_RESTARTING");
    expect(await answer(".kept", "add", 1)).toBe(1);
    expect(await isonet.localName(".kept")).toBe(address);
    expect(await isonet.call(address, "lua", "order")).toEqual(["init", "start"]);
  });

  test("goes on from its last checkpoint, imported before its init and start handlers", async () => {
    const address = await launch({ policy: "on-crash", checkpointMs: 100 });
    await isonet.call(address, "lua", "add", 7);
    await isonet.call({ to: address, timeoutMs: 0 }, "lua", "exported", 2);
    await isonet.call(address, "lua", "add", 100); // since the last checkpoint
    await codeOf(isonet.call(address, "lua", "hoard"));

    expect([7, 107]).toContain(await answer(address, "add", 0));
    expect(await isonet.call(address, "lua", "order")).toEqual(["import", "init", "start"]);
  });

  test.each([
    ["fails", "break"],
    ["is over checkpointBytesMax", "swell"],
  ])("keeps its last good checkpoint when an export %s", async (_what, command) => {
    const address = await launch({ policy: "on-crash", checkpointMs: 100 });
    await isonet.call(address, "lua", "add", 7);
    await isonet.call({ to: address, timeoutMs: 0 }, "lua", "exported", 2);
    await isonet.call(address, "lua", command);
    await isonet.call(address, "lua", "add", 100);
    await isonet.call({ to: address, timeoutMs: 0 }, "lua", "exported", 1);
    await codeOf(isonet.call(address, "lua", "hoard"));

    expect(await answer(address, "add", 0)).toBe(7);
  });

  test("is counted in stat and list, which say when it waits for its restart", async () => {
    const address = await launch({ policy: "on-crash", backoffMs: 400 });
    const text = isonet.address(address);
    const ask = async (command: string): Promise<unknown> => {
      const answers = (await isonet.call(".launcher", "lua", command)) as Record<string, unknown>;
      return answers[text];
    };
    await codeOf(isonet.call(address, "lua", "hoard"));

    expect(await ask("stat")).toBe("RESTARTING");
    expect(await ask("list")).toBe("worker (to be restarted, 0 restarts)");
    await answer(address, "add", 0);
    expect(await ask("stat")).toMatchObject({ restarts: 1, state: "running" });
    expect(await ask("list")).toBe("worker (1 restarts)");
  });
});

describe("a service that crashes too often", () => {
  test("is given up: its monitors hear RESTART_LIMIT, its name is free", async () => {
    const restart = { policy: "on-crash", restartsMax: 1, backoffMs: 0 } as const;
    const address = await launch(restart, ".crashing");
    const first = isonet.monitor(address);
    await codeOf(isonet.call(address, "lua", "hoard"));
    expect(await first).toMatchObject({ code: "MEMORY_LIMIT", restarts: true });

    const second = isonet.monitor(address);
    await answer(address, "add", 0);
    await codeOf(isonet.call(address, "lua", "hoard"));

    const given = await second;
    expect(given).toMatchObject({ code: "RESTART_LIMIT", restarts: false });
    expect(given.text).toMatch(/more than 1 times in 60 s .*MEMORY_LIMIT/);
    expect(await isonet.localName(".crashing")).toBeUndefined();
    expect(await codeOf(isonet.call(address, "lua", "add", 1))).toBe("ADDRESS_DEAD");
  });

  test("counts restarts that fail", async () => {
    const restart = {
      policy: "on-crash",
      restartsMax: 2,
      backoffMs: 0,
      checkpointMs: 100,
    } as const;
    const options = { name: "fragile", memoryMb, restart };
    const address = (await isonet.newService(options)) as Address;
    await isonet.sleep(30); // a checkpoint is taken
    const ends: Ended[] = [];
    const watching = (async () => {
      do ends.push(await isonet.monitor(address));
      while (ends.at(-1)?.restarts === true);
    })();
    await codeOf(isonet.call(address, "lua", "hoard"));
    await watching;

    expect(ends.map(({ code }) => code)).toEqual([
      "MEMORY_LIMIT",
      "SERVICE_INIT_FAILED",
      "RESTART_LIMIT",
    ]);
  });
});

describe("what is not restarted", () => {
  test("a service that was killed, whatever its policy", async () => {
    const address = await launch("always", ".mortal");
    const ended = isonet.monitor(address);
    await isonet.kill(address);

    expect(await ended).toMatchObject({ code: "killed", restarts: false });
    expect(await codeOf(isonet.call(address, "lua", "add", 1))).toBe("ADDRESS_DEAD");
    expect(await isonet.localName(".mortal")).toBeUndefined();
  });

  test("a service that was killed in a turn that does not end", async () => {
    const address = await launch("always");
    const ended = isonet.monitor(address);
    isonet.send(address, "lua", "spin");
    await isonet.kill(address);

    expect(await ended).toMatchObject({ code: "killed", restarts: false });
  });

  test("a service that was killed while it waited for its restart", async () => {
    const address = await launch({ policy: "on-crash", backoffMs: 60_000, backoffMsMax: 60_000 });
    await codeOf(isonet.call(address, "lua", "hoard"));
    const ended = isonet.monitor(address);
    await isonet.kill(address);

    expect(await ended).toMatchObject({ code: "killed", restarts: false });
    expect(await codeOf(isonet.call(address, "lua", "add", 1))).toBe("ADDRESS_DEAD");
  });

  test("a service that exits, with on-crash", async () => {
    const address = await launch("on-crash", ".leaving");
    const ended = isonet.monitor(address);

    expect(await codeOf(isonet.call(address, "lua", "leave"))).toBe("ADDRESS_DEAD");
    expect(await ended).toMatchObject({ code: "exited", restarts: false });
    expect(await codeOf(isonet.call(address, "lua", "add", 1))).toBe("ADDRESS_DEAD");
    expect(await isonet.localName(".leaving")).toBeUndefined();
  });

  test("a service whose first start fails: its creator hears it, its names are free", async () => {
    const launched = isonet.newService({ name: "noStart", restart: "always" });

    expect(await codeOf(launched)).toBe("SERVICE_INIT_FAILED");
    expect(await isonet.localName(".never")).toBeUndefined();
  });
});

describe("a service with the policy always", () => {
  test("comes back after its own exit", async () => {
    const address = await launch("always", ".again");
    await isonet.call(address, "lua", "add", 3);
    const ended = isonet.monitor(address);
    await codeOf(isonet.call(address, "lua", "leave"));

    expect(await ended).toMatchObject({ code: "exited", restarts: true });
    expect(await answer(".again", "add", 1)).toBe(1);
  });
});

describe("monitor", () => {
  test("tells a guest on another shard of an end, with its reason", async () => {
    const watcher = await launch("never");
    const [crashing, leaving] = [await launch("never"), await launch("never")];
    const ends = [crashing, leaving].map((who) =>
      isonet.call({ to: watcher, timeoutMs: 0 }, "lua", "monitor", who),
    );
    await isonet.call(watcher, "lua", "add", 0); // it has asked
    await codeOf(isonet.call(crashing, "lua", "hoard"));
    await codeOf(isonet.call(leaving, "lua", "leave"));

    expect(await Promise.all(ends)).toMatchObject([
      { address: crashing, code: "MEMORY_LIMIT", restarts: false },
      { address: leaving, code: "exited", restarts: false },
    ]);
  });

  test("answers at once for a service that has ended, and refuses one that never was", async () => {
    const address = await launch("never");
    await isonet.kill(address);

    expect(await isonet.monitor(address)).toMatchObject({ code: "ADDRESS_DEAD", restarts: false });
    const never = isonet.parseAddress(":0100ffff") as Address;
    expect(await codeOf(isonet.monitor(never))).toBe("ADDRESS_UNKNOWN");
    expect(await codeOf(isonet.monitor(".nobody"))).toBe("NAME_UNKNOWN");
  });

  test("waits on a service of the host's own, which lives as long as the host", async () => {
    const ended = isonet.monitor(".launcher");
    const first = await Promise.race([ended, isonet.call(".registry", "debug", "PING")]);

    expect(first).toBeUndefined();
  });
});

describe("the launch option restart", () => {
  test.each([
    ["sometimes", '"never", "on-crash" or "always"'],
    [7, '"never", "on-crash" or "always"'],
    [{}, '"never", "on-crash" or "always" as its policy'],
    [{ policy: "always", restartsMax: -1 }, "from 0 to 1000 as its restartsMax, not -1"],
    [{ policy: "always", seconds: 0.5 }, "seconds from 1 to 86400 as its seconds, not 0.5"],
    [{ policy: "always", checkpointMs: 5 }, "from 100 to 86400000 as its checkpointMs, not 5"],
    [{ policy: "always", often: 5 }, "without often"],
  ])("refuses %j", async (restart, text) => {
    const launched = isonet.newService({ name: "worker", restart } as unknown as LaunchOptions);

    await expect(launched).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
      message: expect.stringContaining(text),
    });
  });
});
