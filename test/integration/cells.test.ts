// Untrusted services on a real host: they run in processes of their own kind, and what one of them
// does to its process is told to those who wait on it, and to nobody else.

import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const script = `
import { call, commands, exit, getEnv, newService, self, send, sleep } from "isonet";
import { greeting } from "./parts/greeting.ts";
let count: number = 0;
commands({
  count: () => ++count,
  greet: (name: string) => greeting(name),
  echo: (value: unknown) => value,
  world: () => Object.keys(globalThis),
  leave: () => exit(),
  throws: () => { throw Object.assign(new Error("boom"), { code: "E_BOOM" }); },
  ask: (who: any, ...values: unknown[]) => call(who, "lua", ...values),
  never: () => new Promise(() => {}),
  spin: () => { for (;;); },
  die: () => new RegExp("(a|".repeat(10_000) + ")".repeat(10_000)).exec(""),
});
`;

const greeting = `export const greeting = (name: string): string => "hello " + name;`;

const plainScript = script.replace(/^import \{ greeting.*$/m, "const greeting = String;");

let kit: TestHost;

beforeAll(async () => {
  kit = await startHost(
    {
      script,
      "parts/greeting": greeting,
    },
    { cells: 2, cellStallMs: 400, turnMsMax: 200 },
  );
});

afterAll(() => kit[Symbol.asyncDispose]());

function launch(owner: string): Promise<Address> {
  const options = { name: "script", trust: "untrusted", owner, allow: { send: ["*"] } } as const;
  return kit.isonet.newService(options) as Promise<Address>;
}

const ask = (who: Address, ...values: unknown[]): Promise<unknown> =>
  kit.isonet.call({ to: who, timeoutMs: 20_000 }, "lua", ...values);

async function failure(call: Promise<unknown>): Promise<{ code: string; message: string }> {
  return call.then(
    () => ({ code: "none", message: "" }),
    (error: { code: string; message: string }) => error,
  );
}

describe("an untrusted service", () => {
  test("answers calls, keeps its state and imports modules of its own", async () => {
    const address = await launch("alice");

    expect([await ask(address, "count"), await ask(address, "count")]).toEqual([1, 2]);
    expect(await ask(address, "greet", "bob")).toBe("hello bob");
  });

  test("is called by trusted services and by untrusted ones of other cells", async () => {
    const [one, other] = [await launch("ann"), await launch("bert")];

    expect(await ask(one, "ask", other, "echo", 7)).toBe(7);
  });

  test("throws to its caller as a trusted one does", async () => {
    const address = await launch("alice");

    const error = await failure(ask(address, "throws"));

    expect(error).toMatchObject({ code: "REMOTE_FAULT", remoteCode: "E_BOOM", message: "boom" });
  });

  test("tells its callers when it exits", async () => {
    const address = await launch("alice");
    const waiting = failure(ask(address, "never"));
    await failure(ask(address, "leave"));

    expect(await waiting).toMatchObject({ code: "ADDRESS_DEAD" });
    expect(await failure(ask(address, "count"))).toMatchObject({ code: "ADDRESS_DEAD" });
  });

  test("is killed by an operator", async () => {
    const address = await launch("alice");
    const waiting = failure(ask(address, "never"));
    await kit.isonet.kill(address);

    expect(await waiting).toMatchObject({ code: "ADDRESS_DEAD" });
  });
});

describe("a script that ends its process", () => {
  test("fails the calls into its cell with CELL_LOST and leaves other cells alone", async () => {
    await using fresh = await startHost({ script: plainScript }, { cells: 2, cellStallMs: 400 });
    const launchFor = (owner: string): Promise<Address> =>
      fresh.isonet.newService({ name: "script", trust: "untrusted", owner }) as Promise<Address>;
    const [bystander, culprit] = [await launchFor("ann"), await launchFor("carl")];
    const same = await launchFor("carl");
    const askThere = (who: Address, ...values: unknown[]): Promise<unknown> =>
      fresh.isonet.call({ to: who, timeoutMs: 20_000 }, "lua", ...values);
    await askThere(bystander, "count");
    const waiting = failure(askThere(same, "never"));

    const error = await failure(askThere(culprit, "die"));

    expect(error).toMatchObject({ code: "CELL_LOST" });
    expect(await waiting).toMatchObject({ code: "CELL_LOST" });
    expect(await askThere(bystander, "count")).toBe(2);
  });

  test("does not keep new services from being launched", async () => {
    const culprit = await launch("dora");
    await failure(ask(culprit, "die"));

    expect(await ask(await launch("dora"), "count")).toBe(1);
  });
});

describe("a process that is kept ready", () => {
  test("answers its host before it has a service, and takes the first one", async () => {
    await using fresh = await startHost({ script: plainScript }, { cells: 1, warmCells: 1 });
    const cells = (): readonly { state: string; pid: number }[] =>
      fresh.host.containment.powers(fresh.host.options).cells();
    await vi.waitFor(() => expect(cells()[0]?.state).toBe("spare"), { timeout: 15_000 });
    const [spare] = cells();
    await fresh.isonet.newService({ name: "script", trust: "untrusted", owner: "ann" });

    expect(cells().find(({ pid }) => pid === spare?.pid)?.state).toBe("running");
  });
});

describe("a host without cells", () => {
  test("refuses untrusted services with NOT_AVAILABLE", async () => {
    await using plain = await startHost({ script: "" }, { cells: 0 });
    const launched = plain.isonet.newService({ name: "script", trust: "untrusted" });

    expect(await failure(launched)).toMatchObject({ code: "NOT_AVAILABLE" });
  });

  test("refuses the service for which no cell has room with CELLS_FULL", async () => {
    await using small = await startHost({ script: "" }, { cells: 1, cellServicesMax: 1 });
    const order = { name: "script", trust: "untrusted" } as const;
    await small.isonet.newService(order);

    expect(await failure(small.isonet.newService(order))).toMatchObject({ code: "CELLS_FULL" });
  });
});

describe("an owner whose services do harm", () => {
  test("is quarantined, then refused with OWNER_REFUSED, until an operator forgives", async () => {
    await using fresh = await startHost({ script: plainScript }, { cells: 1, cellStallMs: 400 });
    const launchFor = (owner: string): Promise<Address> =>
      fresh.isonet.newService({ name: "script", trust: "untrusted", owner }) as Promise<Address>;
    const { containment } = fresh.host;
    const standings = [];
    for (let times = 0; times < 4; times++) {
      const culprit = await launchFor("mallory");
      await failure(fresh.isonet.call({ to: culprit, timeoutMs: 20_000 }, "lua", "die"));
      standings.push(containment.strikes.standingOf("mallory"));
    }

    expect(standings).toEqual(["free", "quarantined", "quarantined", "refused"]);
    expect(await failure(launchFor("mallory"))).toMatchObject({ code: "OWNER_REFUSED" });
    const [last] = containment.incidents.list();
    expect(last).toMatchObject({ kind: "cell-lost", owner: "mallory", title: "script" });
    expect(last?.messages.at(-1)).toMatch(/^#\d+ lua from :0[0-9a-f]+, session \d+/);

    containment.strikes.clear("mallory");

    expect(await launchFor("mallory")).toBeGreaterThan(0);
  });
});
