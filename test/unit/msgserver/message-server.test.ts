// Message server: users, connections and frames, on a gate that the test plays.

import { describe, expect, test } from "vitest";
import {
  MessageServer,
  serverDefaults,
  type ServerTerms,
} from "../../../library/msgserver/message-server.ts";
import { userName } from "../../../library/msgserver/user-name.ts";
import { base64Encode } from "../../../wire/crypt/base64.ts";
import { hmacHash } from "../../../wire/crypt/hmac64.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";

const secret = Uint8Array.from(Buffer.from("05f66ce34109f836", "hex"));
const ann = userName("ann", 1, "sample");

/** A server with its clients; answers come when the test says so. */
class Play {
  readonly clock = new FakeNetClock();
  readonly log: string[] = [];
  readonly closed: number[] = [];
  readonly opened: number[] = [];
  readonly sent: [number, string][] = [];
  readonly gone: string[] = [];
  /** Requests whose handler waits. */
  readonly running: { readonly content: string; answer(result: unknown): void }[] = [];
  readonly server: MessageServer;

  constructor(terms: Partial<ServerTerms> = {}) {
    this.server = new MessageServer(
      {
        openClient: (fd) => void this.opened.push(fd),
        closeClient: (fd) => void this.closed.push(fd),
        send: (fd, frame) => void this.sent.push([fd, Buffer.from(frame).toString("latin1")]),
        log: (text) => void this.log.push(text),
        after: (ms, handler) => this.clock.after(ms, handler),
      },
      {
        ...serverDefaults,
        onRequest: (_name, content) => {
          const { promise, resolve } = Promise.withResolvers<unknown>();
          this.running.push({ content: Buffer.from(content).toString(), answer: resolve });
          return promise;
        },
        onDisconnect: (name) => void this.gone.push(name),
        ...terms,
      },
    );
  }

  /** Connects and says the handshake; what it is told. */
  async connect(fd: number, index: number | string, name = ann): Promise<string | undefined> {
    const proof = base64Encode(hmacHash(secret, `${name}:${index}`));
    this.server.connect(fd, `10.0.0.1:${fd}`);
    await this.server.message(fd, Buffer.from(`${name}:${index}:${proof}`));
    return this.sent.at(-1)?.[1];
  }

  request(fd: number, session: number, content: string): Promise<void> {
    return this.server.message(fd, Buffer.concat([Buffer.from(content), sessionBytes(session)]));
  }

  /** Answers the oldest request that runs. */
  async answer(result: unknown): Promise<void> {
    this.running.shift()?.answer(result);
    await settled();
  }
}

function sessionBytes(session: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(session);
  return bytes;
}

function answerOf(content: string, session: number, ok = 1): string {
  return Buffer.concat([Buffer.from(content), Buffer.of(ok), sessionBytes(session)]).toString(
    "latin1",
  );
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("a user", () => {
  test("is logged in once", () => {
    const { server } = new Play();
    server.login(ann, secret);

    expect(() => server.login(ann, secret)).toThrow(
      expect.objectContaining({ code: "USER_ONLINE" }),
    );
  });

  test("has a secret of eight bytes", () => {
    expect(() => new Play().server.login(ann, new Uint8Array(7))).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID" }),
    );
  });

  test("who is not logged in cannot be logged out", () => {
    expect(() => new Play().server.logout(ann)).toThrow(
      expect.objectContaining({ code: "USER_UNKNOWN" }),
    );
  });

  test("who is logged out loses the connection, and is unknown to the next handshake", async () => {
    const play = new Play();
    play.server.login(ann, secret);
    await play.connect(1, 1);

    play.server.logout(ann);

    expect(play.closed).toEqual([1]);
    expect(await play.connect(2, 2)).toBe("404 User Not Found");
  });

  test("has the address of the latest connection, until one of them ends", async () => {
    const play = new Play();
    play.server.login(ann, secret);
    await play.connect(1, 1);
    await play.connect(2, 2);
    const before = play.server.ip(ann);

    play.server.disconnect(1);

    expect([before, play.server.ip(ann)]).toEqual(["10.0.0.1:2", undefined]);
  });

  test("keeps the newer connection at logout after an older one has ended", async () => {
    const play = new Play();
    play.server.login(ann, secret);
    await play.connect(1, 1);
    await play.connect(2, 2);
    play.server.disconnect(1);

    play.server.logout(ann);

    expect(play.closed).toEqual([1]);
  });
});

describe("a connection", () => {
  test("is read from the start, and stays after a handshake that is accepted", async () => {
    const play = new Play();
    play.server.login(ann, secret);

    expect(await play.connect(1, 1)).toBe("200 OK");
    expect([play.opened, play.closed]).toEqual([[1], []]);
  });

  test.each([
    ["404 User Not Found", "nobody:1:AAAA"],
    ["400 Bad Request", `${ann}:one:AAAA`],
    ["403 Index Expired", `${ann}:0:AAAA`],
    ["401 Unauthorized", `${ann}:1:AAAA`],
  ])("is told %s, and ended", async (status, text) => {
    const play = new Play();
    play.server.login(ann, secret);
    play.server.connect(1, "10.0.0.1:1");

    await play.server.message(1, Buffer.from(text));

    expect([play.sent, play.closed]).toEqual([[[1, status]], [1]]);
  });

  test("cannot replay a handshake", async () => {
    const play = new Play();
    play.server.login(ann, secret);
    await play.connect(1, 5);

    expect(await play.connect(2, 5)).toBe("403 Index Expired");
    expect(await play.connect(3, 4)).toBe("403 Index Expired");
    expect(await play.connect(4, 6)).toBe("200 OK");
  });

  test("that says nothing is ended after handshakeMs", () => {
    const play = new Play({ handshakeMs: 1000 });
    play.server.connect(1, "10.0.0.1:1");

    play.clock.advance(999);
    const before = [...play.closed];
    play.clock.advance(1);

    expect([before, play.closed]).toEqual([[], [1]]);
    expect(play.log[0]).toMatch(/^CLIENT_REFUSED: .*no handshake in 1000 ms/);
  });

  test("leaves no timer behind, whether it speaks or ends", async () => {
    const play = new Play();
    play.server.login(ann, secret);
    await play.connect(1, 1);
    play.server.connect(2, "10.0.0.1:2");
    play.server.disconnect(2);

    expect(play.clock.pending).toBe(0);
  });

  test("is closed on this side when its client is done, and the user stays", async () => {
    const play = new Play();
    play.server.login(ann, secret);
    await play.connect(1, 1);

    play.server.disconnect(1);

    expect([play.closed, play.gone]).toEqual([[1], [ann]]);
    expect(await play.connect(2, 2)).toBe("200 OK");
  });

  test("that is an older one tells its end as well, and is not ended by a newer", async () => {
    const play = new Play();
    play.server.login(ann, secret);
    await play.connect(1, 1);
    await play.connect(2, 2);
    expect(play.closed).toEqual([]);

    play.server.disconnect(1);

    expect(play.gone).toEqual([ann]);
  });
});

describe("a request", () => {
  async function connected(terms: Partial<ServerTerms> = {}): Promise<Play> {
    const play = new Play(terms);
    play.server.login(ann, secret);
    await play.connect(1, 1);
    play.sent.length = 0;
    return play;
  }

  test("gets its handler's result with its session; answers may overtake", async () => {
    const play = await connected();
    void play.request(1, 7, "first");
    void play.request(1, 8, "second");

    play.running[1]?.answer("B");
    await settled();
    play.running[0]?.answer(Buffer.from("A"));
    await settled();

    expect(play.sent).toEqual([
      [1, answerOf("B", 8)],
      [1, answerOf("A", 7)],
    ]);
  });

  test("whose handler fails is answered as failed, and logged", async () => {
    const play = await connected({
      onRequest: () => {
        throw new Error("no such room");
      },
    });

    await play.request(1, 7, "enter");

    expect(play.sent).toEqual([[1, answerOf("", 7, 0)]]);
    expect(play.log).toEqual(["Error: no such room"]);
  });

  test.each([
    ["too long for a frame", "x".repeat(65_531)],
    ["no text and no bytes", 7],
  ])("whose result is %s is answered as failed", async (_what, result) => {
    const play = await connected();
    void play.request(1, 7, "enter");

    await play.answer(result);

    expect(play.sent).toEqual([[1, answerOf("", 7, 0)]]);
  });

  test.each(["", "x", "abc"])("of too few bytes, %j, ends the connection", async (bytes) => {
    const play = await connected();

    await play.server.message(1, Buffer.from(bytes));

    expect(play.closed).toEqual([1]);
    expect(play.log[0]).toMatch(/^Invalid package /);
  });

  test("asked for a third time while it runs ends the connection", async () => {
    const play = await connected();
    for (let time = 0; time < 3; time++) void play.request(1, 8, "slow");
    await settled();

    expect([play.running.length, play.closed]).toEqual([1, [1]]);
    expect(play.log[0]).toMatch(/^Invalid package Conflict session 8/);
  });

  test("is answered on the new connection that asks for it again", async () => {
    const play = await connected();
    void play.request(1, 9, "slow");
    await play.connect(2, 2);
    void play.request(2, 9, "slow");

    await play.answer("done");

    expect(play.sent.slice(1)).toEqual([[2, answerOf("done", 9)]]);
  });

  test("is answered from what is kept after a re-connection", async () => {
    const play = await connected();
    void play.request(1, 7, "first");
    await play.answer("done");
    play.server.disconnect(1);
    await play.connect(2, 2);

    await play.request(2, 7, "other content");

    expect(play.sent.at(-1)).toEqual([2, answerOf("done", 7)]);
    expect(play.running).toEqual([]);
  });

  test("is kept for later when its connection has ended", async () => {
    const play = await connected();
    void play.request(1, 7, "first");
    play.server.disconnect(1);
    await play.answer("done");
    expect(play.sent).toEqual([]);
    await play.connect(2, 2);

    await play.request(2, 7, "first");

    // Its answer has the version of the old handshake: it is sent from what is kept.
    expect(play.sent.at(-1)).toEqual([2, answerOf("done", 7)]);
  });

  test("is answered on an older connection that is still open", async () => {
    const play = await connected();
    await play.connect(2, 2);
    void play.request(1, 7, "old");

    await play.answer("still here");

    expect(play.sent.at(-1)).toEqual([1, answerOf("still here", 7)]);
  });

  test("beyond requestsMax that run ends the connection", async () => {
    const play = await connected({ requestsMax: 2 });
    for (const session of [1, 2, 3]) void play.request(1, session, "slow");
    await settled();

    expect([play.running.length, play.closed]).toEqual([2, [1]]);
    expect(play.log[0]).toMatch(/requestsMax/);
  });
});
