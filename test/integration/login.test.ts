// Login and message server: the reference's protocols on real sockets, from the login's first line
// to a kept answer after a re-connection (reference §6.4 to §6.6, §15.4).

import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { base64Decode, base64Encode } from "../../wire/crypt/base64.ts";
import { desEncode } from "../../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../../wire/crypt/diffie-hellman.ts";
import { hmac64, hmacHash } from "../../wire/crypt/hmac64.ts";
import { startHost, type TestHost } from "../kit/host.ts";
import { answer, FrameWire, LineWire, requestOf } from "../kit/wires.ts";

const logind = `
import { call, commands } from "isonet";
import { textOf } from "isonet/bytes";
import { base64Decode } from "isonet/crypt";
import { login } from "isonet/loginserver";
const servers = new Map();
let at;
let slow = [];
login({
  host: "127.0.0.1",
  port: 0,
  instance: 2,
  handshakeMs: 1000,
  authHandler: (token) => {
    const [, user, server, password] = /^([^@]*)@([^:]*):(.*)$/.exec(token) ?? [];
    if (textOf(base64Decode(password)) !== "password") throw new Error("Invalid password");
    return { uid: textOf(base64Decode(user)), server: textOf(base64Decode(server)) };
  },
  loginHandler: async (server, uid, secret) => {
    if (uid === "slow") await new Promise((resolve) => slow.push(resolve));
    const gate = servers.get(server);
    if (gate === undefined) throw new Error("Unknown server " + server);
    return await call(gate, "lua", "login", uid, secret);
  },
  commandHandler: (command, ...args) => {
    if (command === "register") servers.set(args[0], args[1]);
    if (command === "release") slow.forEach((resolve) => resolve());
    if (command === "slow") return slow.length;
    if (command === "port") return at;
  },
  listenHandler: (_host, port) => { at = port; },
});
`;

const gated = `
import { call, self } from "isonet";
import { textOf } from "isonet/bytes";
import * as msgserver from "isonet/msgserver";
let lastId = 0;
const waiting = [];
const executed = [];
msgserver.start({
  handshakeMs: 1000,
  loginHandler: (uid, secret) => {
    const id = ++lastId;
    msgserver.login(msgserver.username(uid, id, "sample"), secret);
    return id;
  },
  logoutHandler: (uid, subid) => msgserver.logout(msgserver.username(uid, subid, "sample")),
  kickHandler: () => {
    if (waiting.length > 0) waiting.forEach((resolve) => resolve());
    return executed;
  },
  requestHandler: async (name, content) => {
    const text = textOf(content);
    executed.push(text);
    if (text === "fail") throw new Error("it fails");
    if (text === "slow") await new Promise((resolve) => waiting.push(resolve));
    return text + "!";
  },
  registerHandler: async (servername, { port }) => {
    await call(".login", "lua", "register", servername, self());
    return port;
  },
});
`;

/** A login server with room for two at a time. */
const narrow = `
import { login } from "isonet/loginserver";
let at;
login({
  host: "127.0.0.1",
  port: 0,
  name: "narrow",
  instance: 1,
  loginsMax: 2,
  authHandler: () => { throw new Error("nobody") },
  loginHandler: () => 1,
  commandHandler: () => at,
  listenHandler: (_host, port) => { at = port; },
});
`;

const clientKey = Buffer.from("AAAAAAAA");
const tokenOf = (user: string, server = "sample", password = "password"): string =>
  `${base64Encode(user)}@${base64Encode(server)}:${base64Encode(password)}`;

/** A busy machine takes its time. */
const soon = { timeout: 20_000 };

let kit: TestHost;
let loginPort: number;
let gatePort: number;

/** Logs in: the result line, and the secret. */
async function login(token: string): Promise<{ result: string | undefined; secret: Uint8Array }> {
  const wire = new LineWire(loginPort);
  const challenge = base64Decode((await wire.line()) ?? "");
  wire.say(base64Encode(dhExchange(clientKey)));
  const secret = dhSecret(base64Decode((await wire.line()) ?? ""), clientKey);
  wire.say(base64Encode(hmac64(challenge, secret)));
  wire.say(base64Encode(desEncode(secret, token)));
  const result = await wire.line();
  wire.socket.destroy();
  return { result, secret };
}

type Session = { readonly name: string; readonly secret: Uint8Array };

async function loggedIn(user: string): Promise<Session> {
  const { result, secret } = await login(tokenOf(user));
  const subid = Buffer.from(base64Decode(result?.slice(4) ?? "")).toString();
  const name = `${base64Encode(user)}@${base64Encode("sample")}#${base64Encode(subid)}`;
  return { name, secret };
}

async function shakeHands({ name, secret }: Session, index: number | string) {
  const wire = new FrameWire(gatePort);
  wire.say(`${name}:${index}:${base64Encode(hmacHash(secret, `${name}:${index}`))}`);
  return { wire, status: await wire.next() };
}

beforeAll(async () => {
  kit = await startHost({ logind, gated, narrow });
  const { isonet } = kit;
  await isonet.newService("logind");
  loginPort = await isonet.call(".login", "lua", "port");
  const gate = await isonet.newService("gated");
  await isonet.name(".gated", gate as never);
  const conf = { address: "127.0.0.1", port: 0, servername: "sample" };
  gatePort = await isonet.call(".gated", "lua", "open", conf);
});

afterAll(() => kit[Symbol.asyncDispose]());

describe("a login server", () => {
  test("lets a user in, and tells the subid", async () => {
    const { result } = await login(tokenOf("ann"));

    expect(result).toMatch(/^200 [A-Za-z0-9+/]+=*$/);
  });

  test.each([
    ["a wrong password", tokenOf("ann", "sample", "guess"), "401 Unauthorized"],
    ["a token of no form", "nonsense", "401 Unauthorized"],
    ["a server that there is not", tokenOf("ann", "elsewhere"), "403 Forbidden"],
  ])("refuses %s", async (_what, token, line) => {
    expect((await login(token)).result).toBe(line);
  });

  test.each([
    ["a key of seven bytes", ["QUFBQUFBQQ=="]],
    ["a key that is no base64", ["=A=="]],
    ["a proof that is wrong", [base64Encode(dhExchange(clientKey)), "AAAAAAAAAAA=", "AAAA"]],
  ])("answers %s with 401", async (_what, lines) => {
    const wire = new LineWire(loginPort);
    await wire.line();
    for (const line of lines) wire.say(line);
    let last: string | undefined;
    do last = await wire.line();
    while (last !== undefined && !last.startsWith("4"));

    expect(last).toBe("401 Unauthorized");
  });

  test("answers a second login of one user with 406 while the first goes on", async () => {
    const first = login(tokenOf("slow"));
    await expect.poll(() => kit.isonet.call(".login", "lua", "slow"), soon).toBe(1);
    const { result: second } = await login(tokenOf("slow"));
    await kit.isonet.call(".login", "lua", "release");

    expect(second).toBe("406 Not Acceptable");
    expect((await first).result).toMatch(/^200 /);
  });

  test("reads the same lines, however they are split", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 12 }), async (cuts) => {
        const wire = new LineWire(loginPort);
        const challenge = base64Decode((await wire.line()) ?? "");
        await wire.saySplit(`${base64Encode(dhExchange(clientKey))}\n`, cuts);
        const secret = dhSecret(base64Decode((await wire.line()) ?? ""), clientKey);
        const proof = base64Encode(hmac64(challenge, secret));
        const token = base64Encode(desEncode(secret, tokenOf("nobody", "elsewhere")));
        await wire.saySplit(`${proof}\n${token}\n`, cuts);
        const result = await wire.line();
        wire.socket.destroy();

        expect(result).toBe("403 Forbidden");
      }),
      { numRuns: 25 },
    );
  });

  test("closes one that sends a line of over 8,192 bytes, without a word", async () => {
    const wire = new LineWire(loginPort);
    await wire.line();
    wire.socket.write("x".repeat(9000));

    expect(await wire.line()).toBeUndefined();
  });

  test("closes one that says nothing", async () => {
    const wire = new LineWire(loginPort);
    await wire.line();

    expect(await wire.line()).toBeUndefined();
  });

  test("takes loginsMax clients at a time, and those who come when one has left", async () => {
    await kit.isonet.newService("narrow");
    const at = (await kit.isonet.call(".narrow", "lua", "port")) as number;
    const [one, two] = [new LineWire(at), new LineWire(at)];
    await one.line();
    await two.line();
    const third = new LineWire(at);
    expect(await third.line()).toBeUndefined();

    one.socket.destroy();

    await expect
      .poll(async () => {
        const next = new LineWire(at);
        const challenge = await next.line();
        next.socket.destroy();
        return challenge;
      }, soon)
      .toMatch(/=$/);
    two.socket.destroy();
  });

  test("leaves it to the client to hang up after its result, and then does it itself", async () => {
    const wire = new LineWire(loginPort);
    await wire.line();
    wire.say("");
    expect(await wire.line()).toBe("401 Unauthorized");
    const isOpen = !wire.isClosed;
    await once(wire.socket, "close");

    expect(isOpen).toBe(true);
  });
});

describe("a message server", () => {
  test("answers handshakes as the reference says", async () => {
    const ann = await loggedIn("ann1");
    const bob = { name: ann.name.replace(/^[^@]*/, base64Encode("bob")), secret: ann.secret };
    const wrong = { name: ann.name, secret: Uint8Array.from(ann.secret).toReversed() };
    const statuses = [
      (await shakeHands(bob, 1)).status,
      (await shakeHands({ name: "nobody", secret: ann.secret }, 1)).status,
      (await shakeHands(ann, "x")).status,
      (await shakeHands(wrong, 1)).status,
      (await shakeHands(ann, 0)).status,
      (await shakeHands(ann, 1)).status,
      (await shakeHands(ann, 1)).status,
      (await shakeHands(ann, 7)).status,
    ];

    expect(statuses).toEqual([
      "404 User Not Found",
      "404 User Not Found",
      "400 Bad Request",
      "401 Unauthorized",
      "403 Index Expired",
      "200 OK",
      "403 Index Expired",
      "200 OK",
    ]);
  });

  test("closes the connection of a handshake that fails, and keeps one that succeeds", async () => {
    const ann = await loggedIn("ann2");
    const { wire: bad } = await shakeHands(ann, 0);
    const { wire: good } = await shakeHands(ann, 1);

    await bad.until(() => bad.isClosed);
    expect(await good.request(7, "hello")).toBe(answer("hello!", 7));
    good.socket.destroy();
  });

  test("answers requests, again after a re-connection, and executes them once", async () => {
    const ann = await loggedIn("ann3");
    const { wire: one } = await shakeHands(ann, 1);
    expect(await one.request(7, "first")).toBe(answer("first!", 7));
    expect(await one.request(7, "again")).toBe(answer("again!", 7));
    expect(await one.request(8, "fail")).toBe(answer("", 8, 0));
    one.socket.destroy();
    const { wire: two } = await shakeHands(ann, 2);

    expect(await two.request(7, "other")).toBe(answer("again!", 7));
    expect(await two.request(8, "other")).toBe(answer("", 8, 0));
    expect(await two.request(7, "new")).toBe(answer("new!", 7));
    two.socket.destroy();
  });

  test("sends an answer to the connection that asks for it again", async () => {
    const ann = await loggedIn("ann4");
    const { wire: one } = await shakeHands(ann, 1);
    one.say(requestOf(9, "slow"));
    one.say(requestOf(10, "quick"));
    expect(await one.next()).toBe(answer("quick!", 10));
    const { wire: two } = await shakeHands(ann, 2);
    two.say(requestOf(9, "slow"));
    expect(await two.request(11, "quick")).toBe(answer("quick!", 11));

    await kit.isonet.call(".gated", "lua", "kick", "ann4", 1);

    expect(await two.next()).toBe(answer("slow!", 9));
    // The older connection is still open and answered.
    expect(await one.request(12, "old")).toBe(answer("old!", 12));
    one.socket.destroy();
    two.socket.destroy();
  });

  test("ends the connection of a user who is logged out, and knows the name no more", async () => {
    const ann = await loggedIn("ann5");
    const { wire } = await shakeHands(ann, 1);
    const [, , subid = ""] = ann.name.split(/[@#]/);
    const id = Number(Buffer.from(base64Decode(subid)).toString());

    await kit.isonet.call(".gated", "lua", "logout", "ann5", id);

    await wire.until(() => wire.isClosed);
    expect((await shakeHands(ann, 2)).status).toBe("404 User Not Found");
  });

  test.each(["", "abc"])("closes one that sends %j for a request", async (bytes) => {
    const ann = await loggedIn(`ann6${bytes}`);
    const { wire } = await shakeHands(ann, 1);

    wire.say(bytes);

    expect(await wire.next()).toBeUndefined();
  });

  test("speaks over WebSocket as well, a message for each frame", async () => {
    const { isonet } = kit;
    const gate = (await isonet.newService("gated")) as never;
    const conf = { address: "127.0.0.1", port: 0, servername: "web", websocket: true };
    const at = (await isonet.call(gate, "lua", "open", conf)) as number;
    const secret = Buffer.from("05f66ce34109f836", "hex");
    const subid = (await isonet.call(gate, "lua", "login", "web", secret)) as number;
    const name = [base64Encode("web"), base64Encode("sample"), base64Encode(`${subid}`)];
    const text = `${name[0]}@${name[1]}#${name[2]}:1`;
    const socket = new WebSocket(`ws://127.0.0.1:${at}/`);
    const came: string[] = [];
    socket.on("message", (data: Buffer) => came.push(data.toString("latin1")));
    await once(socket, "open");
    socket.send(`${text}:${base64Encode(hmacHash(secret, text))}`);
    socket.send(requestOf(3, "hello"));
    await expect.poll(() => came, soon).toEqual(["200 OK", answer("hello!", 3)]);
    socket.terminate();
  });

  test("closes one without a handshake, and says so in the log", async () => {
    const wire = new FrameWire(gatePort);
    await wire.until(() => wire.isClosed);
    const log = path.join(kit.directory, "host.log");

    await expect
      .poll(() => readFileSync(log, "utf8"), soon)
      .toMatch(/CLIENT_REFUSED: invalid client .* no handshake in 1000 ms/);
  });
});
