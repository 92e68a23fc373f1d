// Message client: its handshake byte for byte, answers in any order, bounds, and a server that says
// no.

import { afterEach, describe, expect, test } from "vitest";
import {
  accept,
  answerOf,
  closeMessageServers,
  messageClient,
  text,
} from "../../kit/message-client.ts";

afterEach(closeMessageServers);

describe("a message client", () => {
  test("proves who it is as Skynet's own does", async () => {
    const { client, server } = await messageClient(async (peer) => {
      // Length and text of the handshake that Skynet printed (reference §6.9).
      const expected = "aGVsbG8=@c2FtcGxl#MQ==:1:tNFLPMbApiw=";
      expect(await peer.read(2)).toEqual(Buffer.from([0, expected.length]));
      expect((await peer.read(expected.length)).toString()).toBe(expected);
      peer.say([0, 6], "200 OK");
      // "echo" under session 0, and its answer: content, 1, session.
      expect(await peer.read(10)).toEqual(Buffer.from("\0\u0008echo\0\0\0\0"));
      peer.say([0, 9], "echo", [1, 0, 0, 0, 0]);
      await peer.ended();
    });

    await client.open();
    expect(text(await client.request("echo"))).toBe("echo");
    await client.close();
    await server.done();
  });

  test("takes answers in any order, and one that the handler failed as REMOTE_FAULT", async () => {
    const { client } = await messageClient(async (peer) => {
      await accept(peer, 1);
      const sessions = [];
      for (let count = 0; count < 3; count++) sessions.push((await peer.request()).session);
      peer.sayAnswer("", sessions[2] ?? 0, false);
      peer.sayAnswer("second", sessions[1] ?? 0);
      peer.sayAnswer("first", sessions[0] ?? 0);
    });
    await client.open();

    const answers = await Promise.allSettled(["a", "b", "c"].map((word) => client.request(word)));

    expect(answers.slice(0, 2).map(answerOf)).toEqual(["first", "second"]);
    expect(answers[2]).toMatchObject({ reason: { code: "REMOTE_FAULT" } });
  });

  test("sends at most windowMax at once, so that a server's cache has every answer", async () => {
    const { client, server } = await messageClient(
      async (peer) => {
        await accept(peer, 1);
        expect([await peer.request(), await peer.request()]).toMatchObject([
          { content: "a" },
          { content: "b" },
        ]);
        peer.sayAnswer("", 1);
        expect(await peer.request()).toEqual({ content: "c", session: 2 });
        peer.sayAnswer("", 0);
        peer.sayAnswer("", 2);
      },
      { windowMax: 2 },
    );
    await client.open();

    await Promise.all(["a", "b", "c"].map((word) => client.request(word)));
    await server.done();
  });

  test("sends what was asked before it was open", async () => {
    const { client } = await messageClient(async (peer) => {
      await accept(peer, 1);
      expect(await peer.request()).toEqual({ content: "early", session: 0 });
      peer.sayAnswer("bird", 0);
    });

    const early = client.request("early");
    await client.open();
    expect(text(await early)).toBe("bird");
  });

  test("is opened once", async () => {
    const { client } = await messageClient((peer) => accept(peer, 1));
    await client.open();

    await expect(client.open()).rejects.toMatchObject({ code: "ARGUMENT_INVALID" });
  });

  test("fails a request with CALL_TIMEOUT, and lets its late answer pass", async () => {
    const ask = Promise.withResolvers<void>();
    const { client, clock } = await messageClient(async (peer) => {
      await accept(peer, 1);
      await peer.request();
      ask.resolve();
      const { session } = await peer.request();
      peer.sayAnswer("late", 0);
      peer.sayAnswer("of nobody", 77);
      peer.sayAnswer("good", session);
    });
    await client.open();

    const slow = client.request("slow");
    await ask.promise;
    clock.advance(30_000);
    await expect(slow).rejects.toMatchObject({
      code: "CALL_TIMEOUT",
      message: "no answer to request 0 within 30000 ms",
    });
    expect(text(await client.request("quick"))).toBe("good");
  });

  test("ends with close: requests fail, no timer is left, and nothing is asked any more", async () => {
    const { client, clock, events } = await messageClient(async (peer) => {
      await accept(peer, 1);
      await peer.ended();
    });
    await client.open();
    const [ended] = await Promise.allSettled([client.request("never"), client.close()]);

    expect(ended).toMatchObject({ reason: { code: "CONNECTION_LOST" } });
    expect(clock.pending).toBe(0);
    await expect(client.request("more")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(events).toEqual(["connected 1", "closed undefined"]);
    await client.close();
  });
});

describe("a request", () => {
  test.each([
    ["of 65,532 bytes", "MESSAGE_TOO_LARGE", new Uint8Array(65_532), {}, {}],
    ["with a session over 32 bits", "ARGUMENT_INVALID", "", { session: 2 ** 32 }, {}],
    ["with a session that is no whole number", "ARGUMENT_INVALID", "", { session: 0.5 }, {}],
    ["beyond requestsMax", "OUTBOX_FULL", "", {}, { requestsMax: 0 }],
  ])("%s is refused", async (...given) => {
    const [, code, content, options, limits] = given;
    const { client, clock } = await messageClient(() => {}, limits);

    await expect(client.request(content, options)).rejects.toMatchObject({ code });
    expect(clock.pending).toBe(0);
  });

  test("under a session that waits for its answer is refused", async () => {
    const { client } = await messageClient(() => {});
    const first = client.request("a", { session: 5 });

    await expect(client.request("b", { session: 5 })).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
      message: "session 5 waits for its answer",
    });
    expect(client.nextSession).toBe(6);
    await client.close();
    await expect(first).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });
});

describe("a handshake", () => {
  test.each([
    ["404 User Not Found", "404"],
    ["400 Bad Request", "400"],
    ["403 Index Expired", "403"],
    ["401 Unauthorized", "401"],
  ])("that is answered with %s ends the client with its status", async (line, remoteCode) => {
    const { client, events } = await messageClient((peer) => {
      peer.sayFrame(line);
      peer.end();
    });

    const early = client.request("early");
    await expect(client.open()).rejects.toMatchObject({ code: "LOGIN_REFUSED", remoteCode });
    await expect(early).rejects.toMatchObject({ code: "LOGIN_REFUSED", remoteCode });
    await expect(client.request("late")).rejects.toMatchObject({ code: "LOGIN_REFUSED" });
    expect(events).toEqual(["closed LOGIN_REFUSED"]);
  });

  test("that is answered with garbage fails with PEER_MALFORMED, with silence with CALL_TIMEOUT", async () => {
    const garbage = await messageClient((peer) => peer.sayFrame("\u0000\u00FF"));
    await expect(garbage.client.open()).rejects.toMatchObject({ code: "PEER_MALFORMED" });

    const silence = await messageClient(async (peer) => {
      await peer.frame();
      silence.clock.advance(10_000);
    });
    await expect(silence.client.open()).rejects.toMatchObject({ code: "CALL_TIMEOUT" });
    expect(silence.clock.pending).toBe(0);
  });

  test("that is refused at a reconnection ends the client, and every request with it", async () => {
    const { client, events } = await messageClient([
      async (peer) => {
        await accept(peer, 1);
        await peer.request();
        peer.destroy();
      },
      (peer) => peer.sayFrame("403 Index Expired"),
    ]);
    await client.open();

    await expect(client.request("a")).rejects.toMatchObject({
      code: "LOGIN_REFUSED",
      remoteCode: "403",
    });
    expect(events.at(-2)).toBe("reconnecting 1 in 100");
  });
});
