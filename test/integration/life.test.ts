// Services on two shards of a real host: how callers hear of each other's end, limits of memory,
// kills, links.

import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const worker = `
import { call, commands, exit, kill, link, memLimit, newService, response, self, send, sleep, stat, task, term } from "isonet";
const hoard: unknown[] = [];
const kept: unknown[] = [];
commands({
  self: () => self(),
  echo: (value: unknown) => value,
  ask: (who: any, ...values: unknown[]) => call(who, "lua", ...values),
  askWithin: (who: any, timeoutMs: number, name: string) => call({ to: who, timeoutMs }, "lua", name),
  never: () => new Promise(() => {}),
  defer: () => { kept.push(response()); },
  leave: () => exit(),
  leaveLater: async () => { await sleep(1); exit(); },
  boom: () => { throw Object.assign(new Error("boom"), { code: "E_BOOM" }); },
  spin: () => { for (;;); },
  hoard: () => { for (;;) hoard.push(new Array(100_000).fill(hoard.length)); },
  kill: (who: any) => kill(who),
  killSelf: async () => { await kill(self()); return "alive"; },
  link: (who: any) => link(who),
  term: async (who: any) => {
    const ended = call(who, "lua", "never").catch((error: any) => error.code);
    await sleep(1);
    term(who);
    return ended;
  },
  stat: (what?: any) => stat(what),
  task: () => task(),
  child: (near: any) => newService({ name: "worker", near }),
});
`;

const limited = `
import { commands, memLimit } from "isonet";
memLimit(24 * 1024 * 1024);
const hoard: unknown[] = [];
commands({
  grow: () => {
    for (let i = 0; i < 40; i++) hoard.push(new Array(250_000).fill(i));
    return hoard.length;
  },
  alive: () => true,
});
`;

let kit: TestHost;
let isonet: TestHost["isonet"];
/** On shards of their own. */
let first: Address;
let second: Address;

beforeAll(async () => {
  kit = await startHost({ worker, limited }, { turnMsMax: 300, callTimeoutMs: 20_000 });
  ({ isonet } = kit);
  first = await started();
  second = await started();
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

async function started(near?: Address, name = "worker"): Promise<Address> {
  const options = near === undefined ? { name } : { name, near };
  return (await isonet.newService(options)) as Address;
}

/** What `who` gets for a call of its own to `target`. */
function asking(who: Address, target: Address | string, ...values: unknown[]): Promise<unknown> {
  return isonet.call(who, "lua", "ask", target, ...values);
}

describe("a caller on the same shard, on another shard, and the host", () => {
  /** The three, each asking a fresh service next to `first` for `what`. */
  async function askedBy(what: string): Promise<unknown[]> {
    const target = await started(first);
    const near = await started(first);
    const far = await started(second);
    const asked = [
      asking(near, target, what),
      asking(far, target, what),
      isonet.call(target, "lua", what),
    ];
    return Promise.all(
      asked.map((it) =>
        it.catch(({ code, remoteCode, message }) => ({ code, remoteCode, message })),
      ),
    );
  }

  test("hear what a handler threw, with text and code", async () => {
    const [near, far, host] = await askedBy("boom");

    const boom = { code: "REMOTE_FAULT", remoteCode: "E_BOOM", message: "boom" };
    expect([near, far, host]).toEqual([boom, boom, boom]);
  });

  test.each([
    ["exits", "leave"],
    ["exits later", "leaveLater"],
  ])("hear when the callee %s", async (_what, command) => {
    const heard = (await askedBy(command)) as { code: string; remoteCode?: string }[];

    expect(heard.map(({ code, remoteCode }) => remoteCode ?? code)).toEqual([
      "ADDRESS_DEAD",
      "ADDRESS_DEAD",
      "ADDRESS_DEAD",
    ]);
  });

  test("hear when the callee is killed", async () => {
    const target = await started(first);
    const near = await started(first);
    const asked = [
      asking(near, target, "never"),
      asking(second, target, "defer"),
      isonet.call(target, "lua", "never"),
    ].map((it) => it.catch(({ code, remoteCode }) => remoteCode ?? code));
    await isonet.call(target, "lua", "echo", 1);

    await isonet.kill(target);

    expect(await Promise.all(asked)).toEqual(["ADDRESS_DEAD", "ADDRESS_DEAD", "ADDRESS_DEAD"]);
  });

  test("get CALL_TIMEOUT from a callee that never answers, and the callee lives on", async () => {
    const late = isonet.call(first, "lua", "askWithin", second, 50, "never");

    await expect(late).rejects.toMatchObject({ remoteCode: "CALL_TIMEOUT" });
    expect(await isonet.call(second, "lua", "echo", "alive")).toBe("alive");
  });

  test("get SLICE_EXCEEDED from a callee that spins, and the callee lives on", async () => {
    const target = await started(first);

    const heard = await asking(second, target, "spin").catch(({ remoteCode }) => remoteCode);

    expect(heard).toBe("SLICE_EXCEEDED");
    expect(await isonet.call(target, "lua", "echo", "alive")).toBe("alive");
  });

  test("get MEMORY_LIMIT at once from a callee that grows without end; its shard's others live on", async () => {
    const target = (await isonet.newService({
      name: "worker",
      near: first,
      memoryMb: 16,
    })) as Address;
    const waiting = isonet.call(target, "lua", "never").catch(({ code }) => code);

    const heard = await asking(second, target, "hoard").catch(({ remoteCode }) => remoteCode);

    expect(heard).toBe("MEMORY_LIMIT");
    expect(await waiting).toBe("MEMORY_LIMIT");
    expect(await isonet.call(first, "lua", "echo", "alive")).toBe("alive");
    await expect(isonet.call(target, "lua", "echo", 1)).rejects.toMatchObject({
      code: "ADDRESS_DEAD",
    });
  });

  test("get ADDRESS_DEAD for one that has ended and ADDRESS_UNKNOWN for one that never was", async () => {
    const target = await started(first);
    await isonet.kill(target);

    const codes = [
      asking(first, target, "echo"),
      asking(second, target, "echo"),
      asking(first, ":01fffff0", "echo"),
      asking(second, ":02000100", "echo"),
      asking(first, ".nobody", "echo"),
    ].map((it) => it.catch(({ remoteCode }) => remoteCode));

    expect(await Promise.all(codes)).toEqual([
      "ADDRESS_DEAD",
      "ADDRESS_DEAD",
      "ADDRESS_UNKNOWN",
      "ADDRESS_UNKNOWN",
      "NAME_UNKNOWN",
    ]);
  });
});

describe("kill", () => {
  test("ends a service that spins, long before it would be interrupted", async () => {
    await using slow = await startHost({ worker }, { shards: 1, turnMsMax: 60_000 });
    const target = (await slow.isonet.newService("worker")) as Address;
    const spinning = slow.isonet.call(target, "lua", "spin").catch(({ code }) => code);
    slow.isonet.send(target, "lua", "echo");

    await slow.isonet.kill(target);

    expect(await spinning).toBe("ADDRESS_DEAD");
    const next = (await slow.isonet.newService("worker")) as Address;
    expect(await slow.isonet.call(next, "lua", "echo", 1)).toBe(1);
  });

  test("may be of oneself, of a name, and of one that has ended", async () => {
    const own = await started();
    const named = await started();
    await isonet.name(".victim", named);

    const died = isonet.call(own, "lua", "killSelf").catch(({ code }) => code);
    await isonet.call(first, "lua", "kill", ".victim");
    await isonet.call(first, "lua", "kill", named);

    expect(await died).toBe("ADDRESS_DEAD");
    await expect(isonet.call(named, "lua", "echo")).rejects.toMatchObject({ code: "ADDRESS_DEAD" });
  });
});

describe("link, term, task and stat", () => {
  test("link resolves with the code of the end, from any shard", async () => {
    const target = (await isonet.newService({ name: "worker", memoryMb: 16 })) as Address;
    const near = isonet.call({ to: first, timeoutMs: 0 }, "lua", "link", target);
    const far = isonet.call({ to: second, timeoutMs: 0 }, "lua", "link", target);

    // Behind the links, as one sender's messages keep their order.
    await Promise.all([asking(first, target, "echo"), asking(second, target, "echo")]);
    isonet.send(target, "lua", "hoard");

    expect(await Promise.all([near, far])).toEqual(["MEMORY_LIMIT", "MEMORY_LIMIT"]);
  });

  test("term fails one's own calls, and the other lives on", async () => {
    expect(await isonet.call(first, "lua", "term", second)).toBe("ADDRESS_DEAD");
    expect(await isonet.call(second, "lua", "echo", 1)).toBe(1);
  });

  test("stat tells what the service did, and one figure", async () => {
    const target = await started();
    for (let round = 0; round < 3; round++) await isonet.call(target, "lua", "echo", round);

    const stat = (await isonet.call(target, "lua", "stat")) as Record<string, unknown>;

    expect(stat).toMatchObject({ mqlen: 0, message: 5, endless: false, interrupts: 0 });
    expect(stat["cpu"]).toBeGreaterThan(0);
    expect(await isonet.call(target, "lua", "stat", "message")).toBe(7);
  });

  test("task counts suspended threads", async () => {
    const target = await started();
    isonet.send(target, "lua", "never");
    isonet.send(target, "lua", "never");

    expect(await isonet.call(target, "lua", "task")).toBe(2);
  });
});

describe("memLimit", () => {
  test("ends a service that goes over its own limit, with MEMORY_LIMIT to those that wait", async () => {
    const target = await started(undefined, "limited");
    expect(await isonet.call(target, "lua", "alive")).toBe(true);
    const link = isonet.link(target);

    isonet.send(target, "lua", "grow");

    expect(await link).toBe("MEMORY_LIMIT");
  });
});
