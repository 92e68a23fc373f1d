// Kernel: a service from its start message to its end, its timers and its system commands.
// Unit test of src/kernel/kernel.ts.
// Invariant: errors are read off the caller's own mailbox, as the caller would.

import { describe, expect, test } from "vitest";
import { decodeFault, encodeFault } from "../../../wire/fault.ts";
import { ControlWord } from "../../../wire/turn-memory.ts";
import { limits } from "../../../wire/limits.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { sessionMax } from "../../../wire/session.ts";
import { SystemCommand, systemStart } from "../../../wire/system-command.ts";
import { FakeOccupant } from "../../kit/fake-occupant.ts";
import { frame, readFrames, textOf } from "../../kit/frames.ts";
import { makeKernel, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

/** Has the service write one system command, and the kernel read it. */
function command(kit: KernelKit, { occupant, record }: FakeService, ...args: Command): void {
  occupant.command(...args);
  kit.kernel.collect(record);
}

type Command = Parameters<FakeOccupant["command"]>;

const errorsOf = ({ occupant }: FakeService): [number, string][] =>
  occupant.received
    .filter((seen) => seen.kind === MessageKind.error)
    .map((seen) => [seen.session, decodeFault(seen.body).code]);

const firedOf = ({ occupant }: FakeService): number[] =>
  occupant.received
    .filter((seen) => seen.kind === MessageKind.response && seen.source === 0)
    .map((seen) => seen.session);

/** A caller whose requests 5 and 6 wait with a callee: 5 was handled and not replied to. */
function makeWaiting(): { kit: KernelKit; caller: FakeService; callee: FakeService } {
  const kit = makeKernel();
  const [caller, callee] = [kit.add(), kit.add()];
  kit.run();
  const request = { source: caller.address, destination: callee.address };
  kit.kernel.router.post(frame({ ...request, session: 5 }), 0);
  kit.run();
  kit.kernel.hold(callee.record);
  kit.kernel.router.post(frame({ ...request, session: 6 }), 0);
  return { kit, caller, callee };
}

describe("add", () => {
  test("makes the start message with the arguments the first in the mailbox", () => {
    const kit = makeKernel();
    const occupant = new FakeOccupant();
    const address = kit.directory.allocate(0);

    kit.kernel.add(address, { name: "fake" }, occupant, Uint8Array.of(7, 8, 9));
    kit.kernel.router.post(frame({ destination: address, body: "first" }), 0);
    kit.run();

    const { inbox, control } = occupant.memory;
    const [start, next] = readFrames(inbox, control[ControlWord.inboxLength] as number);
    expect(start).toMatchObject({ kind: MessageKind.system, source: 0, session: 0 });
    expect(start?.body).toEqual(Uint8Array.of(systemStart, 0, 0, 0, 7, 8, 9));
    expect(next && textOf(next)).toBe("first");
  });

  test("puts a state to import before the arguments, and its length before both", () => {
    const kit = makeKernel();
    const occupant = new FakeOccupant();
    const state = new Uint8Array(300).fill(9);

    const service = { name: "fake", state };
    kit.kernel.add(kit.directory.allocate(0), service, occupant, Uint8Array.of(7, 8));
    kit.run();

    const { inbox, control } = occupant.memory;
    const [start] = readFrames(inbox, control[ControlWord.inboxLength] as number);
    expect(start?.body).toEqual(Uint8Array.of(systemStart, 300 & 0xff, 1, 0, ...state, 7, 8));
  });

  test("starts a service whose arguments are larger than its mailbox", () => {
    const kit = makeKernel({ bounds: { depthMax: 8, bytesMax: 1000 } });
    const occupant = new FakeOccupant();

    kit.kernel.add(kit.directory.allocate(0), { name: "fake" }, occupant, new Uint8Array(2000));
    kit.run();

    expect(occupant.turns).toBe(1);
  });

  test("refuses a second service at one address", () => {
    const kit = makeKernel();
    const { address } = kit.add();

    expect(() =>
      kit.kernel.add(address, { name: "fake" }, new FakeOccupant(), new Uint8Array(0)),
    ).toThrow("a service with the address :01000100 is there already");
  });

  test("lists the service until it ends", () => {
    const kit = makeKernel();
    const { address, record } = kit.add();
    expect(kit.kernel.services.get(address)).toBe(record);

    kit.kernel.end(record, "ADDRESS_DEAD", "killed");

    expect(kit.kernel.services.size).toBe(0);
  });
});

describe("end", () => {
  test("answers requests in the mailbox one by one, then tells every caller of the end", () => {
    const { kit, caller, callee } = makeWaiting();

    kit.kernel.end(callee.record, "MEMORY_LIMIT", "too much");
    kit.run();

    expect(errorsOf(caller)).toEqual([
      [6, "MEMORY_LIMIT"],
      [0, "MEMORY_LIMIT"],
    ]);
    expect(caller.occupant.received.every((seen) => seen.source === callee.address)).toBe(true);
  });

  test("tells nobody who never called", () => {
    const { kit, callee } = makeWaiting();
    const stranger = kit.add();
    kit.kernel.router.post(frame({ source: stranger.address, destination: callee.address }), 0);

    kit.kernel.end(callee.record, "ADDRESS_DEAD", "killed");
    kit.run();

    expect(stranger.occupant.received).toEqual([]);
  });

  test("happens once", () => {
    const { kit, caller, callee } = makeWaiting();

    kit.kernel.end(callee.record, "ADDRESS_DEAD", "killed");
    kit.kernel.end(callee.record, "MEMORY_LIMIT", "too much");
    kit.run();

    expect(kit.events.ended).toHaveLength(1);
    expect(errorsOf(caller)).toHaveLength(2);
  });

  test("answers a service that waits on itself with nothing, since it is gone", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    kit.kernel.router.post(
      frame({ source: service.address, destination: service.address, session: 5 }),
      0,
    );

    kit.kernel.end(service.record, "ADDRESS_DEAD", "killed");
    kit.run();

    expect(service.occupant.received).toEqual([]);
    expect(service.record.mailbox.depth).toBe(0);
  });

  test("frees the address before it tells the shard", () => {
    const kit = makeKernel();
    const { record, address } = kit.add();

    kit.kernel.end(record, "ADDRESS_DEAD", "killed");

    expect(kit.directory.shardOf(address)).toBe(-1);
    expect(kit.directory.wasAllocated(address)).toBe(true);
  });

  test("disarms the service's timers", () => {
    const kit = makeKernel();
    const service = kit.add();
    command(kit, service, SystemCommand.timeout, { session: 3, operand: 5 });
    command(kit, service, SystemCommand.timeout, { session: 4, operand: 5000 });

    kit.kernel.end(service.record, "ADDRESS_DEAD", "killed");

    expect(kit.kernel.timers.armed).toBe(0);
  });

  test("of a service in its turn waits for the end of the turn", () => {
    const kit = makeKernel();
    const other = kit.add();
    const seen: string[] = [];
    const service: FakeService = kit.add((_seen, self) => {
      kit.kernel.end(service.record, "ADDRESS_DEAD", "killed");
      seen.push(service.record.state);
      self.send({ destination: other.address, body: "still heard" });
    });
    kit.run();

    kit.kernel.router.post(frame({ destination: service.address }), 0);
    kit.run();

    expect(seen).toEqual(["starting"]);
    expect(other.occupant.received.map(textOf)).toEqual(["still heard"]);
    expect(kit.events.ended).toHaveLength(1);
  });
});

describe("exit", () => {
  test("ends the service after the frames before it are routed", () => {
    const kit = makeKernel();
    const other = kit.add();
    const service = kit.add((_seen, self) => {
      self.send({ destination: other.address, body: "bye" });
      self.command(SystemCommand.exit);
    });
    kit.run();

    kit.kernel.router.post(frame({ destination: service.address }), 0);
    kit.run();

    expect(other.occupant.received.map(textOf)).toEqual(["bye"]);
    expect(kit.events.ended).toEqual([
      { address: service.address, code: "ADDRESS_DEAD", text: "service :01000101 has exited" },
    ]);
  });

  test("outside a turn ends the service when its outbox is collected", () => {
    const kit = makeKernel();
    const service = kit.add();

    command(kit, service, SystemCommand.exit);

    expect(service.record.state).toBe("ended");
  });
});

describe("ready and failed", () => {
  test("ready makes the service run, and is told once", () => {
    const kit = makeKernel();
    const service = kit.add();

    command(kit, service, SystemCommand.ready);
    command(kit, service, SystemCommand.ready);

    expect(service.record.state).toBe("running");
    expect(kit.events.started).toEqual([{ address: service.address, fault: undefined }]);
  });

  test("failed tells the fault that the start handler threw", () => {
    const kit = makeKernel();
    const service = kit.add();

    command(kit, service, SystemCommand.failed, { rest: encodeFault("REMOTE_FAULT", "no map") });

    expect(kit.events.started).toEqual([{ address: service.address, fault: "no map" }]);
  });

  test("failed ends the service only after the frames behind it are routed", () => {
    const kit: KernelKit = makeKernel({
      hooks: { onStarted: (record) => kit.kernel.end(record, "SERVICE_INIT_FAILED", "no map") },
    });
    const [caller, service] = [kit.add(), kit.add()];
    const ends = { source: caller.address, destination: service.address, session: 5 };
    kit.kernel.router.post(frame(ends), 0);
    kit.run();
    const response = { kind: MessageKind.response, destination: caller.address, session: 5 };
    service.occupant.command(SystemCommand.failed);
    service.occupant.send(response);

    kit.kernel.collect(service.record);
    kit.run();

    expect(caller.occupant.received).toMatchObject([
      { kind: MessageKind.response, session: 5 },
      { kind: MessageKind.error, session: 0 },
    ]);
  });

  test("failed without a fault tells of a fault all the same", () => {
    const kit = makeKernel();
    const service = kit.add();

    command(kit, service, SystemCommand.failed);

    expect(kit.events.started[0]?.fault).toBe("the handler of the request threw");
  });
});

describe("timers", () => {
  test("fire as a response from the kernel after the delay, not before", () => {
    const kit = makeKernel();
    const service = kit.add();
    command(kit, service, SystemCommand.timeout, { session: 3, operand: 5 });

    for (const ticks of [4, 1]) {
      kit.clock.advanceTicks(ticks);
      kit.kernel.tick();
      kit.run();
      expect(firedOf(service)).toEqual(ticks === 4 ? [] : [3]);
    }
    expect(service.record.timers.size).toBe(0);
  });

  test("count from the moment they are armed although the wheel lags behind", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.clock.advanceTicks(100); // a long burst
    command(kit, service, SystemCommand.timeout, { session: 3, operand: 5 });

    kit.clock.advanceTicks(4);
    kit.kernel.tick();
    kit.run();

    expect(firedOf(service)).toEqual([]);
  });

  test("do not fire when they are cancelled", () => {
    const kit = makeKernel();
    const service = kit.add();
    command(kit, service, SystemCommand.timeout, { session: 3, operand: 5 });
    command(kit, service, SystemCommand.timeout, { session: 4, operand: 5 });

    command(kit, service, SystemCommand.cancel, { session: 3 });
    command(kit, service, SystemCommand.cancel, { session: 99 });
    kit.clock.advanceTicks(10);
    kit.kernel.tick();
    kit.run();

    expect(firedOf(service)).toEqual([4]);
  });

  test("are replaced when they are armed again with the same session", () => {
    const kit = makeKernel();
    const service = kit.add();
    command(kit, service, SystemCommand.timeout, { session: 3, operand: 5 });
    command(kit, service, SystemCommand.timeout, { session: 3, operand: 50 });

    kit.clock.advanceTicks(10);
    kit.kernel.tick();
    kit.run();

    expect(firedOf(service)).toEqual([]);
    expect(kit.kernel.timers.armed).toBe(1);
  });

  test.each([
    ["session 0", { session: 0, operand: 5 }],
    ["a session above 2^31 - 1", { session: sessionMax + 1, operand: 5 }],
    ["a delay of timerTicksMax + 1", { session: 3, operand: limits.timerTicksMax + 1 }],
  ])("with %s are a fault", (_what, fields) => {
    const kit = makeKernel();
    const service = kit.add();

    command(kit, service, SystemCommand.timeout, fields);

    expect(kit.kernel.timers.armed).toBe(0);
    expect(service.record.stat.faults).toBe(1);
  });

  test("with a delay of timerTicksMax are armed", () => {
    const kit = makeKernel();
    const service = kit.add();

    command(kit, service, SystemCommand.timeout, { session: 3, operand: limits.timerTicksMax });

    expect(kit.kernel.timers.armed).toBe(1);
  });

  test("are refused with TIMERS_FULL when the service has timersMax, though not an old session", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    for (let session = 1; session <= limits.timersMax; session++) {
      service.occupant.command(SystemCommand.timeout, { session, operand: 5 });
      if (session % 100 === 0) kit.kernel.collect(service.record);
    }
    kit.kernel.collect(service.record);
    command(kit, service, SystemCommand.timeout, { session: limits.timersMax, operand: 7 });
    expect(service.occupant.received).toEqual([]);

    command(kit, service, SystemCommand.timeout, { session: limits.timersMax + 1, operand: 5 });
    kit.run();

    expect(errorsOf(service)).toEqual([[limits.timersMax + 1, "TIMERS_FULL"]]);
  });

  test("fire later when the mailbox is full to the last reply, rather than not at all", () => {
    const kit = makeKernel({ bounds: { depthMax: 4, bytesMax: 10_000 } });
    const service = kit.add();
    kit.run();
    for (const session of [1, 2, 3]) {
      command(kit, service, SystemCommand.timeout, { session, operand: 5 });
    }
    kit.kernel.hold(service.record);
    for (let sent = 0; sent < 4; sent++) {
      kit.kernel.router.post(frame({ destination: service.address }), 0);
    }
    kit.clock.advanceTicks(5);
    kit.kernel.tick();

    kit.kernel.release(service.record);
    kit.run();
    kit.clock.advanceTicks(1);
    kit.kernel.tick();
    kit.run();

    expect(firedOf(service)).toEqual([1, 2, 3]);
  });
});

describe("the other commands", () => {
  test("memLimit tells the shard the limit in bytes", () => {
    const kit = makeKernel();

    command(kit, kit.add(), SystemCommand.memLimit, { operand: 2048 });

    expect(kit.events.memLimits).toEqual([2048 * 1024]);
  });

  test("stat is answered with the service's own figures", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();

    command(kit, service, SystemCommand.stat, { session: 6 });
    kit.run();

    expect(service.occupant.received).toMatchObject([
      { kind: MessageKind.response, source: 0, session: 6, body: Uint8Array.of(0) },
    ]);
  });
});
