// Outbox: what becomes of the frames a service writes, the hostile ones included.
// Unit test of src/kernel/outbox.ts; the fuzz test is test/property/outbox.test.ts.
// Invariant: a test writes the outbox as a guest would, and has the kernel collect it.

import { describe, expect, test } from "vitest";
import { FrameFlag, frameHeaderBytes } from "../../../wire/frame.ts";
import { decodeFault } from "../../../wire/fault.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { sessionMax } from "../../../wire/session.ts";
import { SystemCommand } from "../../../wire/system-command.ts";
import { ControlWord } from "../../../wire/turn-memory.ts";
import { smallLayout } from "../../kit/fake-occupant.ts";
import { commandBody, frame, namedBody, textOf, type FrameFields } from "../../kit/frames.ts";
import { makeKernel, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

const messageBytesMax = 10_000;

type Pair = { kit: KernelKit; sender: FakeService; other: FakeService };

function makePair(): Pair {
  const kit = makeKernel({ messageBytesMax });
  const [sender, other] = [kit.add(), kit.add()];
  kit.run();
  return { kit, sender, other };
}

/** Sends these messages, in this order, and lets everyone have turns. */
function send({ kit, sender }: Pair, ...messages: readonly FrameFields[]): void {
  for (const fields of messages) sender.occupant.send(fields);
  kit.kernel.collect(sender.record);
  kit.run();
}

/** Puts raw words into the outbox and has them read. */
function sendRaw({ kit, sender }: Pair, words: readonly number[], bytes?: number): void {
  sender.occupant.writeRaw(words, bytes);
  kit.kernel.collect(sender.record);
  kit.run();
}

const received = ({ occupant }: FakeService): string[] => occupant.received.map(textOf);
const errorsOf = ({ occupant }: FakeService): string[] =>
  occupant.received
    .filter((seen) => seen.kind === MessageKind.error)
    .map((seen) => decodeFault(seen.body).code);

const piece = (pair: Pair, body: string, isLast = false): FrameFields => ({
  destination: pair.other.address,
  session: 5,
  flags: isLast ? 0 : FrameFlag.more,
  body,
});

describe("outbox", () => {
  test("routes its frames in order and is empty then", () => {
    const pair = makePair();
    const { kit, sender, other } = pair;

    send(
      pair,
      { destination: other.address, body: "a" },
      { destination: other.address, body: "bc" },
    );

    expect(received(other)).toEqual(["a", "bc"]);
    expect(sender.record.stat.sent).toBe(2);
    expect(kit.kernel.collect(sender.record)).toBe(false);
  });

  test("stamps the true source, whatever the guest wrote there", () => {
    const pair = makePair();

    send(pair, { destination: pair.other.address, source: 0x0100_0001 });

    expect(pair.other.occupant.received[0]?.source).toBe(pair.sender.address);
  });

  test("counts the messages that were refused", () => {
    const pair = makePair();

    send(pair, { destination: 0x0100_0999 }, { destination: pair.other.address });

    expect(pair.sender.record.stat).toMatchObject({ sent: 2, refused: 1 });
  });
});

describe("outbox with a wrong length", () => {
  test.each([
    ["negative", -1],
    ["beyond the buffer", smallLayout.outboxBytes + 1],
  ])("is not read when its own length is %s", (_what, bytes) => {
    const pair = makePair();

    sendRaw(pair, [...frame({ destination: pair.other.address })], bytes);

    expect(received(pair.other)).toEqual([]);
    expect(pair.kit.events.faults).toHaveLength(1);
    expect(pair.sender.occupant.memory.control[ControlWord.outboxLength]).toBe(0);
  });

  test.each([
    ["0", 0],
    ["less than a header", frameHeaderBytes - 1],
    ["more than what is left", frameHeaderBytes + 1],
    ["2^32 - 1", 0xffff_ffff],
    ["-24 as a signed number", -24 >>> 0],
  ])("is read up to the frame whose length is %s", (_what, length) => {
    const pair = makePair();
    const good = frame({ destination: pair.other.address, body: "good" });
    const bad = frame({ destination: pair.other.address, length });

    sendRaw(pair, [...good, ...bad]);

    expect(received(pair.other)).toEqual(["good"]);
    expect(pair.kit.events.faults).toEqual([`frame of ${length} bytes with 24 left`]);
    expect(pair.sender.record.stat.faults).toBe(1);
  });

  test("is not read past its own length although more frames lie there", () => {
    const pair = makePair();
    const destination = pair.other.address;
    const words = [...frame({ destination, session: 1 }), ...frame({ destination, session: 2 })];

    sendRaw(pair, words, frameHeaderBytes);

    expect(pair.other.occupant.received.map((seen) => seen.session)).toEqual([1]);
  });

  test("takes a frame that ends with it although its padding does not", () => {
    const pair = makePair();
    const words = frame({ destination: pair.other.address, body: "x" });

    sendRaw(pair, [...words], frameHeaderBytes + 1);

    expect(received(pair.other)).toEqual(["x"]);
  });

  test("is read once", () => {
    const pair = makePair();
    sendRaw(pair, [...frame({ destination: pair.other.address, body: "x" })]);

    pair.kit.kernel.collect(pair.sender.record);
    pair.kit.run();

    expect(received(pair.other)).toEqual(["x"]);
  });

  test("is read to its last word", () => {
    const pair = makePair();
    const body = new Uint8Array(smallLayout.outboxBytes - frameHeaderBytes).fill(9);

    sendRaw(pair, [...frame({ destination: pair.other.address, body })]);

    expect(pair.other.occupant.received[0]?.body).toEqual(body);
  });
});

describe("outbox with a malformed frame", () => {
  test.each([
    ["an unknown flag", { flags: 8 }],
    ["a bit of the upper half set", { flags: 0x100 }],
    ["kind system to another service", { kind: MessageKind.system, body: commandBody(3) }],
    ["kind system and a flag", { kind: MessageKind.system, flags: FrameFlag.named }],
    ["a session above 2^31 - 1", { session: sessionMax + 1 }],
    ["a name and a session above 2^31 - 1", { session: 0xffff_ffff, flags: FrameFlag.named }],
  ])("drops one with %s and routes the next", (_what, fields) => {
    const pair = makePair();
    const destination = pair.other.address;

    send(pair, { destination, ...fields }, { destination, body: "next" });

    expect(received(pair.other)).toEqual(["next"]);
    expect(pair.sender.record.stat.faults).toBe(1);
    expect(errorsOf(pair.sender)).toEqual([]);
  });

  test("routes the largest session", () => {
    const pair = makePair();

    send(pair, { destination: pair.other.address, session: sessionMax });

    expect(pair.other.occupant.received[0]?.session).toBe(sessionMax);
  });

  test.each([
    ["shorter than an opcode", { body: new Uint8Array(3) }],
    ["to another address than 0", { destination: 7, body: commandBody(SystemCommand.exit) }],
    ["with an opcode that is none", { body: commandBody(0xffff_ffff) }],
  ])("ignores a system frame %s", (_what, fields) => {
    const pair = makePair();

    send(pair, { kind: MessageKind.system, ...fields });

    expect(pair.sender.record.state).toBe("starting");
    expect(pair.sender.record.stat.faults).toBe(1);
  });

  test("tells of the first breach, the second, the fourth …, and counts them all", () => {
    const pair = makePair();

    send(pair, ...Array.from({ length: 100 }, () => ({ flags: 8 })));

    expect(pair.kit.events.faults).toHaveLength(7);
    expect(pair.sender.record.stat.faults).toBe(100);
  });
});

describe("outbox with a message in pieces", () => {
  test("routes it as one message", () => {
    const pair = makePair();

    send(pair, piece(pair, "ab"), piece(pair, "c"), piece(pair, "de", true));

    expect(received(pair.other)).toEqual(["abcde"]);
    expect(pair.sender.record.stat.sent).toBe(1);
  });

  test("takes header fields of the first piece only", () => {
    const pair = makePair();

    send(pair, piece(pair, "ab"), { ...piece(pair, "c", true), destination: 7, session: 99 });

    expect(pair.other.occupant.received).toMatchObject([{ session: 5, flags: 0 }]);
  });

  test("goes to a name when the first piece says so", () => {
    const pair = makePair();
    pair.kit.names.bind(".other", pair.other.address);
    const flags = FrameFlag.more | FrameFlag.named;

    send(pair, { flags, body: namedBody(".other", "ab") }, { body: "cd" });

    expect(received(pair.other)).toEqual(["abcd"]);
  });

  test("is larger than the outbox when flushes bring it out", () => {
    const pair = makePair();
    const body = Uint8Array.from({ length: 9000 }, (_, index) => index % 253);

    send(pair, { destination: pair.other.address, body });

    expect(pair.other.occupant.received[0]?.body).toEqual(body);
  });

  test("may have messageBytesMax bytes and not one more", () => {
    const pair = makePair();
    const destination = pair.other.address;

    send(
      pair,
      { destination, session: 1, body: new Uint8Array(messageBytesMax - frameHeaderBytes) },
      { destination, session: 2, body: new Uint8Array(messageBytesMax - frameHeaderBytes + 1) },
      { destination, session: 3, body: "next" },
    );

    expect(pair.other.occupant.received.map((seen) => seen.session)).toEqual([1, 3]);
    expect(errorsOf(pair.sender)).toEqual(["MESSAGE_TOO_LARGE"]);
    expect(pair.sender.record.stat).toMatchObject({ sent: 3, refused: 1 });
  });

  test("is refused once and skipped to its last piece when it is far too large", () => {
    const pair = makePair();
    const destination = pair.other.address;

    send(pair, { destination, session: 2, body: new Uint8Array(5 * messageBytesMax) });

    expect(pair.other.occupant.received).toEqual([]);
    expect(errorsOf(pair.sender)).toEqual(["MESSAGE_TOO_LARGE"]);
  });

  test("that never ends is a fault when the turn is over, and does not take the next message with it", () => {
    const pair = makePair();

    send(pair, piece(pair, "ab"), piece(pair, "c"));
    send(pair, { destination: pair.other.address, body: "next" });

    expect(received(pair.other)).toEqual(["next"]);
    expect(pair.kit.events.faults).toEqual(["a message in pieces without its last piece"]);
  });

  test("is answered with SLICE_EXCEEDED when its sender was interrupted in it", () => {
    const kit = makeKernel({ messageBytesMax });
    const other = kit.add();
    const sender = kit.add((seen, self) => {
      if (seen.kind !== MessageKind.lua) return;
      self.send({ destination: other.address, session: 5, flags: FrameFlag.more, body: "ab" });
    });
    kit.run();
    sender.occupant.results.push({ kind: "interrupted" });
    kit.kernel.router.post(frame({ destination: sender.address }), 0);

    kit.run();

    expect(errorsOf(sender)).toEqual(["SLICE_EXCEEDED"]);
    expect(kit.events.faults).toEqual([]);
    expect(sender.record.assembly).toBeUndefined();
  });
});

describe("outbox with a message of one piece", () => {
  test("refuses it when it is larger than messageBytesMax", () => {
    const kit = makeKernel({ messageBytesMax: 100 });
    const pair = { kit, sender: kit.add(), other: kit.add() };
    const destination = pair.other.address;
    kit.run();

    send(
      pair,
      { destination, session: 1, body: new Uint8Array(76) },
      { destination, session: 2, body: new Uint8Array(77) },
    );

    expect(pair.other.occupant.received.map((seen) => seen.session)).toEqual([1]);
    expect(errorsOf(pair.sender)).toEqual(["MESSAGE_TOO_LARGE"]);
  });
});
