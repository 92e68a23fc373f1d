// Answers: when a request is executed, merged, answered from what is kept, or refused.

import { describe, expect, test } from "vitest";
import { Answers, type Asked, type Entry } from "../../../library/msgserver/answers.ts";

const frameOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** One user's connections: requests are asked on them, and handlers end when the test says. */
class Play {
  readonly answers: Answers;
  version = 1;

  constructor({ expiredNumber = 128, keptBytesMax = 1_000_000 } = {}) {
    this.answers = new Answers({ expiredNumber, keptBytesMax });
  }

  ask(session: number, fd = 1): Asked {
    return this.answers.ask(session, fd, this.version);
  }

  /** Asks for what must be executed. */
  execute(session: number, fd = 1): Entry {
    const asked = this.ask(session, fd);
    if (asked.kind !== "execute") throw new Error(`session ${session} is ${asked.kind}`);
    return asked.entry;
  }

  complete(entry: Entry, text = "answer"): number | undefined {
    return this.answers.complete(entry, frameOf(text), this.version);
  }

  answer(session: number, text = `answer ${session}`): void {
    this.complete(this.execute(session), text);
  }

  /** The kept answer that the session gets on this connection. */
  again(session: number, fd = 1): string {
    const asked = this.ask(session, fd);
    if (asked.kind !== "again" || asked.fd !== fd) throw new Error(`it is ${asked.kind}`);
    return textOf(asked.frame);
  }
}

describe("a request", () => {
  test("is executed, and its answer goes to the connection that asked", () => {
    const play = new Play();

    const entry = play.execute(7, 3);

    expect(play.answers.running).toBe(1);
    expect(play.complete(entry)).toBe(3);
    expect(play.answers.running).toBe(0);
  });

  test("whose session was answered since the latest handshake is executed anew", () => {
    const play = new Play();

    play.answer(7);

    expect(play.ask(7).kind).toBe("execute");
  });

  test("that is asked for twice while it runs is executed and answered once", () => {
    const play = new Play();
    const entry = play.execute(8);

    expect(play.ask(8).kind).toBe("merged");
    expect(play.complete(entry)).toBe(1);
  });

  test("that is asked for a third time while it runs is a conflict", () => {
    const play = new Play();
    play.execute(8);
    play.ask(8);

    expect(play.ask(8).kind).toBe("conflict");
  });

  test("is executed anew after a conflict, and both answers are sent", () => {
    const play = new Play();
    const first = play.execute(8, 1);
    play.ask(8, 1);
    play.ask(8, 1);

    const second = play.execute(8, 2);

    expect(play.complete(first, "first")).toBe(1);
    expect(play.complete(second, "second")).toBe(2);
    play.version++;
    expect(play.again(8)).toBe("second");
  });
});

describe("a request after a new handshake", () => {
  test("gets the kept answer of its session, whatever its content is", () => {
    const play = new Play();
    play.answer(7);

    play.version++;

    expect(play.again(7, 2)).toBe("answer 7");
  });

  test("is executed when its session has got its kept answer in this version", () => {
    const play = new Play();
    play.answer(8);
    play.version++;
    play.again(8, 2);

    expect(play.ask(8, 2).kind).toBe("execute");
  });

  test("takes over the answer of the one that runs still", () => {
    const play = new Play();
    const entry = play.execute(9, 1);

    play.version++;

    expect(play.ask(9, 2).kind).toBe("merged");
    expect(play.complete(entry)).toBe(2);
  });

  test("on the old connection counts as one of the new version", () => {
    const play = new Play();
    play.answer(7);
    play.version++;

    expect(play.again(7, 1)).toBe("answer 7");
    expect(play.ask(7, 1).kind).toBe("execute");
  });

  test("of a session that was answered after the handshake is executed anew", () => {
    const play = new Play();
    const entry = play.execute(7, 1);
    play.version++;
    play.complete(entry);

    expect(play.ask(7, 2).kind).toBe("execute");
  });

  test("takes an index equal to the last, in another form, for the same", () => {
    const play = new Play();
    play.answer(7);

    expect(play.answers.ask(7, 1, 1n).kind).toBe("execute");
  });
});

describe("answers", () => {
  test("are kept up to twice the expired number, then the older half goes", () => {
    const play = new Play({ expiredNumber: 4 });
    for (let session = 0; session < 7; session++) play.answer(session);
    expect(play.answers.size).toBe(7);

    play.answer(7);

    expect(play.answers.size).toBe(4);
    play.version++;
    expect([4, 5, 6, 7].map((session) => play.again(session))).toEqual([
      "answer 4",
      "answer 5",
      "answer 6",
      "answer 7",
    ]);
    expect(play.ask(3).kind).toBe("execute");
  });

  test("count from where they were sent last", () => {
    const play = new Play({ expiredNumber: 4 });
    for (let session = 0; session < 6; session++) play.answer(session);
    play.version++;
    play.again(0);
    play.answer(6);

    play.version++;
    expect(play.again(0)).toBe("answer 0");
    expect(play.ask(1).kind).toBe("execute");
  });

  test("never go while their requests run", () => {
    const play = new Play({ expiredNumber: 2 });
    const slow = play.execute(99, 5);
    for (let session = 0; session < 40; session++) play.answer(session);

    expect(play.answers.size).toBeLessThanOrEqual(4);
    expect(play.ask(99, 6).kind).toBe("merged");
    expect(play.complete(slow)).toBe(6);
  });

  test("stay within twice the expired number for ever", () => {
    const play = new Play({ expiredNumber: 128 });
    for (let session = 0; session < 10_000; session++) {
      play.answer(session);
      expect(play.answers.size).toBeLessThan(256);
    }
    expect(play.answers.size).toBeGreaterThanOrEqual(128);
  });

  test("stay within keptBytesMax: the oldest go first", () => {
    const play = new Play({ keptBytesMax: 30 });
    for (let session = 0; session < 4; session++) play.answer(session, "0123456789");

    expect(play.answers.keptBytes).toBe(30);
    play.version++;
    expect(play.again(3)).toBe("0123456789");
    expect(play.ask(0).kind).toBe("execute");
  });

  test("that are larger than keptBytesMax are sent and not kept", () => {
    const play = new Play({ keptBytesMax: 5 });
    const entry = play.execute(1, 2);

    expect(play.complete(entry, "too large")).toBe(2);
    expect([play.answers.size, play.answers.keptBytes]).toEqual([0, 0]);
  });
});
