// Abuse of a login server and its message server (examples/login): handshakes that stop at any
// step, lines and frames of garbage, what was said once said again, indexes used twice.

import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  connectFrames,
  connectLines,
  handshakeText,
  login,
  loginToken,
  MessageClient,
  type FrameConnection,
  type Identity,
} from "../../../client/index.ts";
import { base64Decode, base64Encode } from "../../../wire/crypt/base64.ts";
import { desEncode } from "../../../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../../../wire/crypt/diffie-hellman.ts";
import { hmac64 } from "../../../wire/crypt/hmac64.ts";
import { gateLimits } from "../../../wire/gate-limits.ts";
import { attacker, attackers, ended, leave, until } from "./attackers.ts";
import { tell } from "./costs.ts";
import { Victim } from "./victim.ts";

const services = path.resolve(import.meta.dirname, "../../../examples/login/services/?.ts");
const words = { server: "sample", password: "password" };

let victim: Victim;
let loginPort: number;
let gatePort: number;

const logIn = async (user: string): Promise<Identity> => {
  const { secret, subid } = await login({ port: loginPort, user, ...words });
  return { secret, subid, user, server: words.server };
};

/** The three lines of a login, which answer the challenge of this connection. */
async function loginLines(user: string) {
  const connection = await connectLines({ port: loginPort });
  const next = async (): Promise<Uint8Array> => base64Decode((await connection.receive()) ?? "");
  const challenge = await next();
  const key = randomBytes(8);
  const lines = [base64Encode(dhExchange(key))];
  connection.send(lines[0] as string);
  const secret = dhSecret(await next(), key);
  lines.push(base64Encode(hmac64(challenge, secret)));
  lines.push(base64Encode(desEncode(secret, loginToken({ user, ...words }))));
  return { connection, lines };
}

const frames = (): Promise<FrameConnection> => connectFrames({ port: gatePort });
const textOf = (frame: Uint8Array | undefined): string | undefined =>
  frame === undefined ? undefined : Buffer.from(frame).toString();

/** The status that a first frame is answered with. */
async function greet(text: string | Uint8Array): Promise<string | undefined> {
  await using connection = await frames();
  connection.send(Buffer.from(text));
  return textOf(await connection.receive());
}

/** Only its listeners are left: those that are half-open go within their times. */
const settled = () =>
  until(
    () => victim.figures(),
    ({ sockets }) => sockets["TCP"] === undefined && sockets["CLOSING"] === undefined,
  );

beforeAll(async () => {
  const env = { host: "127.0.0.1", loginPort: "0", gatePort: "0", maxclient: "4000" };
  victim = await Victim.start({ servicePath: services, env });
  await victim.launch("main");
  const [, first, second] = await until(
    async () => /login server \S+:(\d+), message server sample \S+:(\d+)/.exec(victim.log) ?? [],
    ({ length }) => length > 0,
  );
  [loginPort, gatePort] = [Number(first), Number(second)];
});

afterAll(() => victim.stop());

describe("a login server", () => {
  test("outlives 600 logins that stop at every step, and lets others in meanwhile", async () => {
    const { lines, connection } = await loginLines("ann");
    await connection.close();
    await settled();
    const before = await victim.figures();
    const all = await attackers(loginPort, 600);
    for (const [index, socket] of all.entries()) {
      const said = `${lines.join("\n")}\n`;
      socket.write(said.slice(0, index % said.length));
      if (index < 300) leave(socket, index);
    }
    const begun = Date.now();
    await logIn("bob");
    process.stderr.write(`a login beside 300 that wait: ${Date.now() - begun} ms\n`);
    for (const socket of all.slice(300)) socket.destroy();
    await Promise.all(all.map(ended));

    const after = await settled();
    tell("600 logins that stop", before, after);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
    expect(after.heapMib - before.heapMib).toBeLessThanOrEqual(6);
  });

  test("answers garbage with 401, and ends lines without end", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const connection = await connectLines({ port: loginPort });
        await connection.receive();
        for (let line = 0; line < 3; line++) {
          connection.send(index % 2 === 0 ? randomBytes(40).toString("latin1") : "AAAA");
        }
        let heard = await connection.receive();
        // What decodes to eight bytes is a key, and is answered with one.
        if (heard?.endsWith("=") === true) heard = await connection.receive();
        connection.destroy();
        return heard;
      }),
    );
    expect(new Set(answers)).toEqual(new Set(["401 Unauthorized"]));
    const endless = await attackers(loginPort, 50);
    for (const socket of endless) socket.write("A".repeat(10_000));
    await Promise.all(endless.map(ended));
    await settled();
  });

  test("does not let in who says again what another one said", async () => {
    const { lines, connection } = await loginLines("carl");
    for (const line of lines.slice(1)) connection.send(line);
    expect(await connection.receive()).toMatch(/^200 /);
    await connection.close();

    const replay = await connectLines({ port: loginPort });
    for (const line of lines) replay.send(line);
    await replay.receive();
    await replay.receive();
    expect(await replay.receive()).toBe("401 Unauthorized");
    replay.destroy();
  });
});

describe("a message server", () => {
  test("refuses a handshake that was said before, and one of a former login", async () => {
    const first = await logIn("dora");
    expect(await greet(handshakeText(first, 5))).toBe("200 OK");
    expect(await greet(handshakeText(first, 5))).toBe("403 Index Expired");
    expect(await greet(handshakeText(first, 4))).toBe("403 Index Expired");
    const forged = { ...first, secret: randomBytes(8) };
    expect(await greet(handshakeText(forged, 6))).toBe("401 Unauthorized");
    const second = await logIn("dora");
    expect(await greet(handshakeText(first, 7))).toBe("404 User Not Found");
    expect(await greet(handshakeText(second, 1))).toBe("200 OK");
  });

  test("outlives handshakes of garbage, and ones that stop at any byte", async () => {
    const identity = await logIn("emil");
    const before = await settled();
    const text = Buffer.from(`\0x${handshakeText(identity, 1)}`);
    text[1] = text.length - 2;
    const all = await attackers(gatePort, 400);
    for (const [index, socket] of all.entries()) {
      if (index % 2 === 0) socket.write(text.subarray(0, index % (text.length - 1)));
      else socket.write(randomBytes(300));
      leave(socket, index);
    }
    await Promise.all(all.map(ended));
    const odd = ["", ":", "::", "a:b", "a:1:", text, "\0\0\0\0", "é@é#é:1:é", "a".repeat(9999)];
    for (const each of odd) expect(await greet(each)).toMatch(/^40[04] /);

    const after = await settled();
    tell("400 handshakes that break", before, after);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
    expect(await greet(handshakeText(identity, 1))).toBe("200 OK");
  });

  test("ends who sends what is no request, or uses a session thrice, and nobody else", async () => {
    const good = await logIn("fay");
    await using honest = new MessageClient({ port: gatePort, ...good });
    await honest.open();
    for (const wrong of [[""], ["ab"], ["x\0\0\0\u0007", "x\0\0\0\u0007", "x\0\0\0\u0007"]]) {
      const identity = await logIn("gus");
      const connection = await frames();
      connection.send(Buffer.from(handshakeText(identity, 1)));
      await connection.receive();
      for (const frame of wrong) connection.send(Buffer.from(frame));
      while ((await connection.receive().catch(() => undefined)) !== undefined);
      expect(connection.hasEnded).toBe(true);
      expect(textOf(await honest.request("hello"))).toBe("hello");
    }
  });

  test("keeps no more than its bound of the answers to 400 requests of 60 KB", async () => {
    const identity = await logIn("hugo");
    const list = await victim.call<Record<string, string>>(".launcher", "list");
    const name = Object.keys(list).find((each) => list[each]?.startsWith("gated")) ?? "";
    const gated = Number.parseInt(name.slice(1), 16) as Address;
    const before = await victim.figures(gated);
    const client = new MessageClient({ port: gatePort, ...identity });
    await client.open();
    const content = Buffer.alloc(60_000, "x");
    for (let round = 0; round < 8; round++) {
      await Promise.all(Array.from({ length: 50 }, () => client.request(content)));
    }
    await client.close();
    const after = await victim.figures(gated);

    tell("400 requests of 60 KB", before, after);
    // keptBytesMax: of 24 MB.
    const grownKib = (after.heapsKib[0] ?? 0) - (before.heapsKib[0] ?? 0);
    expect(grownKib).toBeLessThan(gateLimits.keptBytesMax / 1024 + 2048);
  });

  test("is not taken by a client who comes and goes 200 times with growing indexes", async () => {
    const identity = await logIn("ida");
    for (let index = 1; index <= 200; index++) {
      const socket = await attacker(gatePort);
      const text = Buffer.from(handshakeText(identity, index));
      socket.write(Buffer.concat([Buffer.of(0, text.length), text]));
      leave(socket, index);
    }
    await settled();

    await using client = new MessageClient({ port: gatePort, ...identity, index: 1000 });
    await client.open();
    expect(textOf(await client.request("still here"))).toBe("still here");
  });
});
