// Outbox: whom a service may answer, and in whose name it may speak.
// Unit test of src/kernel/outbox.ts.
// Invariant: "victim" never has anything to do with "guest" unless a test says so.

import { describe, expect, test } from "vitest";
import { wellKnown } from "../../../wire/address.ts";
import { FrameFlag } from "../../../wire/frame.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { systemHandedOn } from "../../../wire/system-command.ts";
import { namedBody, type FrameFields } from "../../kit/frames.ts";
import { makeKernel, send, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

type Cast = { kit: KernelKit; guest: FakeService; victim: FakeService; host: FakeService };

function makeCast(): Cast {
  const kit = makeKernel();
  const cast = { kit, guest: kit.add(), victim: kit.add(), host: kit.addHost(wellKnown.launcher) };
  kit.run();
  return cast;
}

/** `from` sends a request to `to`. */
function call(cast: Cast, from: FakeService, to: FakeService): void {
  send(cast, from, { destination: to.address, session: 5 });
}

const replies = [
  ["response", MessageKind.response],
  ["error", MessageKind.error],
] as const;

const redirected = (source: number, destination: number, session = 0): FrameFields => ({
  source,
  destination,
  session,
  flags: FrameFlag.redirected,
});

describe.each(replies)("a guest's %s with a session", (_what, kind) => {
  test("reaches a service that has sent it a request", () => {
    const cast = makeCast();
    call(cast, cast.victim, cast.guest);

    send(cast, cast.guest, { kind, destination: cast.victim.address, session: 5 });

    expect(cast.victim.occupant.received).toMatchObject([
      { kind, source: cast.guest.address, session: 5 },
    ]);
  });

  test("reaches each of many callers, not only the last", () => {
    const cast = makeCast();
    const callers = [cast.kit.add(), cast.kit.add(), cast.kit.add()];
    cast.kit.run();
    for (const caller of callers) call(cast, caller, cast.guest);

    for (const { address } of callers)
      send(cast, cast.guest, { kind, destination: address, session: 5 });

    expect(callers.map(({ occupant }) => occupant.received.length)).toEqual([1, 1, 1]);
  });

  test("is dropped as a fault when the destination never sent it a request", () => {
    const cast = makeCast();
    call(cast, cast.guest, cast.victim);

    send(cast, cast.guest, { kind, destination: cast.victim.address, session: 5 });

    expect(cast.victim.occupant.received.map((seen) => seen.kind)).toEqual([MessageKind.lua]);
    expect(cast.kit.events.faults).toEqual(["reply to :01000101, which has sent it no request"]);
  });

  test("is dropped when the destination only sent it a one-way message", () => {
    const cast = makeCast();
    send(cast, cast.victim, { destination: cast.guest.address });

    send(cast, cast.guest, { kind, destination: cast.victim.address, session: 5 });

    expect(cast.victim.occupant.received).toEqual([]);
  });

  test("is dropped when it is sent to a name", () => {
    const cast = makeCast();
    call(cast, cast.victim, cast.guest);
    cast.kit.names.bind(".victim", cast.victim.address);

    send(cast, cast.guest, {
      kind,
      session: 5,
      flags: FrameFlag.named,
      destination: cast.victim.address,
      body: namedBody(".victim"),
    });

    expect(cast.victim.occupant.received).toEqual([]);
    expect(cast.guest.record.stat.faults).toBe(1);
  });

  test("is dropped although it claims to come from one the destination called", () => {
    const cast = makeCast();
    call(cast, cast.victim, cast.host);

    send(cast, cast.guest, {
      kind,
      source: cast.host.address,
      destination: cast.victim.address,
      session: 5,
      flags: FrameFlag.redirected,
    });

    expect(cast.victim.occupant.received).toEqual([]);
  });

  test("comes from the guest itself although it claims to come from another caller", () => {
    const cast = makeCast();
    const other = cast.kit.add();
    call(cast, other, cast.guest);
    call(cast, cast.victim, cast.guest);

    send(cast, cast.guest, {
      kind,
      source: other.address,
      destination: cast.victim.address,
      session: 5,
      flags: FrameFlag.redirected,
    });

    expect(cast.victim.occupant.received).toMatchObject([{ kind, source: cast.guest.address }]);
  });

  test("reaches the guest itself", () => {
    const cast = makeCast();

    send(cast, cast.guest, { kind, destination: cast.guest.address, session: 9 });

    expect(cast.guest.occupant.received).toMatchObject([{ kind, session: 9 }]);
  });

  test("of a host service reaches anyone", () => {
    const cast = makeCast();

    send(cast, cast.host, { kind, destination: cast.victim.address, session: 5 });

    expect(cast.victim.occupant.received).toHaveLength(1);
  });
});

describe("a guest's word that it has ended", () => {
  test("reaches anyone, in its own name", () => {
    const cast = makeCast();

    send(cast, cast.guest, { kind: MessageKind.error, destination: cast.victim.address });

    expect(cast.victim.occupant.received).toMatchObject([
      { source: cast.guest.address, session: 0 },
    ]);
  });

  test("cannot be said of another", () => {
    const cast = makeCast();
    const other = cast.kit.add();
    call(cast, other, cast.guest);

    send(cast, cast.guest, {
      kind: MessageKind.error,
      source: other.address,
      destination: cast.victim.address,
      flags: FrameFlag.redirected,
    });

    expect(cast.victim.occupant.received[0]?.source).toBe(cast.guest.address);
  });
});

describe("a guest's redirected message", () => {
  test("comes from the guest it names, without a trace of the redirection", () => {
    const cast = makeCast();
    const other = cast.kit.add();

    send(cast, cast.guest, redirected(other.address, cast.victim.address));

    expect(cast.victim.occupant.received).toMatchObject([{ source: other.address, flags: 0 }]);
  });

  test.each([
    ["a host's service", wellKnown.launcher],
    ["the host service with the largest address", 0xff],
    ["the kernel", 0],
  ])("comes from the guest itself when it names %s", (_who, localId) => {
    const cast = makeCast();

    send(cast, cast.guest, redirected(0x0100_0000 + localId, cast.victim.address));

    expect(cast.victim.occupant.received[0]?.source).toBe(cast.guest.address);
  });

  test("hands on a caller's request, whose answer goes to the caller", () => {
    const cast = makeCast();
    const worker = cast.kit.add((seen, self) =>
      self.send({ kind: MessageKind.response, destination: seen.source, session: seen.session }),
    );
    call(cast, cast.victim, cast.guest);

    send(cast, cast.guest, redirected(cast.victim.address, worker.address, 5));

    expect(cast.victim.occupant.received).toMatchObject([
      { kind: MessageKind.system, source: worker.address, session: 5 },
      { kind: MessageKind.response, source: worker.address, session: 5 },
    ]);
  });

  test("tells the caller of a request who had it, and who has it", () => {
    const cast = makeCast();
    const worker = cast.kit.add();
    cast.kit.names.bind(".worker", worker.address);
    call(cast, cast.victim, cast.guest);
    const handOn = redirected(cast.victim.address, worker.address, 5);
    const flags = FrameFlag.redirected | FrameFlag.named;

    send(cast, cast.guest, handOn);
    send(cast, cast.guest, { ...handOn, flags, body: namedBody(".worker") });

    const told = { kind: MessageKind.system, source: worker.address, session: 5 };
    const body = Uint8Array.of(systemHandedOn, 0, 0, 0, 0, 1, 0, 1);
    expect(cast.victim.occupant.received).toMatchObject([
      { ...told, body },
      { ...told, body },
    ]);
    expect(cast.guest.address).toBe(0x0100_0100);
  });

  test("does not tell the one it names when it asks for no answer", () => {
    const cast = makeCast();

    send(cast, cast.guest, redirected(cast.host.address + 0x300, cast.victim.address));
    send(cast, cast.guest, redirected(cast.victim.address, cast.host.address));

    expect(cast.victim.occupant.received.map(({ kind }) => kind)).toEqual([MessageKind.lua]);
  });

  test("as a request comes from the guest itself when it names one who sent it none", () => {
    const cast = makeCast();
    const worker = cast.kit.add((seen, self) =>
      self.send({ kind: MessageKind.response, destination: seen.source, session: seen.session }),
    );

    send(cast, cast.guest, redirected(cast.victim.address, worker.address, 5));

    expect(cast.victim.occupant.received).toEqual([]);
    expect(cast.guest.occupant.received).toMatchObject([{ source: worker.address, session: 5 }]);
  });

  test("to the dead does not make the kernel answer a service that asked nothing", () => {
    const cast = makeCast();

    send(cast, cast.guest, redirected(cast.victim.address, 0x0100_0999, 5));

    expect(cast.victim.occupant.received).toEqual([]);
    expect(cast.guest.occupant.received).toMatchObject([{ kind: MessageKind.error, session: 5 }]);
  });

  test("of a host service comes from whomever it names", () => {
    const cast = makeCast();

    send(cast, cast.host, redirected(0x0100_0003, cast.victim.address, 5));

    expect(cast.victim.occupant.received[0]?.source).toBe(0x0100_0003);
  });

  test("of a host service that names nobody comes from itself", () => {
    const cast = makeCast();

    send(cast, cast.host, redirected(0, cast.victim.address));

    expect(cast.victim.occupant.received[0]?.source).toBe(cast.host.address);
  });
});
