// Login and message server: the reference's protocols on real sockets, from the login's first line
// to a kept answer after a re-connection (reference §6.4 to §6.6, §15.4).

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prefixFrame, PrefixedReader } from "../../src/net/prefixed-frames.ts";
import { base64Decode, base64Encode } from "../../wire/crypt/base64.ts";
import { desEncode } from "../../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../../wire/crypt/diffie-hellman.ts";
import { hmac64, hmacHash } from "../../wire/crypt/hmac64.ts";
import { startHost, type TestHost } from "../kit/host.ts";

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
  registerHandler: (servername) => call(".login", "lua", "register", servername, self()),
});
`;

/** A client of lines or frames that keeps what it is told. */
class Wire {
  readonly socket: Socket;
  isClosed = false;
  readonly #came: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("error", () => {});
    this.socket.on("data", () => this.#wake());
    this.socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  #wake(): void {
    for (const came of this.#came.splice(0)) came();
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await new Promise<void>((resolve) => void this.#came.push(resolve));
  }
}

class LineWire extends Wire {
  #text = "";

  constructor(port: number) {
    super(port);
    this.socket.prependListener("data", (chunk) => (this.#text += chunk.toString("latin1")));
  }

  /** The next line; undefined: closed without one. */
  async line(): Promise<string | undefined> {
    await this.until(() => this.#text.includes("\n") || this.isClosed);
    const end = this.#text.indexOf("\n");
    if (end < 0) return undefined;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  say(line: string): void {
    this.socket.write(`${line}\n`);
  }
}

class FrameWire extends Wire {
  readonly frames: string[] = [];

  constructor(port: number) {
    super(port);
    const reader = new PrefixedReader((body) => {
      this.frames.push(Buffer.from(body).toString("latin1"));
    });
    this.socket.prependListener("data", (chunk) => reader.push(chunk));
  }

  say(body: string | Uint8Array): void {
    this.socket.write(prefixFrame(Buffer.from(body)));
  }

  async next(): Promise<string | undefined> {
    await this.until(() => this.frames.length > 0 || this.isClosed);
    return this.frames.shift();
  }

  async request(session: number, content: string): Promise<string | undefined> {
    this.say(requestOf(session, content));
    return this.next();
  }
}

function requestOf(session: number, content: string): Buffer {
  const body = Buffer.alloc(content.length + 4);
  body.write(content, "latin1");
  body.writeUInt32BE(session, content.length);
  return body;
}

function answer(content: string, session: number, ok = 1): string {
  const body = Buffer.alloc(content.length + 5);
  body.write(content, "latin1");
  body[content.length] = ok;
  body.writeUInt32BE(session, content.length + 1);
  return body.toString("latin1");
}

const clientKey = Buffer.from("AAAAAAAA");
const tokenOf = (user: string, server = "sample", password = "password"): string =>
  `${base64Encode(user)}@${base64Encode(server)}:${base64Encode(password)}`;

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
  kit = await startHost({ logind, gated });
  const { isonet } = kit;
  await isonet.newService("logind");
  loginPort = await isonet.call(".login", "lua", "port");
  const gate = await isonet.newService("gated");
  await isonet.name(".gated", gate as never);
  const conf = { address: "127.0.0.1", port: 0, servername: "sample" };
  await isonet.call(".gated", "lua", "open", conf);
  const stats = (await isonet.call(".socket", "lua", "netstat")) as {
    address: number;
    sock: string;
  }[];
  gatePort = Number(
    stats
      .find(({ address }) => address === gate)
      ?.sock.split(":")
      .at(-1),
  );
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
    await expect.poll(() => kit.isonet.call(".login", "lua", "slow")).toBe(1);
    const { result: second } = await login(tokenOf("slow"));
    await kit.isonet.call(".login", "lua", "release");

    expect(second).toBe("406 Not Acceptable");
    expect((await first).result).toMatch(/^200 /);
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

  test("closes one without a handshake, and says so in the log", async () => {
    const wire = new FrameWire(gatePort);
    await wire.until(() => wire.isClosed);
    const log = path.join(kit.directory, "host.log");

    await expect
      .poll(() => readFileSync(log, "utf8"))
      .toMatch(/CLIENT_REFUSED: invalid client .* no handshake in 1000 ms/);
  });
});
