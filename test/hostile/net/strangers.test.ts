// Untrusted services that abuse the sockets of their host: they get what their launch allows, up to
// their limits, and nobody else loses anything.

import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { Address, LaunchOptions } from "isonet";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../wire/limits.ts";
import { attacker, until } from "./attackers.ts";
import { tell } from "./costs.ts";
import { Victim } from "./victim.ts";

let victim: Victim;
let front: Address;
let port: number;
/** Takes connections and reads none of them. */
let sink: Server;
let sinkPort: number;

const stranger = (net?: NonNullable<LaunchOptions["allow"]>["net"]): Promise<Address> =>
  victim.launch({
    name: "stranger",
    trust: "untrusted",
    owner: "eve",
    memoryMb: 32,
    ...(net === undefined ? {} : { allow: { net } }),
  });

async function isServed(): Promise<boolean> {
  const client = await attacker(port);
  client.write("hello\n");
  const [answer] = (await once(client, "data")) as [Buffer];
  client.destroy();
  return answer.toString() === "hello\n";
}

/** Another cell may have started meanwhile, to be at hand. A socket that is left costs one each. */
const spareDescriptorsMax = 16;

beforeAll(async () => {
  victim = await Victim.start();
  sink = createServer((socket) => socket.on("error", () => {}).pause()).listen(0, "127.0.0.1");
  await once(sink, "listening");
  ({ port: sinkPort } = sink.address() as { port: number });
});

beforeEach(async () => {
  front = await victim.launch("front");
  port = await victim.call<number>(front, "open", "echo", 0);
});

afterEach(() => victim.killAll());

afterAll(async () => {
  sink.close();
  await victim.stop();
});

describe("a stranger's service", () => {
  test("opens and listens nowhere unless its launch says so", async () => {
    const eve = await stranger();
    expect(await victim.call(eve, "open", `127.0.0.1:${sinkPort}`, 20)).toBe(0);
    expect(await victim.call(eve, "listen", "127.0.0.1:0", 20)).toBe(0);
    await victim.call(eve, "resolve", "localhost", 20);
    expect(await victim.call(eve, "codes")).toEqual({ CAPABILITY_MISSING: 60 });

    const mallory = await stranger({ connect: [`127.0.0.1:${sinkPort}`] });
    expect(await victim.call(mallory, "open", `127.0.0.1:${port}`, 5)).toBe(0);
    expect(await victim.call(mallory, "open", `127.0.0.1:${sinkPort}`, 5)).toBe(5);
    expect(await victim.call(mallory, "netstat")).toBe(5);
  });

  test("has no more sockets than its limit, and gives them back when it ends", async () => {
    const before = await victim.figures();
    const eve = await stranger({ connect: ["127.0.0.1:*"], listen: ["127.0.0.1:*"] });
    const max = limits.untrustedSocketsMax;
    expect(await victim.call(eve, "open", `127.0.0.1:${sinkPort}`, max - 10)).toBe(max - 10);
    expect(await victim.call(eve, "listen", "127.0.0.1:0", 30)).toBe(10);
    expect(await victim.call(eve, "codes")).toEqual({ SOCKETS_FULL: 20 });
    expect(await isServed()).toBe(true);
    await victim.kill(eve);

    await until(
      () => victim.figures(),
      ({ sockets, descriptors }) =>
        sockets["TCP"] === undefined &&
        sockets["LISTEN"] === 1 &&
        descriptors < before.descriptors + spareDescriptorsMax,
    );
  });

  test("that writes without end is stopped at its bound, and costs its host that much", async () => {
    const eve = await stranger({ connect: [`127.0.0.1:${sinkPort}`] });
    const before = await victim.figures();
    await victim.call(eve, "open", `127.0.0.1:${sinkPort}`, 1);
    let peak = before;
    await until(
      async () => {
        const now = { ...before, ...(await victim.memory()) };
        if (now.externalMib > peak.externalMib) peak = now;
        // On a busy machine a turn of it may be interrupted.
        await victim.call(eve, "pour", 64 * 1024, 16).catch(() => {});
        return victim.figures();
      },
      ({ sockets }) => sockets["TCP"] === undefined,
    );

    tell("an untrusted service that writes without end, at the peak", before, peak);
    expect(peak.externalMib - before.externalMib).toBeLessThan(64);
    expect(await isServed()).toBe(true);
  });

  test("does nothing to sockets of others, however often it tries", async () => {
    const client = await attacker(port);
    client.write("one\n");
    await once(client, "data");
    const eve = await stranger({ connect: [`127.0.0.1:${sinkPort}`] });
    for (let at = 0; at < 2000; at += 500) await victim.call(eve, "meddle", at, at + 500);

    client.write("two\n");
    const [answer] = (await once(client, "data")) as [Buffer];
    expect(answer.toString()).toBe("two\n");
    expect(await isServed()).toBe(true);
    client.destroy();
  });
});
