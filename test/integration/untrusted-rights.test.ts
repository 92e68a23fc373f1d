// What an untrusted service gets from the host's own services on a real host, and what it is
// refused. Where it runs does not matter here.

import type { Address, LaunchOptions } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const guest = `
import { call, commands, context, getEnv, ignoreRet, kill, localName, name, newService, pack,
  queryService, redirect, register, self, send, setEnv, uniqueService } from "isonet";

let told: number = 0;
const tries: Record<string, (...args: any[]) => unknown> = {
  launch: (options: any) => newService(options),
  kill: (target: any) => kill(target),
  register: (text: string) => register(text),
  nameOther: (text: string, target: any) => name(text, target),
  query: (text: string) => localName(text),
  getEnv: (key: string) => getEnv(key),
  setEnv: (key: string) => setEnv(key, "mine"),
  unique: () => uniqueService("guest"),
  queryUnique: () => queryService("guest"),
  names: () => call(".registry", "lua", "names"),
  list: () => call(".launcher", "lua", "list"),
  stat: () => call(".launcher", "lua", "stat"),
  uniqueList: () => call(".service", "lua", "list"),
  call: (to: any, ...values: any[]) => call(to, "lua", ...values),
  inject: () => call(".launcher", "lua", "inject", self(), "1", "x", []),
};
commands({
  /** What a try comes to: its value, or its code and text. */
  try: async (what: string, ...args: any[]) => {
    try {
      return { value: await tries[what]?.(...args) };
    } catch (error: any) {
      return { code: error.remoteCode ?? error.code, text: error.message };
    }
  },
  /** Passes its caller's request on. */
  handOn: (who: any, ...values: unknown[]) => {
    const { source, session } = context() as any;
    ignoreRet();
    redirect(who, source, "lua", session, pack(...values));
  },
  tell: (who: any, ...values: unknown[]) => send(who, "lua", ...values),
  told: () => told,
  note: () => ++told,
  shout: (lines: number) => {
    for (let line = 0; line < lines; line++) console.log("again", line);
  },
  ping: () => "pong",
});
`;

let kit: TestHost;

beforeAll(async () => {
  kit = await startHost({ guest }, { env: { level: "7", secret: "x" } });
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

async function launch(allow?: LaunchOptions["allow"], owner = "alice"): Promise<Address> {
  const options = { name: "guest", trust: "untrusted", owner, memoryMb: 16 } as const;
  const made = await kit.isonet.newService(allow === undefined ? options : { ...options, allow });
  return made as Address;
}

type Outcome = { value?: unknown; code?: string; text?: string };

function attempt(who: Address, what: string, ...args: unknown[]): Promise<Outcome> {
  return kit.isonet.call(who, "lua", "try", what, ...args);
}

describe("an untrusted service without allow", () => {
  test.each([
    ["launch", { name: "guest" }],
    ["kill", ".launcher"],
    ["register", ".mine"],
    ["nameOther", ".mine", 0x0100_0100],
    ["query", ".launcher"],
    ["getEnv", "level"],
    ["setEnv", "mine"],
    ["unique"],
    ["queryUnique"],
    ["names"],
    ["list"],
    ["stat"],
    ["uniqueList"],
  ])("may not %s", async (what, ...args) => {
    const outcome = await attempt(await launch(), what, ...args);

    expect(outcome).toMatchObject({ code: "CAPABILITY_MISSING" });
    expect(outcome.text).toMatch(/^service :01[0-9a-f]{6} \(owner alice\) may not /);
  });

  test("has each refusal in the figures that operators see", async () => {
    const address = await launch();
    for (let count = 0; count < 3; count++) await attempt(address, "getEnv", "secret");

    const figures = await kit.isonet.call(".launcher", "lua", "stat", { address });

    expect(Object.values(figures)).toMatchObject([{ refused: 3 }]);
  });

  test("cannot act for an operator", async () => {
    expect(await attempt(await launch(), "inject")).toMatchObject({ code: "NOT_PERMITTED" });
  });
});

describe("a message of an untrusted service", () => {
  const told = (who: Address): Promise<number> => kit.isonet.call(who, "lua", "told");

  test("to another owner's service is refused, and a one-way message dropped", async () => {
    const [mine, other] = [await launch(), await launch({}, "bob")];

    const refused = await attempt(mine, "call", other, "ping");
    await kit.isonet.call(mine, "lua", "tell", other, "note");

    expect(refused).toMatchObject({ code: "CAPABILITY_MISSING" });
    expect(refused.text).toMatch(/ may not send "lua" to :01[0-9a-f]{6}: allow\.send does not /);
    expect(await told(other)).toBe(0);
    const figures = await kit.isonet.call(".launcher", "lua", "stat", { address: mine });
    expect(Object.values(figures)).toMatchObject([{ refused: 2 }]);
  });

  test("to a service of its owner, to one that allow names, and to a name arrives", async () => {
    const [target, mate] = [await launch({ names: 1 }, "bob"), await launch()];
    await attempt(target, "register", ".target");
    const byName = await launch({ send: [".target"] });
    const byAddress = await launch({ send: [target] });

    expect(await attempt(byName, "call", ".target", "ping")).toEqual({ value: "pong" });
    expect(await attempt(byName, "call", target, "ping")).toEqual({ value: "pong" });
    expect(await attempt(byAddress, "call", target, "ping")).toEqual({ value: "pong" });
    expect(await attempt(byName, "call", mate, "ping")).toEqual({ value: "pong" });
  });

  test("to a host service of an embedder's needs more than *", async () => {
    const gate = kit.host.addHostService("gate", (isonet) => {
      isonet.commands({ ping: () => "open" });
    });
    const [any, named] = [await launch({ send: ["*"] }), await launch({ send: [gate] })];

    expect(await attempt(any, "call", gate, "ping")).toMatchObject({ code: "CAPABILITY_MISSING" });
    expect(await attempt(named, "call", gate, "ping")).toEqual({ value: "open" });
  });

  test("hands its caller's request on to its owner's service, and to no other", async () => {
    const [one, mate, other] = [await launch(), await launch(), await launch({}, "bob")];
    const handOn = (to: Address): Promise<unknown> =>
      kit.isonet.call({ to: one, timeoutMs: 300 }, "lua", "handOn", to, "ping");

    expect(await handOn(mate)).toBe("pong");
    await expect(handOn(other)).rejects.toMatchObject({ code: "CALL_TIMEOUT" });
  });

  test("as a request that a trusted service hands on into a cell is answered from there", async () => {
    const trusted = (await kit.isonet.newService("guest")) as Address;
    const answer = await launch();

    const handOn = kit.isonet.call(trusted, "lua", "handOn", answer, "ping");

    expect(await handOn).toBe("pong");
  });
});

describe("an untrusted service with allow", () => {
  test("launches its owner's services within its limits, ends them, and names itself", async () => {
    const address = await launch({ launch: 1, names: 1, env: ["level"], send: [".mine"] });

    const child = (await attempt(address, "launch", { name: "guest" })).value as Address;
    expect(await kit.isonet.call(child, "lua", "ping")).toBe("pong");
    expect(await attempt(address, "launch", { name: "guest" })).toMatchObject({
      code: "CAPABILITY_MISSING",
    });
    expect(await attempt(child, "launch", { name: "guest" })).toMatchObject({
      code: "CAPABILITY_MISSING",
    });
    expect(await attempt(address, "kill", child)).toEqual({ value: undefined });
    expect(await attempt(address, "register", ".mine")).toEqual({ value: undefined });
    expect(await attempt(address, "query", ".mine")).toEqual({ value: address });
    expect(await attempt(address, "getEnv", "level")).toEqual({ value: "7" });
    expect(await attempt(address, "getEnv", "secret")).toMatchObject({
      code: "CAPABILITY_MISSING",
    });
  });

  test("gets a launch back when its service has ended", async () => {
    const address = await launch({ launch: 1 });
    const child = (await attempt(address, "launch", { name: "guest" })).value as Address;
    await attempt(address, "kill", child);
    await expect(kit.isonet.call(child, "lua", "ping")).rejects.toMatchObject({
      code: "ADDRESS_DEAD",
    });

    // The launcher is told of the end before it answers anybody about it.
    await kit.isonet.call(".launcher", "lua", "list");
    expect(await attempt(address, "launch", { name: "guest" })).toMatchObject({
      value: expect.any(Number),
    });
  });

  test("is not for trusted services", async () => {
    await expect(kit.isonet.newService({ name: "guest", allow: {} })).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
    });
  });
});

test("services of one owner share its log lines, and what is lost is counted", async () => {
  const two = [await launch({}, "loud"), await launch({}, "loud")];

  await Promise.all(two.map((address) => kit.isonet.call(address, "lua", "shout", 1500)));
  await kit.isonet.call(".launcher", "lua", "list");

  let refused = 0;
  for (const address of two) {
    const figures = await kit.isonet.call(".launcher", "lua", "stat", { address });
    const [own] = Object.values<{ refused: number }>(figures);
    refused += own?.refused ?? 0;
  }
  expect(refused).toBeGreaterThan(0);
});
