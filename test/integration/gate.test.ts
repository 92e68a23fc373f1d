// Gate: clients, a gate, a watchdog and agents, on real sockets (reference §6.1 to §6.3, §15.5).

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { prefixFrame, PrefixedReader } from "../../src/net/prefixed-frames.ts";
import { testIdentity } from "../kit/certificate.ts";
import { startHost, type TestHost } from "../kit/host.ts";

/** An agent that echoes; it dies of the frame "die". */
const agent = `
import { call, commands, dispatch, exit, ignoreRet, registerProtocol, timeout } from "isonet";
import { textOf } from "isonet/bytes";
import { writeFrame } from "isonet/socket";
registerProtocol({ name: "client", id: 3, unpack: (body) => [body] });
dispatch("client", (fd, _gate, body) => {
  ignoreRet();
  if (textOf(body) === "die") exit();
  writeFrame(fd, body);
});
commands({
  start: ({ gate, client }) => call(gate, "lua", "forward", client),
  disconnect: () => exit(),
});
`;

const words = Array.from({ length: 200 }, (_, index) => `word ${index}`);

/** A gate that keeps what it is told. */
const keeper = `
import { closeClient, openClient, start } from "isonet/gateserver";
import { textOf } from "isonet/bytes";
import { writeFrame } from "isonet/socket";
const told = [];
start({
  connect: (fd, peer) => {
    told.push(["connect", fd, peer.split(":")[0]]);
    openClient(fd);
  },
  message: (fd, frame) => {
    told.push(["message", fd, textOf(frame)]);
    writeFrame(fd, frame);
  },
  disconnect: (fd) => {
    told.push(["disconnect", fd]);
    closeClient(fd);
  },
  error: (fd, text) => told.push(["error", fd, text]),
  open: (_source, conf) => [conf.address, conf.port],
  command: (name, _source, ...args) => {
    if (name === "told") return told.splice(0);
    if (name === "send") return writeFrame(args[0], args[1]);
    throw new Error("no command " + name);
  },
});
`;

/** A gate with one agent, which its conf names. */
const forwarder = `
import { closeClient, forward, start } from "isonet/gateserver";
let agent;
start({
  connect: (fd) => forward(fd, agent),
  message: () => {},
  disconnect: (fd) => closeClient(fd),
  open: (_source, conf) => {
    agent = conf.agent;
    return [conf.address, conf.port];
  },
});
`;

/** A gate that says good-bye to clients who have ended, and closes them. */
const halfOpen = `
import { closeClient, openClient, start } from "isonet/gateserver";
import { writeFrame } from "isonet/socket";
start({
  connect: (fd) => openClient(fd),
  message: () => {},
  disconnect: (fd) => {
    writeFrame(fd, "good-bye");
    closeClient(fd);
  },
  open: (_source, conf) => {
    if (conf.fails) throw new Error("not today");
    return [conf.address, conf.port];
  },
});
`;

class Client {
  readonly frames: string[] = [];
  readonly socket: Socket;
  #waiting: (() => void) | undefined;
  isClosed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const reader = new PrefixedReader((body) => {
      this.frames.push(Buffer.from(body).toString("latin1"));
      this.#waiting?.();
    });
    this.socket.on("data", (chunk) => reader.push(chunk));
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.isClosed = true;
      this.#waiting?.();
    });
  }

  say(...bodies: readonly string[]): void {
    this.socket.write(Buffer.concat(bodies.map((body) => prefixFrame(Buffer.from(body)))));
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await new Promise<void>((resolve) => void (this.#waiting = resolve));
  }

  async echo(body: string): Promise<string | undefined> {
    const count = this.frames.length + 1;
    this.say(body);
    await this.until(() => this.frames.length >= count || this.isClosed);
    return this.frames[count - 1];
  }
}

type Told = readonly (readonly [string, number, string?])[];

/** A gate of its own, with what it is told. */
async function openKeeper(conf: object = {}) {
  const { isonet } = kit;
  const gate = (await isonet.newService("keeper")) as never;
  const open = (): Promise<[string, number]> =>
    isonet.call(gate, "lua", "open", { address: "127.0.0.1", port: 0, ...conf });
  const [, at] = await open();
  const seen: [string, number, string?][] = [];
  const told = async (): Promise<Told> => {
    seen.push(...((await isonet.call(gate, "lua", "told")) as typeof seen));
    return seen;
  };
  return { gate, port: at, open, told };
}

/** A busy machine takes its time. */
const soon = { timeout: 20_000 };

let kit: TestHost;
let port: number;

beforeAll(async () => {
  kit = await startHost({ agent, player: agent, keeper, forwarder, halfOpen });
  const watchdog = await kit.isonet.newService("watchdog", "agent");
  const conf = { address: "127.0.0.1", port: 0, maxclient: 64 };
  [, port] = (await kit.isonet.call(watchdog as never, "lua", "start", conf)) as [string, number];
});

afterAll(() => kit[Symbol.asyncDispose]());

describe("a gate with a watchdog", () => {
  test("gives each client an agent, which gets its frames and answers", async () => {
    const one = new Client(port);
    const other = new Client(port);

    expect(await one.echo("hello")).toBe("hello");
    expect(await other.echo("")).toBe("");
    one.say("a", "bb", "x".repeat(65_535));
    await one.until(() => one.frames.length === 4);
    expect(one.frames.slice(1).map(({ length }) => length)).toEqual([1, 2, 65_535]);
    one.socket.destroy();
    other.socket.destroy();
  });

  test("ends a client whose agent dies, and nobody else", async () => {
    const one = new Client(port);
    const other = new Client(port);
    await one.echo("hello");
    await other.echo("hello");

    one.say("die");
    await once(one.socket, "close");

    expect(await other.echo("still here")).toBe("still here");
    other.socket.destroy();
  });
});

describe("a gate", () => {
  test("lets one less than maxclient in, and tells the end of those it refuses", async () => {
    const { port: at, told } = await openKeeper({ maxclient: 3 });
    const clients = [1, 2, 3, 4].map(() => new Client(at));
    await Promise.all(clients.slice(0, 2).map((client) => client.echo("hello")));
    await Promise.all(clients.slice(2).map((client) => client.until(() => client.isClosed)));

    const events = (await told()).map(([event]) => event);

    expect(events.filter((event) => event === "connect")).toHaveLength(2);
    await expect
      .poll(async () => (await told()).filter(([event]) => event === "disconnect").length, soon)
      .toBe(2);
    for (const client of clients) client.socket.destroy();
  });

  test("reads frames as Skynet's does: whole, empty, with a length that is split", async () => {
    const { port: at } = await openKeeper();
    const client = new Client(at);
    client.socket.write(Buffer.from("\0\u0002hi\0\0\0", "latin1"));
    await client.until(() => client.frames.length === 2);
    client.socket.write(Buffer.from("\u0003abc", "latin1"));
    await client.until(() => client.frames.length === 3);

    expect(client.frames).toEqual(["hi", "", "abc"]);
    client.socket.destroy();
  });

  test("is opened once, and can be closed and opened again while its clients stay", async () => {
    const { gate, port: at, open } = await openKeeper();
    const client = new Client(at);
    await client.echo("before");
    await expect(open()).rejects.toMatchObject({ remoteCode: "GATE_OPEN" });

    await kit.isonet.call(gate, "lua", "close");
    const late = new Client(at);
    await late.until(() => late.isClosed);
    const [, again] = (await kit.isonet.call(gate, "lua", "open", {
      address: "127.0.0.1",
      port: at,
    })) as [string, number];

    expect(again).toBe(at);
    expect(await client.echo("after")).toBe("after");
    expect(await new Client(at).echo("new")).toBe("new");
    client.socket.destroy();
  });

  test("is closed again when its handler fails to open it", async () => {
    const { isonet } = kit;
    const gate = (await isonet.newService("halfOpen")) as never;
    const conf = { address: "127.0.0.1", port: 0 };
    const open = (more: object): Promise<unknown> =>
      isonet.call(gate, "lua", "open", { ...conf, ...more });

    await expect(open({ fails: true })).rejects.toMatchObject({ message: "not today" });
    const [, at] = (await open({})) as [string, number];

    expect(at).toBeGreaterThan(0);
  });

  test("refuses an address that connects too often, or too many times", async () => {
    const { port: at } = await openKeeper({ connectionsPerAddress: 2 });
    const clients = [1, 2, 3].map(() => new Client(at));
    await Promise.all(clients.map((client) => client.until(() => client.isClosed)).slice(2));
    const log = join(kit.directory, "host.log");

    expect(await clients[0]?.echo("hello")).toBe("hello");
    await expect
      .poll(() => readFileSync(log, "utf8"), soon)
      .toMatch(/CLIENT_REFUSED: 127.0.0.1 has 2 connections/);
    for (const client of clients) client.socket.destroy();
  });

  test("ends a client who announces too much, and one who is silent too long", async () => {
    const conf = { lengthBytes: 4, frameBytesMax: 1000, idleMs: 200 };
    const { port: at, told } = await openKeeper(conf);
    const garbage = new Client(at);
    garbage.socket.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    const silent = new Client(at);
    await garbage.until(() => garbage.isClosed);
    await silent.until(() => silent.isClosed);

    const errors = async (): Promise<unknown[]> =>
      (await told()).filter(([event]) => event === "error").map(([, , text]) => text);
    await expect
      .poll(errors, soon)
      .toEqual(["a frame of 1195725856 bytes; at most 1000", "silent for 200 ms"]);
    const ends = (await told()).filter(([event]) => event === "disconnect");
    expect(ends).toHaveLength(2);
  });

  test("keeps a client who sends no more until it is closed, and answers it", async () => {
    const { isonet } = kit;
    const gate = (await isonet.newService("halfOpen")) as never;
    const conf = { address: "127.0.0.1", port: 0 };
    const [, at] = (await isonet.call(gate, "lua", "open", conf)) as [string, number];
    const client = new Client(at);
    client.say("last words");
    client.socket.end();

    await client.until(() => client.frames.length === 1);
    await client.until(() => client.isClosed);

    expect(client.frames).toEqual(["good-bye"]);
  });

  test("survives a thousand clients that come and go, and keeps none of them", async () => {
    const { port: at, told } = await openKeeper({ maxclient: 5000, backlog: 1024 });
    for (let round = 0; round < 10; round++) {
      const clients = Array.from({ length: 100 }, () => new Client(at));
      await Promise.all(clients.map((client) => client.echo("hello")));
      for (const client of clients) client.socket.destroy();
    }

    await expect
      .poll(async () => (await told()).filter(([event]) => event === "disconnect").length, soon)
      .toBe(1000);
    await expect
      .poll(async () => {
        const all = (await kit.isonet.call(".socket", "lua", "netstat")) as { sock: string }[];
        return all.filter(({ sock }) => sock.endsWith(`:${at}`)).length;
      }, soon)
      .toBe(1);
  });
});

describe("a client who sends faster than its agent takes", () => {
  test("is held back, and loses nothing: the agent has room for 16 messages", async () => {
    const { isonet } = kit;
    const own = await isonet.newService({ name: "agent", mailboxMax: 16 });
    const gate = (await isonet.newService("forwarder")) as never;
    const conf = { address: "127.0.0.1", port: 0, agent: own };
    const [, at] = (await isonet.call(gate, "lua", "open", conf)) as [string, number];
    const many = Array.from({ length: 5000 }, (_, index) => `${index}`);
    const client = new Client(at);

    client.say(...many);
    await client.until(() => client.frames.length === many.length);

    expect(client.frames).toEqual(many);
    client.socket.destroy();
  });
});

describe("players", () => {
  test("play on without a lost word when every fifth of them is killed", async () => {
    const { isonet } = kit;
    const watchdog = (await isonet.newService("watchdog", "player")) as never;
    const conf = { address: "127.0.0.1", port: 0, backlog: 128 };
    const [, at] = (await isonet.call(watchdog, "lua", "start", conf)) as [string, number];
    const players = Array.from({ length: 40 }, () => new Client(at));
    await Promise.all(players.map((player) => player.echo("hello")));
    const titles = (await isonet.call(".launcher", "lua", "list")) as Record<string, string>;
    const agents = Object.keys(titles).filter((address) => titles[address] === "player");

    for (const player of players) player.say(...words);
    const victims = agents.filter((_agent, index) => index % 5 === 0);
    await Promise.all(victims.map((victim) => isonet.kill(victim as never)));
    await expect
      .poll(() => players.filter(({ isClosed }) => isClosed).length, soon)
      .toBe(victims.length);
    const survivors = players.filter(({ isClosed }) => !isClosed);
    await Promise.all(survivors.map((one) => one.until(() => one.frames.length > words.length)));

    expect(agents).toHaveLength(40);
    for (const { frames } of survivors) expect(frames).toEqual(["hello", ...words]);
    for (const { socket } of players) socket.destroy();
  });
});

describe("a gate for WebSockets", () => {
  test("takes binary messages, and texts as UTF-8, on the same handler", async () => {
    const { port: at, told } = await openKeeper({ websocket: "/game" });
    const socket = new WebSocket(`ws://127.0.0.1:${at}/game`);
    await once(socket, "open");
    const came: unknown[] = [];
    socket.on("message", (data: Buffer, isBinary) => came.push([data.toString(), isBinary]));
    socket.send(Buffer.from("bytes"));
    socket.send("näh");
    await expect.poll(() => came.length, soon).toBe(2);
    socket.close();
    await once(socket, "close");

    expect(came).toEqual([
      ["bytes", true],
      ["näh", true],
    ]);
    await expect
      .poll(async () => (await told()).map(([event]) => event), soon)
      .toEqual(["connect", "message", "message", "disconnect"]);
  });

  test("and frames over TLS, are the same with a certificate", async () => {
    const { cert, key } = testIdentity;
    const { port: at } = await openKeeper({ tls: { cert, key } });
    const socket = tlsConnect({ port: at, host: "127.0.0.1", ca: cert, servername: "localhost" });
    await once(socket, "secureConnect");
    socket.write(prefixFrame(Buffer.from("secret")));
    const [frame] = (await once(socket, "data")) as [Buffer];
    expect(frame).toEqual(prefixFrame(Buffer.from("secret")));
    socket.destroy();

    const { port: secured } = await openKeeper({ websocket: true, tls: { cert, key } });
    const web = new WebSocket(`wss://localhost:${secured}/`, { ca: cert });
    await once(web, "open");
    web.send("secret");
    const [data] = (await once(web, "message")) as [Buffer];
    expect(data.toString()).toBe("secret");
    web.terminate();
  });

  test("refuses other paths, other pages, other protocols, and messages too large", async () => {
    const websocket = { path: "/game", origins: ["https://example.com"] };
    const { port: at } = await openKeeper({ websocket, frameBytesMax: 100 });
    const status = async (path: string, origin: string): Promise<unknown> => {
      const socket = new WebSocket(`ws://127.0.0.1:${at}${path}`, { origin });
      const [error] = (await once(socket, "error")) as [Error];
      return error.message;
    };

    expect(await status("/other", "https://example.com")).toMatch(/404/);
    expect(await status("/game", "https://elsewhere.example")).toMatch(/403/);
    expect((await fetch(`http://127.0.0.1:${at}/game`)).status).toBe(426);
    const socket = new WebSocket(`ws://127.0.0.1:${at}/game`, { origin: "https://example.com" });
    await once(socket, "open");
    socket.send(Buffer.alloc(101));
    const [code] = (await once(socket, "close")) as [number];
    expect(code).toBe(1009);
  });
});
