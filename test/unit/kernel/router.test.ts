// Router: where a frame goes, and what its source hears when it goes nowhere.
// Unit test of src/kernel/router.ts.
// Invariant: the caller is a living service; what it is told lies in its own mailbox.

import { describe, expect, test } from "vitest";
import type { Link } from "../../../src/kernel/link.ts";
import { makeFrame } from "../../../src/kernel/router.ts";
import { makeAddress, wellKnown } from "../../../wire/address.ts";
import { decodeFault, encodeFault } from "../../../wire/fault.ts";
import { FrameFlag } from "../../../wire/frame.ts";
import { limits } from "../../../wire/limits.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { systemResolved } from "../../../wire/system-command.ts";
import { frame, namedBody, seeFrame, textOf, type SeenFrame } from "../../kit/frames.ts";
import { makeKernel, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

const bounds = { depthMax: 8, bytesMax: 4096 };

function waiting({ record }: FakeService): SeenFrame[] {
  const frames: SeenFrame[] = [];
  record.mailbox.drain((words, at) => frames.push(seeFrame(words, at)));
  return frames;
}

/** A caller and a callee whose mailboxes are empty. */
function makePair(kit: KernelKit): { caller: FakeService; callee: FakeService } {
  const [caller, callee] = [kit.add(), kit.add()];
  kit.run();
  return { caller, callee };
}

/** The code and the text of the one error that the caller was sent. */
function errorOf(caller: FakeService): { code: string; text: string; frame: SeenFrame } {
  const frames = waiting(caller);
  expect(frames.map((seen) => seen.kind)).toEqual([MessageKind.error]);
  const [error] = frames as [SeenFrame];
  const { code, message } = decodeFault(error.body);
  return { code, text: message, frame: error };
}

class FakeLink implements Link {
  readonly written: SeenFrame[] = [];
  backlogBytes = 0;
  isCongested = false;
  write(words: Uint32Array, at: number): void {
    this.written.push(seeFrame(words, at));
  }
  pump(): boolean {
    return false;
  }
}

function makeFull(): { kit: KernelKit; caller: FakeService; callee: FakeService } {
  const kit = makeKernel({ bounds });
  const { caller, callee } = makePair(kit);
  for (let sent = 0; sent < bounds.depthMax; sent++) {
    kit.kernel.router.post(frame({ destination: caller.address }), 0);
  }
  return { kit, caller, callee };
}

const named = (fields: object, name: string, body = ""): Uint32Array =>
  frame({ flags: FrameFlag.named, ...fields, body: namedBody(name, body) });

function makeLinked(): { kit: KernelKit; link: FakeLink; away: number; caller: FakeService } {
  const link = new FakeLink();
  const kit = makeKernel({ linkTo: (place) => (place === 2 ? link : undefined) });
  const away = kit.directory.allocate(2);
  const caller = kit.add();
  kit.run();
  return { kit, link, away, caller };
}

describe("router on its own shard", () => {
  test("posts a frame to its destination's mailbox and queues the service", () => {
    const kit = makeKernel();
    const { caller, callee } = makePair(kit);
    const words = frame({ source: caller.address, destination: callee.address, body: "hello" });

    expect(kit.kernel.router.post(words, 0)).toBe(true);
    expect(callee.record.isQueued).toBe(true);
    expect(waiting(callee).map(textOf)).toEqual(["hello"]);
  });

  test("copies the frame: what happens to the words later does not matter", () => {
    const kit = makeKernel();
    const { callee } = makePair(kit);
    const words = frame({ destination: callee.address, body: "hello" });
    kit.kernel.router.post(words, 0);

    words.fill(0);

    expect(waiting(callee).map(textOf)).toEqual(["hello"]);
  });

  test("does not queue a service that is held", () => {
    const kit = makeKernel();
    const { callee } = makePair(kit);
    kit.kernel.hold(callee.record);

    kit.kernel.router.post(frame({ destination: callee.address }), 0);

    expect(callee.record.isQueued).toBe(false);
  });

  test("answers a request to an address never given out with ADDRESS_UNKNOWN", () => {
    const kit = makeKernel();
    const { caller } = makePair(kit);
    const destination = makeAddress(1, 0x999);

    const accepted = kit.kernel.router.post(
      frame({ source: caller.address, destination, session: 7 }),
      0,
    );

    expect(accepted).toBe(false);
    expect(errorOf(caller)).toMatchObject({
      code: "ADDRESS_UNKNOWN",
      text: "no service has the address :01000999",
      frame: { source: destination, session: 7 },
    });
  });

  test("answers a request to another node with ADDRESS_UNKNOWN", () => {
    const kit = makeKernel();
    const { caller } = makePair(kit);
    const destination = makeAddress(2, 0x100);

    kit.kernel.router.post(frame({ source: caller.address, destination, session: 7 }), 0);

    expect(errorOf(caller).code).toBe("ADDRESS_UNKNOWN");
  });

  test("answers a request to a service that has ended with ADDRESS_DEAD", () => {
    const kit = makeKernel();
    const { caller, callee } = makePair(kit);
    kit.kernel.end(callee.record, "ADDRESS_DEAD", "killed");

    kit.kernel.router.post(
      frame({ source: caller.address, destination: callee.address, session: 7 }),
      0,
    );

    expect(errorOf(caller)).toMatchObject({
      code: "ADDRESS_DEAD",
      text: "service :01000101 has ended",
      frame: { source: callee.address, session: 7 },
    });
  });

  test("answers a request to a full mailbox with MAILBOX_FULL and says how full", () => {
    const kit = makeKernel({ bounds });
    const { caller, callee } = makePair(kit);
    const words = frame({ source: caller.address, destination: callee.address, session: 7 });
    for (let sent = 0; sent < bounds.depthMax; sent++) kit.kernel.router.post(words, 0);

    expect(kit.kernel.router.post(words, 0)).toBe(false);
    expect(errorOf(caller)).toMatchObject({
      code: "MAILBOX_FULL",
      text:
        "mailbox of :01000101 is full: 8 of 8 frames (mailboxDepthMax), " +
        "192 of 4096 bytes (mailboxBytesMax)",
    });
  });

  test("drops and counts a one-way message that nobody can take", () => {
    const kit = makeKernel();
    const { caller } = makePair(kit);

    const accepted = kit.kernel.router.post(
      frame({ source: caller.address, destination: makeAddress(1, 0x999) }),
      0,
    );

    expect(accepted).toBe(false);
    expect(kit.kernel.router.dropped).toBe(1);
    expect(waiting(caller)).toEqual([]);
  });

  test("answers nobody when the caller has ended, too", () => {
    const kit = makeKernel();
    const { caller, callee } = makePair(kit);
    const words = frame({ source: caller.address, destination: callee.address, session: 7 });
    kit.kernel.end(caller.record, "ADDRESS_DEAD", "killed");
    kit.kernel.end(callee.record, "ADDRESS_DEAD", "killed");

    expect(kit.kernel.router.post(words, 0)).toBe(false);
    expect(kit.kernel.hasWork).toBe(false);
  });

  test("remembers the sources of requests, and of nothing else, as callers", () => {
    const kit = makeKernel();
    const { callee } = makePair(kit);
    const post = (fields: object): boolean =>
      kit.kernel.router.post(frame({ destination: callee.address, ...fields }), 0);

    post({ source: 0x0100_0201, session: 0 });
    post({ source: 0x0100_0202, session: 5 });
    post({ source: 0x0100_0203, session: 5, kind: MessageKind.response });
    post({ source: 0x0100_0204, session: 5, kind: MessageKind.error });
    post({ source: 0x0100_0205, session: 5, kind: MessageKind.system });

    expect([...callee.record.callers]).toEqual([0x0100_0202]);
  });
});

describe("router and the reserve for replies", () => {
  test.each([
    ["a response", { kind: MessageKind.response, session: 7 }],
    ["an error", { kind: MessageKind.error, session: 7 }],
    ["a word of the kernel", { kind: MessageKind.system, session: 7 }],
  ])("lets %s into a full mailbox", (_what, fields) => {
    const { kit, caller, callee } = makeFull();

    const accepted = kit.kernel.router.post(
      frame({ source: callee.address, destination: caller.address, ...fields }),
      0,
    );

    expect(accepted).toBe(true);
  });

  test("lets the news of an end into a full mailbox", () => {
    const { kit, caller, callee } = makeFull();
    kit.kernel.end(callee.record, "ADDRESS_DEAD", "killed");

    kit.kernel.router.postError(callee.address, caller.address, 0, "ADDRESS_DEAD", "killed");

    expect(waiting(caller).at(-1)).toMatchObject({ kind: MessageKind.error, session: 0 });
  });

  test("lets events of the host's sockets in beyond every bound, and those of nobody else", () => {
    const { kit, caller, callee } = makeFull();
    const event = { destination: caller.address, kind: MessageKind.socket };
    const post = (source: number): boolean =>
      kit.kernel.router.post(frame({ source, ...event }), 0);

    const accepted = Array.from({ length: 100 }, () => post(makeAddress(1, wellKnown.socket)));

    expect(accepted).not.toContain(false);
    expect(post(callee.address)).toBe(false);
    expect(post(makeAddress(1, wellKnown.launcher))).toBe(false);
  });

  test("refuses the news of an end from one who lives when the mailbox is full", () => {
    const { kit, caller, callee } = makeFull();
    const words = frame({
      source: callee.address,
      destination: caller.address,
      kind: MessageKind.error,
    });

    expect(kit.kernel.router.post(words, 0)).toBe(false);
    expect(kit.kernel.router.dropped).toBe(1);
  });

  test("counts the replies for which even the reserve has no room", () => {
    const { kit, caller, callee } = makeFull();
    const words = frame({
      source: callee.address,
      destination: caller.address,
      kind: MessageKind.response,
      session: 7,
    });

    const accepted = [1, 2, 3].map(() => kit.kernel.router.post(words, 0));

    expect(accepted).toEqual([true, true, false]);
    expect(kit.kernel.router.lostReplies).toBe(1);
  });

  test("ends a request whose reply is too large for the mailbox with MAILBOX_FULL", () => {
    const kit = makeKernel({ bounds });
    const { caller, callee } = makePair(kit);
    const words = frame({
      source: callee.address,
      destination: caller.address,
      kind: MessageKind.response,
      session: 7,
      body: new Uint8Array(6000),
    });

    expect(kit.kernel.router.post(words, 0)).toBe(false);
    expect(errorOf(caller)).toMatchObject({
      code: "MAILBOX_FULL",
      frame: { source: callee.address, session: 7 },
    });
  });
});

describe("router and names", () => {
  test("posts to the owner of the name, without the name", () => {
    const kit = makeKernel();
    const { caller, callee } = makePair(kit);
    kit.names.bind(".echo", callee.address);

    const accepted = kit.kernel.router.postNamed(
      named({ source: caller.address, deadline: 900 }, ".echo", "hello"),
      0,
    );

    const [seen] = waiting(callee) as [SeenFrame];
    expect(accepted).toBe(true);
    expect(textOf(seen)).toBe("hello");
    expect(seen).toMatchObject({
      destination: callee.address,
      flags: 0,
      length: 29,
      deadline: 900,
    });
  });

  test("tells the source of a request whom it waits on, before anything else", () => {
    const kit = makeKernel();
    const { caller } = makePair(kit);
    const callee = kit.add((seen, self) =>
      self.send({ kind: MessageKind.response, destination: seen.source, session: seen.session }),
    );
    kit.names.bind(".echo", callee.address);
    kit.kernel.hold(caller.record);

    kit.kernel.router.postNamed(named({ source: caller.address, session: 9 }, ".echo"), 0);
    kit.run();

    const frames = waiting(caller);
    expect(frames.map((seen) => [seen.kind, seen.source, seen.session])).toEqual([
      [MessageKind.system, callee.address, 9],
      [MessageKind.response, callee.address, 9],
    ]);
    expect(frames[0]?.body).toEqual(Uint8Array.of(systemResolved, 0, 0, 0));
  });

  test("tells the source of a one-way message nothing", () => {
    const kit = makeKernel();
    const { caller, callee } = makePair(kit);
    kit.names.bind(".echo", callee.address);

    kit.kernel.router.postNamed(named({ source: caller.address }, ".echo"), 0);

    expect(waiting(caller)).toEqual([]);
  });

  test("does not take the one it told of for its caller", () => {
    const kit = makeKernel();
    const { caller, callee } = makePair(kit);
    kit.names.bind(".echo", callee.address);

    kit.kernel.router.postNamed(named({ source: caller.address, session: 9 }, ".echo"), 0);

    expect(caller.record.isCaller(callee.address)).toBe(false);
  });

  test("answers with ADDRESS_DEAD when the owner of the name has ended", () => {
    const kit = makeKernel();
    const { caller, callee } = makePair(kit);
    kit.names.bind(".echo", callee.address);
    kit.kernel.end(callee.record, "ADDRESS_DEAD", "killed");

    kit.kernel.router.postNamed(named({ source: caller.address, session: 9 }, ".echo"), 0);

    expect(waiting(caller).map((seen) => seen.kind)).toEqual([
      MessageKind.system,
      MessageKind.error,
    ]);
  });

  test("answers with NAME_UNKNOWN when nobody has the name", () => {
    const kit = makeKernel();
    const { caller } = makePair(kit);

    kit.kernel.router.postNamed(named({ source: caller.address, session: 9 }, ".nobody"), 0);

    expect(errorOf(caller)).toMatchObject({
      code: "NAME_UNKNOWN",
      text: "no service has the name .nobody",
      frame: { session: 9, source: 0 },
    });
  });

  test.each([
    ["without a body", new Uint8Array(0)],
    ["with an empty name", Uint8Array.of(0, 46, 97)],
    ["with a name beyond its end", Uint8Array.of(4, 46, 97, 98)],
    ["with a name of nameBytesMax + 1 bytes", namedBody("n".repeat(limits.nameBytesMax + 1))],
  ])("answers a frame %s with NAME_INVALID", (_what, body) => {
    const kit = makeKernel();
    const { caller } = makePair(kit);
    const words = frame({ source: caller.address, session: 9, flags: FrameFlag.named, body });

    expect(kit.kernel.router.postNamed(words, 0)).toBe(false);
    expect(errorOf(caller).code).toBe("NAME_INVALID");
  });

  test("resolves a name of nameBytesMax bytes", () => {
    const kit = makeKernel();
    const { callee } = makePair(kit);
    const name = `.${"é".repeat(31)}x`;
    kit.names.bind(name, callee.address);

    expect(new TextEncoder().encode(name).length).toBe(limits.nameBytesMax);
    expect(kit.kernel.router.postNamed(named({}, name), 0)).toBe(true);
  });
});

describe("router and links", () => {
  test("writes a frame for another shard to its link", () => {
    const { kit, link, away } = makeLinked();

    expect(kit.kernel.router.post(frame({ destination: away, body: "over there" }), 0)).toBe(true);
    expect(link.written.map(textOf)).toEqual(["over there"]);
  });

  test("answers with ADDRESS_DEAD when the service over there has ended", () => {
    const { kit, link, away, caller } = makeLinked();
    kit.directory.release(away as never);

    kit.kernel.router.post(frame({ source: caller.address, destination: away, session: 3 }), 0);

    expect(errorOf(caller).code).toBe("ADDRESS_DEAD");
    expect(link.written).toEqual([]);
  });

  test("answers a request with LINK_FULL when linkBytesMax bytes wait", () => {
    const { kit, link, away, caller } = makeLinked();
    const words = frame({ source: caller.address, destination: away, session: 3 });

    link.backlogBytes = limits.linkBytesMax - 24;
    expect(kit.kernel.router.post(words, 0)).toBe(true);
    link.backlogBytes = limits.linkBytesMax - 20;
    expect(kit.kernel.router.post(words, 0)).toBe(false);

    expect(errorOf(caller).code).toBe("LINK_FULL");
    expect(link.written).toHaveLength(1);
  });

  test("lets replies pass a full link up to a quarter more", () => {
    const { kit, link, away, caller } = makeLinked();
    const words = frame({
      source: caller.address,
      destination: away,
      kind: MessageKind.response,
      session: 3,
    });

    link.backlogBytes = limits.linkBytesMax + limits.linkBytesMax / 4 - 24;
    expect(kit.kernel.router.post(words, 0)).toBe(true);
    link.backlogBytes += 4;
    expect(kit.kernel.router.post(words, 0)).toBe(false);

    expect(kit.kernel.router.lostReplies).toBe(1);
  });

  test("ends a request whose reply is too large for a full link with LINK_FULL", () => {
    const { kit, link, away, caller } = makeLinked();
    const ends = { source: caller.address, destination: away, session: 3 };
    link.backlogBytes = limits.linkBytesMax + limits.linkBytesMax / 4 - 1000;

    kit.kernel.router.post(
      frame({ ...ends, kind: MessageKind.response, body: new Uint8Array(1000) }),
      0,
    );

    expect(link.written).toMatchObject([{ ...ends, kind: MessageKind.error }]);
    expect(decodeFault((link.written[0] as SeenFrame).body).code).toBe("LINK_FULL");
  });

  test("names the congested link that was written to", () => {
    const { kit, link, away } = makeLinked();
    kit.kernel.router.post(frame({ destination: away }), 0);
    expect(kit.kernel.router.congestedLink).toBeUndefined();

    link.isCongested = true;
    kit.kernel.router.post(frame({ destination: away }), 0);

    expect(kit.kernel.router.congestedLink).toBe(link);
  });
});

describe("makeFrame", () => {
  test("makes a frame with these ends and this body", () => {
    const body = encodeFault("ADDRESS_DEAD", "gone");

    const words = makeFrame(MessageKind.error, { source: 3, destination: 5, session: 7 }, body);

    expect(seeFrame(words, 0)).toEqual({
      length: 24 + body.length,
      source: 3,
      destination: 5,
      session: 7,
      kind: MessageKind.error,
      flags: 0,
      deadline: 0,
      body,
    });
  });
});
