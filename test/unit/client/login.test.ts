// Login: Skynet's trace byte for byte (reference §6.9), refusals, and servers that are none.

import { describe, expect, test } from "vitest";
import { login, loginToken } from "../../../client/login.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";
import { scripted, type Script, type ScriptedPeer } from "../../kit/scripted-server.ts";

const trace = {
  challenge: "Q0NDQ0NDQ0M=",
  clientLine: "l/TN8S8dYzI=",
  serverLine: "t8+/cmQUX9Q=",
  secret: "05f66ce34109f836",
  hmacLine: "lpv4i/guaF8=",
  token: "aGVsbG8=@c2FtcGxl:cGFzc3dvcmQ=",
  tokenLine: "7iltV/T3i1p0bF3kggC4x52VVtDnqfSV+F/h38KnHbc=",
};
const words = { user: "hello", server: "sample", password: "password" };
const key = (): Uint8Array => Buffer.from("AAAAAAAA");

async function loginAt(script: Script, options: object = {}) {
  using server = await scripted(script);
  const given = { ...words, randomBytes: key, clock: new FakeNetClock(), ...options };
  const outcome = await login({ port: server.port, ...given }).catch((error: unknown) => error);
  await server.done();
  return outcome;
}

/** The server's side up to the token, which is the client's last word. */
async function handshake(peer: ScriptedPeer): Promise<void> {
  peer.say(`${trace.challenge}\n`);
  expect(await peer.line()).toBe(trace.clientLine);
  peer.say(`${trace.serverLine}\n`);
  expect(await peer.line()).toBe(trace.hmacLine);
  expect(await peer.line()).toBe(trace.tokenLine);
}

const error = (code: string, message: RegExp, remoteCode?: string) =>
  expect.objectContaining({ code, remoteCode, message: expect.stringMatching(message) });

describe("a login", () => {
  test("goes as Skynet's own does, and hangs up at the end", async () => {
    const outcome = await loginAt(async (peer) => {
      await handshake(peer);
      peer.say("200 MQ==\n");
      await peer.ended();
    });

    expect(outcome).toEqual({
      secret: Uint8Array.from(Buffer.from(trace.secret, "hex")),
      subid: "1",
    });
  });

  test("goes the same when the server's lines come byte by byte, or with its carriage returns", async () => {
    const outcome = await loginAt(async (peer) => {
      for (const byte of Buffer.from(`${trace.challenge}\r\n`)) peer.say([byte]);
      expect(await peer.line()).toBe(trace.clientLine);
      for (const byte of Buffer.from(`${trace.serverLine}\r\n`)) peer.say([byte]);
      expect([await peer.line(), await peer.line()]).toEqual([trace.hmacLine, trace.tokenLine]);
      for (const byte of Buffer.from("200 MQ==\r\n")) peer.say([byte]);
    });

    expect(outcome).toMatchObject({ subid: "1" });
  });

  test("takes a token as it is, and an empty subid", async () => {
    const outcome = await loginAt(
      async (peer) => {
        await handshake(peer);
        peer.say("200 \n");
      },
      { token: trace.token },
    );

    expect(loginToken(words)).toBe(trace.token);
    expect(outcome).toMatchObject({ subid: "" });
  });

  test.each([
    ["401 Unauthorized", /401 "Unauthorized": the secret, the token or the password is not/],
    ["403 Forbidden", /403 "Forbidden": forbidden/],
    ["406 Not Acceptable", /406 "Not Acceptable": another login of this user goes on/],
  ])("that is answered with %s fails with its status", async (line, message) => {
    const outcome = await loginAt(async (peer) => {
      await handshake(peer);
      peer.say(`${line}\n`);
      await peer.ended();
    });

    expect(outcome).toEqual(error("LOGIN_REFUSED", message, line.slice(0, 3)));
  });

  test("may be refused in place of the server's key", async () => {
    const outcome = await loginAt(async (peer) => {
      peer.say(`${trace.challenge}\n`);
      await peer.line();
      peer.say("401 Unauthorized\n");
    });

    expect(outcome).toEqual(error("LOGIN_REFUSED", /401/, "401"));
  });
});

describe("a server that is none", () => {
  test.each([
    ["speaks HTTP", "HTTP/1.1 400 Bad Request\r\n", /base64 was to come, not "HTTP\/1.1 400 B/],
    ["has a challenge of seven bytes", "QUFBQUFBQQ==\n", /8 bytes in base64 were to come, not 7/],
    ["has an empty challenge", "\n", /8 bytes in base64 were to come, not 0/],
    ["says 200 too early", "200 MQ==\n", /base64 was to come/],
    ["never ends its line", "x".repeat(9000), /a line of over 8192 bytes has come/],
  ])("and %s gets PEER_MALFORMED", async (_what, bytes, message) => {
    const outcome = await loginAt(async (peer) => {
      peer.say(bytes);
      await peer.ended();
    });

    expect(outcome).toEqual(error("PEER_MALFORMED", message));
  });

  test("and has a key of zero gets PEER_MALFORMED, and never the token", async () => {
    const outcome = await loginAt(async (peer) => {
      peer.say(`${trace.challenge}\n`);
      await peer.line();
      peer.say("AAAAAAAAAAA=\n");
      await peer.ended();
      await expect(peer.line()).rejects.toThrow("ended");
    });

    expect(outcome).toEqual(error("PEER_MALFORMED", /its key is zero/));
  });

  test.each([
    ["no status", "hello\n"],
    ["a status without its subid", "200 not*base64\n"],
    ["a text of control characters", "\u001B[31m\n"],
  ])("and ends with %s gets PEER_MALFORMED", async (_what, bytes) => {
    const outcome = await loginAt(async (peer) => {
      await handshake(peer);
      peer.say(bytes);
    });

    expect(outcome).toEqual(error("PEER_MALFORMED", /^[\u0020-\u007E]*$/));
  });

  test("and hangs up in between gets CONNECTION_LOST", async () => {
    const outcome = await loginAt((peer) => {
      peer.say(`${trace.challenge}\n`);
      peer.end();
    });

    expect(outcome).toEqual(error("CONNECTION_LOST", /ended/));
  });

  test.each([0, 1, 2])("and falls silent after %d lines gets CALL_TIMEOUT", async (lines) => {
    const clock = new FakeNetClock();
    using server = await scripted(async (peer) => {
      if (lines > 0) peer.say(`${trace.challenge}\n`);
      if (lines > 0) await peer.line();
      if (lines > 1) peer.say(`${trace.serverLine}\n`);
      if (lines > 1) await peer.line();
      if (lines > 1) await peer.line();
      // The client has sent all it can, so it waits.
      await new Promise(setImmediate);
      clock.advance(10_000);
      await peer.ended();
    });

    await expect(login({ port: server.port, ...words, clock, randomBytes: key })).rejects.toEqual(
      error("CALL_TIMEOUT", /has sent nothing for 10000 ms/),
    );
    await server.done();
    expect(clock.pending).toBe(0);
  });
});
