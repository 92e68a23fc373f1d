// isonet client, the real command, in pipes and under signals, against scripted servers.
// In child processes, on the repository's own launcher.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { WebSocketServer } from "ws";
import { afterEach, describe, expect, test } from "vitest";
import { Child, run } from "../../kit/child.ts";
import { accept, closeMessageServers } from "../../kit/message-client.ts";
import { node24 } from "../../kit/nodes.ts";
import { scripted, type ScriptedPeer } from "../../kit/scripted-server.ts";

const launcher = path.resolve(import.meta.dirname, "../../../bin/isonet.mjs");
const who = ["--user", "hello", "--server", "sample"];

afterEach(closeMessageServers);

function client(input: string | true, ...words: readonly string[]): Child {
  const command = [node24, launcher, "client", ...words];
  return new Child(command, { input, env: { ISONET_PASSWORD: "password" } });
}

/** A login server that takes what comes: the client's key is its own affair here. */
async function welcome(peer: ScriptedPeer): Promise<void> {
  peer.say("Q0NDQ0NDQ0M=\n");
  await peer.line();
  peer.say("t8+/cmQUX9Q=\n");
  await peer.line();
  await peer.line();
  peer.say("200 MQ==\n");
}

describe("isonet client", () => {
  test("names its three commands", async () => {
    const { code, stdout } = await run([node24, launcher, "client", "--help"]);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}login [^]*^ {2}gate [^]*^ {2}message /m);
  });

  test("logs in with a password of the environment, and prints what a program needs", async () => {
    using server = await scripted(welcome);
    const { stdout, code } = await client("", "login", `${server.port}`, ...who, "--json").ended;

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      subid: "1",
      secret: expect.stringMatching(/^[\da-f]{16}$/),
      username: "aGVsbG8=@c2FtcGxl#MQ==",
    });
  });

  test("ends with 1 when the login is refused, with 2 when it is misspelt", async () => {
    using server = await scripted((peer) => peer.say("401 Unauthorized\n"));
    const refused = client("", "login", `${server.port}`, ...who).ended;
    const misspelt = client("", "login", "nowhere", ...who).ended;

    expect(await refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^isonet: LOGIN_REFUSED: .*401 "Unauthorized"/),
    });
    expect(await misspelt).toMatchObject({ code: 2, stdout: "" });
  });

  test("logs in and asks a message server line by line", async () => {
    using login = await scripted(welcome);
    using server = await scripted(async (peer) => {
      await accept(peer, 1);
      for (;;) {
        const { content, session } = await peer.request();
        peer.sayAnswer(content.toUpperCase(), session);
      }
    });
    const words = [`${server.port}`, "--login", `127.0.0.1:${login.port}`, ...who];

    expect(await client("one\ntwo", "message", ...words).ended).toMatchObject({
      code: 0,
      stdout: "ONE\nTWO\n",
      stderr: "",
    });
  });

  test("speaks WebSocket to a gate, in text messages", async () => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    server.on("connection", (socket, { url }) => {
      socket.on("message", (data: Buffer, isBinary) => {
        socket.send(`${url} ${isBinary ? "binary" : "text"} ${data.toString()}`);
        socket.close();
      });
    });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;

    const outcomes = await Promise.all([
      client("by port", "gate", `${port}`, "--websocket").ended,
      client("by URL", "gate", `ws://127.0.0.1:${port}/chat`).ended,
    ]);
    server.close();

    expect(outcomes).toMatchObject([
      { code: 0, stdout: "/ text by port\n" },
      { code: 0, stdout: "/chat text by URL\n" },
    ]);
  });

  test("leaves a gate at SIGINT", async () => {
    using server = await scripted(async (peer) => {
      peer.sayFrame("welcome");
      await peer.ended();
    });
    await using child = client(true, "gate", `${server.port}`);
    await child.saw(/welcome/);
    child.kill("SIGINT");

    expect(await child.ended).toMatchObject({ code: 0, signal: null, stderr: "" });
    await server.done();
  });
});
