// Abuse of a service's HTTP and HTTPS server over the network: requests that stop at any byte,
// answers that nobody reads, connections by the thousand.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { get as getSecurely } from "node:https";
import { text as allOf } from "node:stream/consumers";
import type { IncomingMessage } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { testIdentity } from "../../kit/certificate.ts";
import { attackers, ended, leave, until } from "./attackers.ts";
import { tell } from "./costs.ts";
import { Victim } from "./victim.ts";
import type { VictimFigures } from "./victim-process.ts";

let victim: Victim;

async function open(options: object = {}) {
  const address = await victim.launch("pages");
  const port = await victim.call<number>(address, "open", options);
  const answered = (): Promise<number> => victim.call<number>(address, "answered");
  return { address, port, answered };
}

/** As many descriptors as before: no connection is left. */
const settled = (before: VictimFigures): Promise<VictimFigures> =>
  until(
    () => victim.figures(),
    ({ descriptors }) => descriptors <= before.descriptors,
  );

async function page(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`)).text();
}

beforeAll(async () => {
  victim = await Victim.start();
});

afterEach(() => victim.killAll());

afterAll(() => victim.stop());

describe("an HTTP server", () => {
  test("outlives 2,000 connections whose requests stop at any byte, or are garbage", async () => {
    const { port } = await open();
    const head = "POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nbody that does not come";
    const round = async (): Promise<void> => {
      const all = await attackers(port, 250);
      for (const [index, socket] of all.entries()) {
        const isGarbage = index % 5 === 4;
        socket.write(isGarbage ? randomBytes(200) : head.slice(0, index % head.length));
        if (!isGarbage) leave(socket, index);
        else socket.end();
      }
      await Promise.all(all.map(ended));
    };
    for (let rounds = 0; rounds < 2; rounds++) await round();
    const before = await victim.figures();
    for (let rounds = 0; rounds < 8; rounds++) await round();
    const after = await settled(before);

    tell("2,000 requests that break", before, after);
    expect(after.heapMib - before.heapMib).toBeLessThanOrEqual(4);
    expect(await page(port)).toBe("a page\n");
  });

  test("ends requests whose bodies do not come, in time, and says why", async () => {
    const { port } = await open({ receiveMs: 1000 });
    const before = await victim.figures();
    const head = "POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nnot all";
    const all = await attackers(port, 40);
    const answers = all.map((socket) => allOf(socket).catch(() => ""));
    for (const [index, socket] of all.entries()) {
      if (index < 20) socket.end(head);
      else socket.write(head);
    }
    await Promise.all(all.map(ended));

    const statuses = (await Promise.all(answers)).map((answer) => answer.slice(9, 12));
    expect(new Set(statuses.slice(0, 20))).toEqual(new Set(["400"]));
    expect(new Set(statuses.slice(20))).toEqual(new Set(["408"]));
    await settled(before);
  });

  test("serves others while 500 send their heads a byte at a time", async () => {
    const { port } = await open();
    await page(port);
    const before = await victim.figures();
    const slow = await attackers(port, 500);
    for (const socket of slow) socket.write("GET / HTTP/1.1\r\nx-");
    for (let bytes = 0; bytes < 5; bytes++) {
      for (const socket of slow) socket.write("y");
      expect(await page(port)).toBe("a page\n");
    }
    tell("500 slow heads", before, await victim.figures());
    for (const socket of slow) socket.destroy();
    await settled({ ...before, descriptors: before.descriptors + 1 });
  });

  test("makes no more of a body without end than its 50 clients read", async () => {
    const { port } = await open();
    const before = await victim.figures();
    const silent = await attackers(port, 50);
    for (const socket of silent) {
      socket.pause();
      socket.write("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n");
    }
    let last = -1;
    // Until it grows no more.
    await until(
      async () => {
        await new Promise((resolve) => void setTimeout(resolve, 300));
        return (await victim.memory()).externalMib;
      },
      (now) => {
        const hasSettled = now === last;
        last = now;
        return hasSettled;
      },
    );
    const during = await victim.figures();

    tell("50 bodies without end that nobody reads", before, during);
    expect(during.externalMib - before.externalMib).toBeLessThan(64);
    expect(await page(port)).toBe("a page\n");
    for (const socket of silent) socket.destroy();
    await settled({ ...before, descriptors: before.descriptors + 1 });
  });
});

describe("an HTTPS server", () => {
  test("ends garbage and broken handshakes, and keeps no descriptor of them", async () => {
    const { port, answered } = await open({ tls: testIdentity });
    const before = await victim.figures();
    const hello = Buffer.from(`16030102000100001fc0303${"a".repeat(60)}`, "hex");
    const all = await attackers(port, 400);
    for (const [index, socket] of all.entries()) {
      const isGarbage = index % 4 === 3;
      socket.write(isGarbage ? Buffer.alloc(600, 0xff) : hello.subarray(0, index % hello.length));
      if (!isGarbage) leave(socket, index % 4);
    }
    await Promise.all(all.map(ended));
    tell("400 broken handshakes of HTTPS", before, await settled(before));

    const asked = getSecurely({ port, host: "localhost", ca: testIdentity.cert, agent: false });
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    expect(await allOf(answer)).toBe("a page\n");
    expect(await answered()).toBe(1);
  });
});
