// Mailbox: the frames that wait for one service.
// Unit test of src/kernel/mailbox.ts.
// Invariant: frames here are 32 bytes, 24 of header and 8 of body, unless a test says otherwise.

import { describe, expect, test } from "vitest";
import { Mailbox, withReserve } from "../../../src/kernel/mailbox.ts";
import { FrameWord } from "../../../wire/frame.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { frame, seeFrame } from "../../kit/frames.ts";

const plenty = 1_000_000;

function framed(session: number, bodyBytes = 8): Uint32Array {
  return frame({ session, body: new Uint8Array(bodyBytes) });
}

function fill(mailbox: Mailbox, frames: number): void {
  for (let session = 1; session <= frames; session++) mailbox.push(framed(session), 0);
}

describe("mailbox", () => {
  test("accepts the frame that reaches depthMax and refuses the one after it", () => {
    const mailbox = new Mailbox({ depthMax: 3, bytesMax: plenty });
    fill(mailbox, 2);

    expect(mailbox.push(framed(3), 0)).toBe(true);
    expect(mailbox.push(framed(4), 0)).toBe(false);
    expect(mailbox.depth).toBe(3);
  });

  test("accepts the frame that reaches bytesMax and refuses the one that would pass it", () => {
    const mailbox = new Mailbox({ depthMax: 100, bytesMax: 96 });
    fill(mailbox, 2);

    expect(mailbox.push(framed(3, 9), 0)).toBe(false);
    expect(mailbox.push(framed(4, 8), 0)).toBe(true);
    expect(mailbox.bytes).toBe(96);
  });

  test("accepts again what there is room for after a frame was delivered", () => {
    const mailbox = new Mailbox({ depthMax: 2, bytesMax: plenty });
    fill(mailbox, 2);

    mailbox.drop();

    expect(mailbox.push(framed(3), 0)).toBe(true);
  });

  test("keeps a reserve of a quarter of depthMax", () => {
    const mailbox = new Mailbox({ depthMax: 8, bytesMax: plenty });
    fill(mailbox, 8);

    const accepted = [1, 2, 3].map((session) => mailbox.pushReserved(framed(session), 0));

    expect(accepted).toEqual([true, true, false]);
  });

  test("keeps a reserve of a quarter of bytesMax", () => {
    const mailbox = new Mailbox({ depthMax: 100, bytesMax: 256 });
    fill(mailbox, 8);

    expect(mailbox.pushReserved(framed(1, 41), 0)).toBe(false);
    expect(mailbox.pushReserved(framed(2, 40), 0)).toBe(true);
    expect(mailbox.bytes).toBe(withReserve(256));
  });

  test("accepts what its sender accounts for beyond its bounds, behind all else", () => {
    const mailbox = new Mailbox({ depthMax: 1, bytesMax: 64 });
    fill(mailbox, 1);
    mailbox.park(7);
    mailbox.pushCredited(framed(2, 5000), 0);
    expect(mailbox.depth).toBe(0);

    mailbox.unpark();

    expect(mailbox.depth).toBe(2);
  });

  test("accepts the start message whatever its bounds are", () => {
    const mailbox = new Mailbox({ depthMax: 1, bytesMax: 64 });

    mailbox.pushUnbounded(framed(1, 5000), 0);

    expect(mailbox.depth).toBe(1);
  });

  test("forgets how much of a frame went out when the frame is dropped", () => {
    const mailbox = new Mailbox({ depthMax: 8, bytesMax: plenty });
    fill(mailbox, 2);
    mailbox.sentOfHead = 4;

    mailbox.drop();

    expect(mailbox.sentOfHead).toBe(0);
  });

  test("drains the oldest first and is empty then", () => {
    const mailbox = new Mailbox({ depthMax: 8, bytesMax: plenty });
    fill(mailbox, 3);
    mailbox.drop();
    const drained: number[] = [];

    mailbox.drain((words, at) => drained.push(seeFrame(words, at).session));

    expect(drained).toEqual([2, 3]);
    expect([mailbox.depth, mailbox.bytes]).toEqual([0, 0]);
  });

  test("parks messages in their order, and lets replies and one sender's through", () => {
    const mailbox = new Mailbox({ depthMax: 100, bytesMax: plenty });
    const reply = MessageKind.response;
    mailbox.push(framed(1), 0);
    mailbox.push(frame({ session: 2, kind: reply }), 0);

    mailbox.park(7);
    mailbox.push(framed(3), 0);
    mailbox.push(frame({ session: 4, source: 7 }), 0);
    mailbox.push(frame({ session: 5, kind: reply }), 0);

    expect(sessionsOf(mailbox)).toEqual([2, 4, 5]);
    mailbox.push(frame({ session: 6, kind: reply }), 0);
    mailbox.unpark();
    mailbox.push(framed(7), 0);
    expect(sessionsOf(mailbox)).toEqual([6, 1, 3, 7]);
  });

  test("has what was set aside in front again, and what is parked behind it", () => {
    const mailbox = new Mailbox({ depthMax: 100, bytesMax: plenty });
    fill(mailbox, 2);
    mailbox.park(7);
    mailbox.push(frame({ session: 3, kind: MessageKind.response }), 0);

    const due = mailbox.setAside();
    expect(mailbox.depth).toBe(0);
    mailbox.push(frame({ session: 4, kind: MessageKind.response }), 0);
    mailbox.putBack(due);
    mailbox.unpark();

    expect(sessionsOf(mailbox)).toEqual([3, 4, 1, 2]);
  });

  test("hands out what is parked, too, when its service ends", () => {
    const mailbox = new Mailbox({ depthMax: 100, bytesMax: plenty });
    fill(mailbox, 2);
    mailbox.park(7);
    const sessions: number[] = [];

    mailbox.drain((words, at) => sessions.push(words[at + FrameWord.session] as number));

    expect(sessions).toEqual([1, 2]);
    expect(mailbox.isParked).toBe(false);
  });
});

function sessionsOf(mailbox: Mailbox): number[] {
  const sessions: number[] = [];
  while (mailbox.depth > 0) {
    sessions.push(mailbox.words[mailbox.headAt() + FrameWord.session] as number);
    mailbox.drop();
  }
  return sessions;
}
