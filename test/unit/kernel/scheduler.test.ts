// Scheduler: who has a turn when, and what is known of it afterwards.
// Unit test of src/kernel/scheduler.ts, through the kernel that drives it.
// Invariant: the clock stands still unless a test moves it.

import { describe, expect, test } from "vitest";
import type { Link } from "../../../src/kernel/link.ts";
import { MarkWord } from "../../../src/kernel/turn-mark.ts";
import { errorNumber } from "../../../wire/error-codes.ts";
import { limits } from "../../../wire/limits.ts";
import { SystemCommand } from "../../../wire/system-command.ts";
import { ControlWord } from "../../../wire/turn-memory.ts";
import { frame, textOf } from "../../kit/frames.ts";
import { makeKernel, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

function post({ kernel }: KernelKit, { address }: FakeService, fields: object = {}): void {
  kernel.router.post(frame({ destination: address, ...fields }), 0);
}

class FakeLink implements Link {
  readonly backlogBytes = 0;
  isCongested = false;
  write(): void {}
  pump(): boolean {
    return false;
  }
}

function makeLinked(): {
  kit: KernelKit;
  link: FakeLink;
  writer: FakeService;
  idler: FakeService;
} {
  const link = new FakeLink();
  const kit = makeKernel({ linkTo: (place) => (place === 2 ? link : undefined) });
  const away = kit.directory.allocate(2);
  const writer = kit.add((_seen, self) => self.send({ destination: away, body: "x" }));
  const idler = kit.add();
  kit.run();
  return { kit, link, writer, idler };
}

describe("burst", () => {
  test("says that nobody had a turn when there is no work", () => {
    const kit = makeKernel();

    expect(kit.kernel.burst(1)).toBe(false);
  });

  test("gives turns in the order in which services got work", () => {
    const kit = makeKernel();
    const order: string[] = [];
    const [first, second] = ["first", "second"].map((name) => kit.add(() => order.push(name))) as [
      FakeService,
      FakeService,
    ];
    kit.run();

    post(kit, second);
    post(kit, first);
    post(kit, second);
    kit.kernel.burst(1);

    expect(order).toEqual(["second", "second", "first"]);
  });

  test("puts a service with frames left behind the others", () => {
    const kit = makeKernel({ weight: -1 });
    const order: string[] = [];
    const [first, second] = ["first", "second"].map((name) => kit.add(() => order.push(name))) as [
      FakeService,
      FakeService,
    ];
    kit.run();

    post(kit, first);
    post(kit, first);
    post(kit, second);
    kit.kernel.burst(1);

    expect(order).toEqual(["first", "second", "first"]);
  });

  test("ends when its budget is over, and the next one goes on", () => {
    const kit = makeKernel({ weight: -1 });
    const service = kit.add();
    kit.run();
    for (let sent = 0; sent < 10; sent++) post(kit, service);
    kit.clock.stepMs = 0.5;

    kit.kernel.burst(1);

    expect(service.occupant.received).toHaveLength(2);
    expect(kit.kernel.hasWork).toBe(true);
    kit.run();
    expect(service.occupant.received).toHaveLength(10);
  });

  test("gives no turn to a service that is held, and all its frames after the release", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    post(kit, service, { body: "a" });
    kit.kernel.hold(service.record);
    kit.kernel.hold(service.record);
    kit.run();
    kit.kernel.release(service.record);
    kit.run();
    expect(service.occupant.received).toEqual([]);

    post(kit, service, { body: "b" });
    kit.kernel.release(service.record);
    kit.run();

    expect(service.occupant.received.map(textOf)).toEqual(["a", "b"]);
  });

  test("gives no turn to a service that ended while it was queued", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    post(kit, service);
    kit.kernel.end(service.record, "ADDRESS_DEAD", "killed");

    kit.run();

    expect(service.occupant.received).toEqual([]);
  });

  test("gives no turn when every frame has expired", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    const { turns } = service.occupant;
    post(kit, service, { session: 1, deadline: kit.clock.nowTick() - 1 });

    kit.run();

    expect(service.occupant.turns).toBe(turns);
    expect(service.record.stat.expired).toBe(1);
  });
});

describe("turn", () => {
  test("brings what a service sends itself in the turn after", () => {
    const kit = makeKernel();
    const service = kit.add((seen, self) => {
      if (textOf(seen) === "first") self.send({ destination: seen.destination, body: "second" });
    });
    kit.run();
    const { turns } = service.occupant;

    post(kit, service, { body: "first" });
    kit.run();

    expect(service.occupant.received.map(textOf)).toEqual(["first", "second"]);
    expect(service.occupant.turns).toBe(turns + 2);
  });

  test("of a service that writes to itself comes after the turns of those it also wrote to", () => {
    const kit = makeKernel();
    const order: string[] = [];
    const other = kit.add(() => order.push("other"));
    const service = kit.add((seen, self) => {
      order.push(textOf(seen));
      if (textOf(seen) !== "first") return;
      self.send({ destination: seen.destination, body: "second" });
      self.send({ destination: other.address });
    });
    kit.run();

    post(kit, service, { body: "first" });
    kit.run();

    expect(order).toEqual(["first", "other", "second"]);
  });

  test("marks the service and the source of its first frame while it runs", () => {
    const kit = makeKernel();
    const seen: number[] = [];
    const service = kit.add(() => {
      const { words } = kit.mark;
      seen.push(
        (words[MarkWord.version] as number) & 1,
        words[MarkWord.destination] as number,
        words[MarkWord.source] as number,
      );
    });
    kit.run();

    post(kit, service, { source: 0x0100_0777 });
    kit.run();

    expect(seen).toEqual([1, service.address, 0x0100_0777]);
    expect((kit.mark.words[MarkWord.version] as number) & 1).toBe(0);
  });

  test("tells the service the time in ticks", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    kit.clock.advanceTicks(35);

    post(kit, service);
    kit.run();

    expect(service.occupant.memory.control[ControlWord.nowTicks]).toBe(kit.clock.nowTick());
  });

  test("is counted with its wall time", () => {
    const kit = makeKernel();
    const service = kit.add(() => kit.clock.advanceMs(7));
    kit.run();
    const { turns, turnMs } = service.record.stat;

    post(kit, service);
    kit.run();

    expect(service.record.stat.turns - turns).toBe(1);
    expect(service.record.stat.turnMs - turnMs).toBe(7);
  });

  test("that is interrupted is told of, and the service goes on", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    service.occupant.results.push({ kind: "interrupted" });

    post(kit, service, { body: "a" });
    post(kit, service, { body: "b" });
    kit.kernel.burst(1);
    post(kit, service, { body: "c" });
    kit.run();

    expect(kit.events.interrupted).toEqual([service.address]);
    expect(service.occupant.received.map(textOf)).toEqual(["a", "b", "c"]);
  });

  test("that is interrupted leaves the frames it had not read to the next, once", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    const { turns } = service.occupant;
    service.occupant.results.push({ kind: "interrupted" });

    for (const body of ["a", "b", "c"]) post(kit, service, { body });
    kit.run();
    post(kit, service, { body: "d" });
    kit.run();

    expect(service.occupant.received.map(textOf)).toEqual(["a", "b", "c", "d"]);
    expect(service.occupant.turns - turns).toBe(3);
  });

  test("that is interrupted at its last frame is followed by one, which may be empty", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    const { turns } = service.occupant;
    service.occupant.results.push({ kind: "interrupted" });

    post(kit, service);
    kit.run();

    expect(service.occupant.turns - turns).toBe(2);
  });

  test("that leaves the service dead ends it, after what it had sent", () => {
    const kit = makeKernel();
    const other = kit.add();
    const service = kit.add((_seen, self) =>
      self.send({ destination: other.address, body: "last" }),
    );
    kit.run();
    service.occupant.results.push({ kind: "dead", code: "MEMORY_LIMIT", text: "too much" });

    post(kit, service);
    kit.run();

    expect(other.occupant.received.map(textOf)).toEqual(["last"]);
    expect(kit.events.ended).toEqual([
      { address: service.address, code: "MEMORY_LIMIT", text: "too much" },
    ]);
  });

  test("leaves a report when more than 1,024 frames wait after it", () => {
    const kit = makeKernel({ weight: -1 });
    const service = kit.add();
    kit.run();
    for (let sent = 0; sent < 1027; sent++) post(kit, service);

    kit.run();

    expect(kit.events.overloads).toEqual([1026]);
  });
});

describe("flush", () => {
  test("routes a full outbox in the middle of a turn", () => {
    const kit = makeKernel();
    const other = kit.add();
    const service = kit.add((_seen, self) => {
      for (let sent = 0; sent < 9; sent++) {
        self.send({ destination: other.address, session: sent, body: new Uint8Array(1000) });
      }
    });
    kit.run();

    post(kit, service);
    kit.run();

    expect(other.occupant.received.map((seen) => seen.session)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  test("ends a service that asked to exit, or failed, only after the turn", () => {
    const kit = makeKernel();
    const states: string[] = [];
    const service: FakeService = kit.add((_seen, self) => {
      self.command(SystemCommand.exit);
      self.onFlush();
      kit.kernel.end(service.record, "SERVICE_INIT_FAILED", "no");
      states.push(service.record.state);
    });
    kit.run();

    post(kit, service);
    kit.run();

    expect(states).toEqual(["starting"]);
    expect(kit.events.ended.map(({ code }) => code)).toEqual(["SERVICE_INIT_FAILED"]);
  });

  test("answers OUTBOX_FULL once the turn has sent turnSendBytesMax, and reads no more in it", () => {
    const kit = makeKernel({ bounds: { depthMax: 10, bytesMax: 10_000 } });
    const other = kit.add();
    const answers: number[] = [];
    const left: number[] = [];
    const service = kit.add((_seen, self) => {
      service.record.turnSentBytes = limits.turnSendBytesMax - 28;
      for (let sent = 0; sent < 4; sent++) {
        self.send({ destination: other.address, body: `${sent}` });
        answers.push(self.onFlush());
        left.push(self.memory.control[ControlWord.outboxLength] as number);
      }
    });
    kit.run();

    post(kit, service);
    kit.run();

    const full = errorNumber("OUTBOX_FULL");
    expect(answers).toEqual([0, full, full, full]);
    expect(left).toEqual([0, 0, 28, 56]);
    expect(other.occupant.received.map(textOf)).toEqual(["0", "1", "2", "3"]);
  });

  test("drops the message in pieces that did not fit the turn, and takes none after it for its pieces", () => {
    const kit = makeKernel();
    const other = kit.add();
    const service = kit.add((_seen, self) => {
      service.record.turnSentBytes = limits.turnSendBytesMax - 5000;
      self.send({ destination: other.address, body: new Uint8Array(9000) });
      self.send({ destination: other.address, body: "next" });
    });
    kit.run();

    post(kit, service);
    kit.run();

    expect(other.occupant.received.map(textOf)).toEqual(["next"]);
    expect(kit.events.faults).toEqual([]);
  });

  test("starts from nothing in the next turn", () => {
    const kit = makeKernel();
    const answers: number[] = [];
    const service = kit.add((_seen, self) => answers.push(self.onFlush()));
    kit.run();
    service.record.turnSentBytes = limits.turnSendBytesMax + 1;

    post(kit, service);
    kit.run();

    expect(answers).toEqual([0]);
  });
});

describe("congestion", () => {
  test("holds the service that wrote to the congested link, and only that one", () => {
    const { kit, link, writer, idler } = makeLinked();
    link.isCongested = true;

    for (const service of [writer, idler]) post(kit, service);
    kit.run();
    for (const service of [writer, idler]) post(kit, service);
    kit.run();

    expect(writer.occupant.received).toHaveLength(1);
    expect(idler.occupant.received).toHaveLength(2);
  });

  test("lets the service go on when the link is free again", () => {
    const { kit, link, writer } = makeLinked();
    link.isCongested = true;
    post(kit, writer);
    kit.run();
    post(kit, writer);

    link.isCongested = false;
    kit.kernel.burst(1);
    kit.run();

    expect(writer.occupant.received).toHaveLength(2);
  });

  test("of a flush in mid-turn counts as the turn's", () => {
    const { kit, link, writer } = makeLinked();
    const { occupant } = writer;
    link.isCongested = true;
    occupant.send({ destination: kit.directory.allocate(2) });
    occupant.onFlush();
    link.isCongested = false;

    kit.kernel.collect(writer.record);

    expect(writer.record.holds).toBe(1);
  });

  test("does not keep a service from ending", () => {
    const { kit, link, writer } = makeLinked();
    link.isCongested = true;
    post(kit, writer);
    kit.run();

    kit.kernel.end(writer.record, "ADDRESS_DEAD", "killed");
    link.isCongested = false;
    kit.kernel.burst(1);

    expect(writer.record.state).toBe("ended");
    expect(kit.kernel.hasWork).toBe(false);
  });
});
