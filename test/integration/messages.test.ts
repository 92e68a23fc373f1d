// Messages between services of a real host: order, size, floods, timers, deadlines that travel.

import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const worker = `
import { call, commands, fork, now, pack, rawCall, redirect, registerProtocol, ret, select, send, sleep, timeout, unpack, yield as yieldNow } from "isonet";
const got: unknown[] = [];
commands({
  echo: (value: unknown) => value,
  size: (value: Uint8Array) => value.length,
  make: (bytes: number) => new Uint8Array(bytes).fill(7),
  text: (units: number) => "ü".repeat(units),
  push: (value: unknown) => { got.push(value); },
  got: () => got,
  ask: (who: any, ...values: unknown[]) => call(who, "lua", ...values),
  sum: async (who: any, command: string, bytes: number) => {
    const bytesGot: Uint8Array = await call(who, "lua", command, bytes);
    return bytesGot.reduce((sum, byte) => sum + byte, 0);
  },
  sendSome: (who: any, from: number, to: number) => { for (let i = from; i < to; i++) send(who, "lua", "push", i); },
  flood: async (who: any, count: number) => {
    const calls = Array.from({ length: count }, () => call(who, "lua", "echo", 1).then(() => "ok", (error: any) => error.code));
    const codes = await Promise.all(calls);
    const counts: Record<string, number> = {};
    for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  },
  order: async () => {
    const ran: string[] = [];
    fork(() => { ran.push("f1"); fork(() => ran.push("f1.1")); });
    fork(() => ran.push("f2"));
    timeout(0, () => ran.push("t0"));
    await yieldNow();
    ran.push("y");
    return ran;
  },
  sleeps: async () => {
    const woken: number[] = [];
    const before = now();
    await Promise.all([3, 1, 2].map(async (ticks) => { await sleep(ticks); woken.push(ticks); }));
    return { woken, ticks: now() - before };
  },
  parallel: async (targets: any[]) => {
    const answers: unknown[] = [];
    for await (const { request, values, error } of select(targets.map((target, index) => ({ target, values: ["echo", index], index })), 200)) {
      answers.push(error === undefined ? values![0] : error.code);
    }
    return answers;
  },
  chain: async (targets: any[], timeoutMs: number) => {
    const [next, ...rest] = targets;
    if (next === undefined) return new Promise(() => {});
    return call(timeoutMs > 0 ? { to: next, timeoutMs } : next, "lua", "chain", rest, 0);
  },
  raw: async (who: any) => unpack(await rawCall(who, "lua", pack("echo", { raw: [1] }))),
  forward: (who: any, session: number, source: any) => redirect(who, source, "lua", session, pack("echo", "forwarded")),
});
`;

let kit: TestHost;
let isonet: TestHost["isonet"];
let near: Address;
let neighbour: Address;
let far: Address;

beforeAll(async () => {
  kit = await startHost({ worker }, { mailboxDepthMax: 1000, messageBytesMax: 8 * 1024 * 1024 });
  ({ isonet } = kit);
  near = (await isonet.newService("worker")) as Address;
  far = (await isonet.newService("worker")) as Address;
  neighbour = (await isonet.newService({ name: "worker", near })) as Address;
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

const mib = 1024 * 1024;

describe("large messages", () => {
  test.each([
    ["to a neighbour", () => neighbour],
    ["to another shard", () => far],
  ])("of 4 MiB come back whole from a call %s", async (_where, target) => {
    expect(await isonet.call(near, "lua", "sum", target(), "make", 4 * mib)).toBe(7 * 4 * mib);
  });

  test("of text come back whole to the host", async () => {
    const text = (await isonet.call(far, "lua", "text", mib)) as string;

    expect(text).toBe("ü".repeat(mib));
  });

  test("may be as large as messageBytesMax, both ways, and a byte more is refused", async () => {
    const most = 8 * mib - 24 - 5 - 5; // the header, the command's name and the tag of the bytes
    expect(await isonet.call(near, "lua", "size", new Uint8Array(most))).toBe(most);

    await expect(isonet.call(near, "lua", "size", new Uint8Array(most + 1))).rejects.toMatchObject({
      code: "MESSAGE_TOO_LARGE",
    });
    await expect(isonet.call(near, "lua", "make", 8 * mib)).rejects.toMatchObject({
      code: "MESSAGE_TOO_LARGE",
    });
    expect(await isonet.call(near, "lua", "echo", "alive")).toBe("alive");
  });

  test("and small ones of one sender keep their order", async () => {
    const target = (await isonet.newService("worker")) as Address;
    isonet.send(target, "lua", "push", 1);
    isonet.send(target, "lua", "push", new Uint8Array(300_000));
    isonet.send(target, "lua", "push", 2);

    const got = (await isonet.call(target, "lua", "got")) as unknown[];
    expect(got.map((value) => (value instanceof Uint8Array ? value.length : value))).toEqual([
      1, 300_000, 2,
    ]);
  });
});

describe("order", () => {
  test("of one sender's messages is kept, across shards too", async () => {
    const target = (await isonet.newService("worker")) as Address;
    await isonet.call(far, "lua", "sendSome", target, 0, 300);
    await isonet.call(far, "lua", "sendSome", target, 300, 600);
    await isonet.call(far, "lua", "ask", target, "echo");

    expect(await isonet.call(target, "lua", "got")).toEqual(
      Array.from({ length: 600 }, (_, index) => index),
    );
  });

  test("of forks, timers and yields is Skynet's", async () => {
    expect(await isonet.call(near, "lua", "order")).toEqual(["f1", "f2", "f1.1", "t0", "y"]);
  });

  test("of sleepers is that of their times, none of which is over early", async () => {
    const { woken, ticks } = (await isonet.call(far, "lua", "sleeps")) as {
      woken: number[];
      ticks: number;
    };

    expect(woken).toEqual([1, 2, 3]);
    expect(ticks).toBeGreaterThanOrEqual(3);
  });
});

describe("a full mailbox", () => {
  test("answers the calls that do not fit with MAILBOX_FULL, and the others as ever", async () => {
    const target = (await isonet.newService({ name: "worker", near })) as Address;

    const counts = (await isonet.call(near, "lua", "flood", target, 1200)) as Record<
      string,
      number
    >;

    expect(counts["ok"]).toBeGreaterThanOrEqual(1000);
    expect(counts["MAILBOX_FULL"]).toBe(1200 - (counts["ok"] as number));
  });
});

describe("calls", () => {
  test("several at once are answered in order of arrival, failures included", async () => {
    const answers = await isonet.call(near, "lua", "parallel", [far, neighbour, ".nobody", far]);

    expect(new Set(answers as unknown[])).toEqual(new Set([0, 1, 3, "NAME_UNKNOWN"]));
  });

  test("end with the deadline of the first caller, however long the chain", async () => {
    const started = isonet.call(near, "lua", "chain", [far, neighbour, far], 100);

    await expect(started).rejects.toMatchObject({
      code: "REMOTE_FAULT",
      remoteCode: "CALL_TIMEOUT",
      message: expect.stringContaining("no reply in"),
    });
  });

  test("rawCall takes and gives packed bytes", async () => {
    expect(await isonet.call(near, "lua", "raw", far)).toEqual([{ raw: [1] }]);
  });

  test("of oneself are answered", async () => {
    expect(await isonet.call(near, "lua", "ask", near, "echo", "me")).toBe("me");
  });
});
