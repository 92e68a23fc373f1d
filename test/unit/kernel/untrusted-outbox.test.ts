// Untrusted outbox: a malicious runtime writes what it likes; nothing forged reaches anyone.
// Unit test of src/kernel/outbox.ts for services whose terms say that they are not trusted.
// Invariant: "victim" never has anything to do with "guest" unless a test says so.

import { describe, expect, test } from "vitest";
import { Directory } from "../../../src/kernel/directory.ts";
import type { Link } from "../../../src/kernel/link.ts";
import { wellKnown, type ServiceAddress } from "../../../wire/address.ts";
import { FrameFlag, FrameWord } from "../../../wire/frame.ts";
import { limits } from "../../../wire/limits.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { SystemCommand, systemHandedOn, systemStart } from "../../../wire/system-command.ts";
import { decodeFault } from "../../../wire/fault.ts";
import { commandBody, frame, namedBody, seeFrame } from "../../kit/frames.ts";
import type { FrameFields, SeenFrame } from "../../kit/frames.ts";
import { makeKernel, send, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

type Cast = { kit: KernelKit; guest: FakeService; mate: FakeService; victim: FakeService };

/** The guest and its mate are of one owner. */
function makeCast(options: Parameters<typeof makeKernel>[0] = {}): Cast {
  const kit = makeKernel(options);
  const guest = kit.addWith({ isTrusted: false, owner: "alice" });
  const cast = {
    kit,
    guest,
    mate: kit.addWith({ isTrusted: false, owner: "alice" }),
    victim: kit.addWith({ isTrusted: false, owner: "bob" }),
  };
  kit.run();
  return cast;
}

const request = (to: FakeService, session = 5): FrameFields => ({
  destination: to.address,
  session,
});
const inNameOf = (source: number, to: FakeService, session = 5): FrameFields => ({
  ...request(to, session),
  source,
  flags: FrameFlag.redirected,
});
const kinds = (service: FakeService): number[] => service.occupant.received.map(({ kind }) => kind);

describe("an untrusted service's frame in another's name", () => {
  test.each([
    ["to a stranger, of a caller", 5, "victim", true],
    ["to a stranger, of nobody it knows", 5, "victim", false],
    ["to one of its owner, of nobody it knows", 5, "mate", false],
    ["to one of its owner, without a session", 0, "mate", true],
  ] as const)("%s, reaches nobody and is a fault", (_what, session, to, isCaller) => {
    const cast = makeCast();
    const caller = cast.kit.add();
    if (isCaller) send(cast, caller, request(cast.guest));

    send(cast, cast.guest, inNameOf(caller.address, cast[to], session));

    expect(cast[to].occupant.received).toEqual([]);
    expect(cast.guest.record.stat.faults).toBe(1);
  });

  test("to a name reaches nobody", () => {
    const cast = makeCast();
    send(cast, cast.victim, request(cast.guest));
    cast.kit.names.bind(".mate", cast.mate.address);
    const flags = FrameFlag.redirected | FrameFlag.named;

    send(cast, cast.guest, {
      ...inNameOf(cast.victim.address, cast.mate),
      flags,
      body: namedBody(".mate"),
    });

    expect(cast.mate.occupant.received).toEqual([]);
    expect(cast.guest.record.stat.faults).toBe(1);
  });

  test("passes its caller's request on to a service of its owner, which answers", () => {
    const cast = makeCast();
    const answer = cast.kit.addWith({ isTrusted: false, owner: "alice" }, (seen, self) =>
      self.send({ kind: MessageKind.response, destination: seen.source, session: seen.session }),
    );
    send(cast, cast.victim, request(cast.guest));

    send(cast, cast.guest, inNameOf(cast.victim.address, answer));

    expect(kinds(cast.victim)).toEqual([MessageKind.system, MessageKind.response]);
    expect(cast.victim.occupant.received[0]?.body[0]).toBe(systemHandedOn);
  });

  test("in its own name, or nobody's, is its own", () => {
    const cast = makeCast();

    send(cast, cast.guest, inNameOf(cast.guest.address, cast.victim));
    send(cast, cast.guest, inNameOf(0, cast.victim));

    const own = { source: cast.guest.address, flags: 0 };
    expect(cast.victim.occupant.received).toMatchObject([own, own]);
    expect(cast.guest.record.stat.faults).toBe(0);
  });

  test("in pieces is refused as a whole one is", () => {
    const cast = makeCast();
    const fields = inNameOf(cast.victim.address, cast.mate);

    cast.guest.occupant.send({ ...fields, flags: FrameFlag.redirected | FrameFlag.more });
    cast.guest.occupant.send({ ...fields, flags: FrameFlag.redirected, body: "the rest" });
    cast.kit.kernel.collect(cast.guest.record);
    cast.kit.run();

    expect(cast.mate.occupant.received).toEqual([]);
  });
});

describe("an untrusted service's answer", () => {
  const answer = (to: FakeService, session: number): FrameFields => ({
    ...request(to, session),
    kind: MessageKind.response,
  });

  test("to one who never asked it reaches nobody and is a fault", () => {
    const cast = makeCast();

    send(cast, cast.guest, answer(cast.victim, 5));
    send(cast, cast.guest, { ...answer(cast.victim, 5), kind: MessageKind.error });
    send(cast, cast.guest, answer(cast.victim, 0));

    expect(cast.victim.occupant.received).toEqual([]);
    expect(cast.guest.record.stat.faults).toBe(3);
  });

  test("bears its own address, whatever it claims: its caller can tell a forged session", () => {
    const cast = makeCast();
    send(cast, cast.victim, request(cast.guest));

    send(cast, cast.guest, { ...answer(cast.victim, 77), source: 0 });
    send(cast, cast.guest, {
      ...inNameOf(cast.mate.address, cast.victim),
      kind: MessageKind.response,
    });

    expect(cast.victim.occupant.received).toMatchObject([{ source: cast.guest.address }]);
  });

  test("cannot look like a word of the kernel", () => {
    const cast = makeCast();
    const word = { kind: MessageKind.system, destination: cast.victim.address, session: 5 };

    send(cast, cast.guest, { ...word, body: commandBody(systemStart) });
    send(cast, cast.guest, {
      ...word,
      body: commandBody(systemHandedOn),
      flags: FrameFlag.redirected,
    });

    expect(cast.victim.occupant.received).toEqual([]);
  });
});

describe("an untrusted service's word that it has ended", () => {
  const farewell = (to: FakeService): FrameFields => ({
    kind: MessageKind.error,
    destination: to.address,
  });

  test("reaches nobody while it lives", () => {
    const cast = makeCast();

    send(cast, cast.guest, farewell(cast.victim));

    expect(cast.victim.occupant.received).toEqual([]);
  });

  test("reaches whom it was for when it has ended, once", () => {
    const cast = makeCast();
    send(cast, cast.victim, request(cast.guest));
    for (const to of [cast.victim, cast.mate, cast.mate]) send(cast, cast.guest, farewell(to));

    cast.guest.occupant.command(SystemCommand.exit);
    cast.kit.kernel.collect(cast.guest.record);
    cast.kit.run();

    const ended = { kind: MessageKind.error, source: cast.guest.address, session: 0 };
    expect(cast.victim.occupant.received).toMatchObject([ended]);
    expect(cast.mate.occupant.received).toMatchObject([ended]);
  });

  test("is kept for farewellsMax services, and refused beyond", () => {
    const cast = makeCast();

    for (let index = 0; index <= limits.farewellsMax; index++) {
      send(cast, cast.guest, { kind: MessageKind.error, destination: 0x0100_1000 + index });
    }

    expect(cast.guest.record.farewells?.size).toBe(limits.farewellsMax);
    expect(cast.guest.record.stat.refused).toBe(1);
  });
});

describe("an untrusted service's outbox", () => {
  const bad = frame({ destination: 0x0100_0102, session: 5 });
  const withWord = (word: number, value: number): Uint32Array => {
    const words = bad.slice();
    words[word] = value;
    return words;
  };

  test.each([
    ["a length below the header", withWord(FrameWord.length, 4)],
    ["a length beyond the outbox", withWord(FrameWord.length, 1 << 20)],
    ["a length that wraps", withWord(FrameWord.length, 0xffff_fff0)],
    ["a session too large", withWord(FrameWord.session, 0xffff_ffff)],
    ["unknown flags", withWord(FrameWord.kindAndFlags, MessageKind.lua | (0x80 << 8))],
    ["bits above the flags", withWord(FrameWord.kindAndFlags, MessageKind.lua | (1 << 24))],
  ])("with %s reaches nobody and is a fault", (_what, words) => {
    const cast = makeCast();
    expect(cast.victim.address).toBe(bad[FrameWord.destination]);

    cast.guest.occupant.writeRaw(words);
    cast.kit.kernel.collect(cast.guest.record);
    cast.kit.run();

    expect(cast.victim.occupant.received).toEqual([]);
    expect(cast.guest.record.stat.faults).toBe(1);
  });
});

/** As in a cell: everybody whom it does not know is the node's. */
class OwnOnly extends Directory {
  override shardOf(address: ServiceAddress): number {
    return Math.max(0, super.shardOf(address));
  }
}

describe("in a cell", () => {
  /** A link to the node that keeps what is written. */
  function makeCell(): Cast & { sent: SeenFrame[] } {
    const sent: SeenFrame[] = [];
    const link: Link = {
      write: (words, at) => void sent.push(seeFrame(words, at)),
      pump: () => false,
      backlogBytes: 0,
      isCongested: false,
    };
    const directory = new OwnOnly(1, Directory.memory());
    const linkTo = (place: number) => (place === 0 ? link : undefined);
    const cast = makeCast({ shard: 3, confines: true, directory, linkTo });
    return { ...cast, sent };
  }

  /** A frame comes from the node. */
  function arrive({ kit }: Cast, fields: FrameFields): void {
    kit.kernel.router.post(frame(fields), 0);
    kit.run();
  }

  const outside = 0x0100_0f00;

  test("a message for a service of the same owner goes there directly", () => {
    const cell = makeCell();

    send(cell, cell.guest, request(cell.mate));

    expect(kinds(cell.mate)).toEqual([MessageKind.lua]);
    expect(cell.sent).toEqual([]);
  });

  test("a message for another owner's service, a stranger or a name goes to the node", () => {
    const cell = makeCell();
    cell.kit.names.bind(".mate", cell.mate.address);

    send(cell, cell.guest, request(cell.victim));
    send(cell, cell.guest, { destination: outside });
    send(cell, cell.guest, { flags: FrameFlag.named, body: namedBody(".mate", "hello") });

    const source = cell.guest.address;
    expect(cell.victim.occupant.received).toEqual([]);
    expect(cell.sent).toMatchObject([
      { source, destination: cell.victim.address },
      { source, destination: outside },
      { source, flags: FrameFlag.named, body: namedBody(".mate", "hello") },
    ]);
  });

  test("a reply goes to the caller, here or elsewhere", () => {
    const cell = makeCell();
    const reply = { kind: MessageKind.response, session: 5 };
    arrive(cell, { source: cell.victim.address, ...request(cell.guest) });
    arrive(cell, { source: outside, ...request(cell.guest) });

    send(cell, cell.guest, { ...reply, destination: cell.victim.address });
    send(cell, cell.guest, { ...reply, destination: outside });

    expect(kinds(cell.victim)).toEqual([MessageKind.response]);
    expect(cell.sent).toMatchObject([{ ...reply, destination: outside }]);
  });

  test("a caller elsewhere is told of the end, and where its request is", () => {
    const cell = makeCell();
    arrive(cell, { source: outside, ...request(cell.guest) });

    send(cell, cell.guest, inNameOf(outside, cell.mate));
    cell.kit.kernel.end(cell.guest.record, "ADDRESS_DEAD", "it was killed");

    const source = cell.guest.address;
    expect(kinds(cell.mate)).toEqual([MessageKind.lua]);
    expect(cell.sent).toMatchObject([
      { kind: MessageKind.system, source: cell.mate.address, destination: outside, session: 5 },
      { kind: MessageKind.error, source, destination: outside, session: 0 },
    ]);
    expect(decodeFault(cell.sent[1]?.body as Uint8Array).code).toBe("ADDRESS_DEAD");
  });

  test("a host service sends directly", () => {
    const cell = makeCell();
    const control = cell.kit.addHost(wellKnown.shardControl + 3);

    send(cell, control, request(cell.victim));

    expect(kinds(cell.victim)).toEqual([MessageKind.lua]);
  });
});
