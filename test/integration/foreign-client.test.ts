// A client in another language: the Python client speaks Skynet's bytes, as its servers expect
// them. In a child process, against scripted servers; skipped where there is no Python 3, but not
// in CI.

import { describe, expect, test } from "vitest";
import { foreignClient, hasPython } from "../kit/foreign-client.ts";
import { scripted, type ScriptedPeer } from "../kit/scripted-server.ts";

/** Skynet's own trace (reference §6.9), with the client's key "AAAAAAAA". */
async function recordedLogin(peer: ScriptedPeer): Promise<void> {
  peer.say("Q0NDQ0NDQ0M=\n");
  expect(await peer.line()).toBe("l/TN8S8dYzI=");
  peer.say("t8+/cmQUX9Q=\n");
  expect(await peer.line()).toBe("lpv4i/guaF8=");
  expect(await peer.line()).toBe("7iltV/T3i1p0bF3kggC4x52VVtDnqfSV+F/h38KnHbc=");
  peer.say("200 MQ==\n");
}

async function refusedLogin(peer: ScriptedPeer): Promise<void> {
  peer.say("Q0NDQ0NDQ0M=\n");
  await peer.line();
  peer.say("401 Unauthorized\n");
}

/** One connection: this answer to the handshake, and then each request's content in capitals. */
const messages = (handshake: string, status: string) => async (peer: ScriptedPeer) => {
  expect((await peer.frame()).toString()).toMatch(handshake);
  peer.sayFrame(status);
  if (status !== "200 OK") {
    peer.end();
    return;
  }
  for (let count = 0; count < 2; count++) {
    const { content, session } = await peer.request();
    peer.sayAnswer(content.toUpperCase(), session, content !== "again");
    if (content === "fake" && session === 1) break;
  }
  await peer.ended();
};

describe.skipIf(!hasPython)("the client in Python", () => {
  test("logs in, shakes hands and asks with Skynet's own bytes", async () => {
    using login = await scripted(recordedLogin, refusedLogin);
    using server = await scripted(
      messages("aGVsbG8=@c2FtcGxl#MQ==:1:tNFLPMbApiw=", "200 OK"),
      messages(":2:", "200 OK"),
      messages(":2:", "403 Index Expired"),
      messages(":x:", "400 Bad Request"),
      messages(":3:", "401 Unauthorized"),
      messages("bm9ib2R5@c2FtcGxl#MQ==:3:", "404 User Not Found"),
      messages(":7:", "200 OK"),
    );
    const [loginPlace, messagePlace] = [login, server].map(({ port }) => `127.0.0.1:${port}`);
    const words = [
      "--login",
      `${loginPlace}`,
      "--messages",
      `${messagePlace}`,
      "--key",
      "AAAAAAAA",
    ];
    await using client = foreignClient(...words);

    const { code, stdout, stderr } = await client.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim().split("\n")).toEqual([
      "login 1",
      "answer 1 0 good ECHO",
      "answer 1 1 good SECOND",
      "answer 2 0 good FAKE",
      "answer 2 2 failed AGAIN",
      "index used 403 Index Expired",
      "index no number 400 Bad Request",
      "wrong secret 401 Unauthorized",
      "wrong user 404 User Not Found",
      "answer 7 1 good FAKE",
      "wrong password 401 Unauthorized",
    ]);
    await Promise.all([login.done(), server.done()]);
  });
});
