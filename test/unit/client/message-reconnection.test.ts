// Message client whose connection is lost: what is asked again, when it waits, when it gives up.

import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import {
  accept,
  answerOf,
  closeMessageServers,
  messageClient,
  secret,
  text,
} from "../../kit/message-client.ts";
import type { ScriptedPeer } from "../../kit/scripted-server.ts";

afterEach(closeMessageServers);

describe("a message client whose connection is lost", () => {
  test("connects with the next index and asks again under the old sessions, in their order", async () => {
    const { client, server, events } = await messageClient([
      async (peer) => {
        await accept(peer, 1);
        await peer.request();
        peer.sayAnswer("zero", 0);
        await peer.request();
        await peer.request();
        peer.destroy();
      },
      async (peer) => {
        await accept(peer, 2);
        expect(await peer.request()).toEqual({ content: "b", session: 1 });
        expect(await peer.request()).toEqual({ content: "c", session: 2 });
        peer.sayAnswer("cached b", 1);
        peer.sayAnswer("cached c", 2);
        await peer.ended();
      },
    ]);
    await client.open();

    expect(text(await client.request("a"))).toBe("zero");
    const answers = await Promise.all([client.request("b"), client.request("c")]);
    expect(answers.map(text)).toEqual(["cached b", "cached c"]);
    expect(events).toEqual([
      "connected 1",
      "disconnected CONNECTION_LOST",
      "reconnecting 1 in 100",
      "connected 2",
    ]);
    await client.close();
    await server.done();
  });

  test("can ask for an earlier session's answer: the server has it, whatever the content", async () => {
    const { client } = await messageClient([
      async (peer) => {
        await accept(peer, 1);
        expect(await peer.request()).toEqual({ content: "echo", session: 0 });
        peer.sayAnswer("echo", 0);
        await peer.ended();
      },
      async (peer) => {
        await accept(peer, 2);
        expect(await peer.request()).toEqual({ content: "fake", session: 0 });
        peer.sayAnswer("echo", 0);
      },
    ]);
    await client.open();

    await client.request("echo");
    client.reconnect();
    expect(text(await client.request("fake", { session: 0 }))).toBe("echo");
    expect([client.nextIndex, client.nextSession]).toEqual([3, 1]);
  });

  test("uses a new index for each attempt, waits longer each time and gives up in the end", async () => {
    const drop = (peer: ScriptedPeer): void => peer.destroy();
    const { client, events } = await messageClient(
      [
        async (peer) => {
          await accept(peer, 1);
          await peer.request();
          peer.destroy();
        },
        drop,
      ],
      { attemptsMax: 4, backOffMs: 1000, backOffMsMax: 3000, requestMs: 0 },
    );
    const closed = once(client, "closed");
    await client.open();

    await expect(client.request("never")).rejects.toMatchObject({
      code: "CONNECTION_LOST",
      message: expect.stringMatching(/^the client has ended: given up after 4 attempts: /),
    });
    await closed;
    expect(events).toEqual([
      "connected 1",
      "disconnected CONNECTION_LOST",
      ...["1 in 1000", "2 in 2000", "3 in 3000", "4 in 3000"].map((wait) => `reconnecting ${wait}`),
      "closed CONNECTION_LOST",
    ]);
    expect(client.nextIndex).toBe(6);
  });

  test("by a server that takes every handshake and hangs up does not come back ever faster", async () => {
    let index = 1;
    const { client, events } = await messageClient(
      async (peer) => {
        await accept(peer, index++);
        peer.sayAnswer("of nobody", 99);
        peer.end();
      },
      { attemptsMax: 3 },
    );
    const closed = once(client, "closed");
    await client.open();
    await closed;

    const waits = events.filter((event) => event.startsWith("reconnecting"));
    expect(waits).toEqual(
      [1, 2, 3].map((attempt) => `reconnecting ${attempt} in ${50 * 2 ** attempt}`),
    );
  });

  test.each([
    ["says what is no answer", [0, 4, 1, 2, 3, 4]],
    ["says neither 0 nor 1", [0, 5, 7, 0, 0, 0, 0]],
  ])("because the server %s starts anew", async (_what, bytes) => {
    const { client, events } = await messageClient([
      async (peer) => {
        await accept(peer, 1);
        await peer.request();
        peer.say(bytes);
        await peer.ended();
      },
      async (peer) => {
        await accept(peer, 2);
        const { session } = await peer.request();
        peer.sayAnswer("good", session);
      },
    ]);
    await client.open();

    expect(text(await client.request("a"))).toBe("good");
    expect(events).toContain("disconnected PEER_MALFORMED");
  });

  test("closes also while it waits to reconnect", async () => {
    const { client, clock } = await messageClient(async (peer) => {
      await accept(peer, 1);
      peer.destroy();
    });
    client.removeAllListeners("reconnecting");
    const waiting = once(client, "reconnecting");
    await client.open();
    await waiting;

    await client.close();
    expect(clock.pending).toBe(0);
  });

  test("closes also while a server is silent at the handshake", async () => {
    const reached = Promise.withResolvers<void>();
    const { client, clock } = await messageClient(async (peer) => {
      await peer.frame();
      reached.resolve();
      await peer.ended();
    });
    const opening = client.open();
    await reached.promise;

    await client.close();
    await expect(opening).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(clock.pending).toBe(0);
  });
});

describe("a message client that may log in again", () => {
  test("does so when the server has forgotten it; what may have been executed fails", async () => {
    const logins: string[] = [];
    const { client, server } = await messageClient(
      [
        async (peer) => {
          await accept(peer, 1);
          await peer.request();
          peer.destroy();
        },
        (peer) => peer.sayFrame("404 User Not Found"),
        async (peer) => {
          await accept(peer, 1, "Mg==");
          expect(await peer.request()).toEqual({ content: "waiting", session: 1 });
          peer.sayAnswer("done", 1);
          await peer.ended();
        },
      ],
      {
        windowMax: 1,
        loginAgain: async () => {
          logins.push("again");
          return { secret, subid: "2" };
        },
      },
    );
    await client.open();

    const outcomes = await Promise.allSettled([client.request("sent"), client.request("waiting")]);

    expect(logins).toEqual(["again"]);
    expect(outcomes[0]).toMatchObject({
      reason: {
        code: "CONNECTION_LOST",
        message: expect.stringContaining("may have been executed"),
      },
    });
    expect(outcomes.slice(1).map(answerOf)).toEqual(["done"]);
    await client.close();
    await server.done();
  });

  test("ends when the server does not know the new login either", async () => {
    const { client, server } = await messageClient((peer) => peer.sayFrame("404 User Not Found"), {
      loginAgain: async () => ({ secret, subid: "2" }),
    });

    await expect(client.open()).rejects.toMatchObject({
      code: "LOGIN_REFUSED",
      remoteCode: "404",
    });
    expect(server.count).toBe(2);
  });

  test("tries again later when the login itself finds nobody", async () => {
    let logins = 0;
    const { client } = await messageClient(
      [
        async (peer) => {
          await accept(peer, 1);
          peer.destroy();
        },
        (peer) => peer.sayFrame("404 User Not Found"),
        (peer) => peer.sayFrame("404 User Not Found"),
        (peer) => accept(peer, 1, "Mg=="),
      ],
      {
        loginAgain: async () => {
          if (++logins === 1) throw new Error("no way to it");
          return { secret, subid: "2" };
        },
      },
    );
    const lost = once(client, "disconnected");
    await client.open();
    await lost;
    await once(client, "connected");

    expect(logins).toBe(2);
    await client.close();
  });
});
