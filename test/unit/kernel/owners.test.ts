// Owners: what turns cost whom, and who waits.
// Unit test of src/kernel/owners.ts and owner-account.ts, through the kernel that drives them.
// Invariant: a service of these tests takes as long as the body of its message says, in ms.

import { describe, expect, test } from "vitest";
import { limits } from "../../../wire/limits.ts";
import { frame, textOf, type SeenFrame } from "../../kit/frames.ts";
import { makeKernel, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

const terms = { owner: "alice", isTrusted: false, cpuPerSecondMs: 100 };

function addBusy(kit: KernelKit, given: object = {}): FakeService {
  return kit.addWith({ ...terms, ...given }, (seen: SeenFrame) =>
    kit.clock.advanceMs(Number(textOf(seen))),
  );
}

function work({ kernel }: KernelKit, { address }: FakeService, ms: number): void {
  kernel.router.post(frame({ destination: address, body: String(ms) }), 0);
}

/** Lets it work at once. */
function worked(kit: KernelKit, service: FakeService, ms: number): void {
  work(kit, service, ms);
  kit.kernel.burst(0.001);
  kit.run();
}

function figuresOf(kit: KernelKit, owner = "alice"): object | undefined {
  return kit.kernel.owners().find((figures) => figures.owner === owner);
}

describe("an owner's bucket", () => {
  test("gives a burst of one second's refill before anyone waits", () => {
    const kit = makeKernel();
    const service = addBusy(kit);
    kit.run();

    worked(kit, service, 100);
    worked(kit, service, 1);
    worked(kit, service, 1);

    expect(service.occupant.received).toHaveLength(2);
    expect(kit.events.debts).toEqual(["alice"]);
    expect(figuresOf(kit)).toMatchObject({ services: 1, chargedMs: 101 });
  });

  test("keeps every service of the owner waiting until the debt is paid, to the millisecond", () => {
    const kit = makeKernel();
    const [first, second] = [addBusy(kit), addBusy(kit)];
    kit.run();
    worked(kit, first, 150);
    const waitMs = kit.kernel.msToNext() ?? 0;
    worked(kit, second, 1);

    kit.clock.advanceMs(waitMs - 1);
    kit.kernel.tick();
    expect(kit.kernel.hasWork).toBe(false);
    kit.clock.advanceMs(1);
    kit.kernel.tick();
    kit.run();

    expect(waitMs).toBeCloseTo(500); // 100 - 150 = -50, at 100 a second
    expect(second.occupant.received).toHaveLength(1);
  });

  test("is charged CPU time, not the wait for a core, of a turn that took long", () => {
    const kit = makeKernel();
    const service = addBusy(kit);
    kit.run();
    let cpuMs = 0;
    service.occupant.cpuMs = () => cpuMs;

    cpuMs += 7;
    worked(kit, service, 300);

    expect(figuresOf(kit)).toMatchObject({ chargedMs: 7, waitingMs: 0 });
  });

  test("does not delay the news of an interruption: one turn more tells of it", () => {
    const kit = makeKernel();
    const service = addBusy(kit);
    kit.run();
    service.occupant.results.push({ kind: "interrupted" });

    worked(kit, service, 500);
    const turnsInDebt = service.record.stat.turns;
    worked(kit, service, 1);

    expect(turnsInDebt).toBe(3); // the start, the one cut off, the one that tells
    expect(service.record.stat.turns).toBe(3);
  });

  test("is nothing to the services of others", () => {
    const kit = makeKernel();
    const service = addBusy(kit);
    const other = addBusy(kit, { owner: "bob" });
    kit.run();
    worked(kit, service, 500);

    worked(kit, other, 1);
    worked(kit, service, 1);

    expect(other.occupant.received).toHaveLength(1);
    expect(service.occupant.received).toHaveLength(1);
  });

  test("has the largest refill of its living services", () => {
    const kit = makeKernel();
    const service = addBusy(kit);
    const richer = addBusy(kit, { cpuPerSecondMs: 1000 });
    kit.run();
    worked(kit, service, 2000);
    const rich = kit.kernel.msToNext() ?? 0;

    kit.kernel.end(richer.record, "ADDRESS_DEAD", "killed");
    const poor = kit.kernel.msToNext() ?? 0;

    expect(rich).toBeGreaterThan(0);
    expect(poor).toBeGreaterThan(rich);
  });

  test("cannot be emptied by starting anew", () => {
    const kit = makeKernel();
    const service = addBusy(kit);
    kit.run();
    worked(kit, service, 500);
    kit.kernel.end(service.record, "ADDRESS_DEAD", "killed");

    const again = addBusy(kit);
    worked(kit, again, 1);
    expect(again.occupant.turns).toBe(0);

    kit.clock.advanceMs(kit.kernel.msToNext() ?? 0);
    kit.kernel.tick();
    kit.run();
    expect(again.occupant.received).toHaveLength(1);
  });

  test("owes ten seconds' refill at most", () => {
    const kit = makeKernel();
    const service = addBusy(kit);
    kit.run();

    worked(kit, service, 60_000);

    expect(kit.kernel.msToNext()).toBeCloseTo(limits.cpuDebtMs);
  });

  test("is not there for a service without a figure, and for the host's own", () => {
    const kit = makeKernel();
    const service = addBusy(kit, { cpuPerSecondMs: 0 });
    const host = kit.addHost(2, () => kit.clock.advanceMs(1000));
    kit.run();
    for (const busy of [service, host, service, host]) worked(kit, busy, 1000);

    expect(service.occupant.received).toHaveLength(2);
    expect(host.occupant.received).toHaveLength(2);
    expect(kit.kernel.owners()).toEqual([]);
  });

  test("is charged with what a service takes outside its turns", () => {
    const kit = makeKernel();
    const service = addBusy(kit);
    kit.run();

    kit.kernel.charge(service.record, 130);

    expect(figuresOf(kit)).toMatchObject({ balanceMs: -30, chargedMs: 130, waitingMs: 300 });
  });

  test("lets an operator's hold and the wait end in any order", () => {
    const kit = makeKernel();
    const service = addBusy(kit);
    kit.run();
    kit.kernel.hold(service.record);
    kit.kernel.charge(service.record, 200);
    work(kit, service, 1);

    kit.clock.advanceMs(1000);
    kit.kernel.tick();
    expect(kit.kernel.hasWork).toBe(false);
    kit.kernel.release(service.record);
    kit.run();

    expect(service.occupant.received).toHaveLength(1);
  });

  test("is told of at the first debt, the second, the fourth", () => {
    const kit = makeKernel();
    const service = addBusy(kit);
    kit.run();
    for (let debt = 1; debt <= 8; debt++) {
      kit.kernel.charge(service.record, 1000);
      kit.clock.advanceMs(20_000);
      kit.kernel.tick();
    }

    expect(kit.events.debts).toHaveLength(4);
  });

  test("is forgotten when the owner has no service and owes nothing", () => {
    const kit = makeKernel({ isFair: true });
    for (let owner = 0; owner < 1000; owner++) {
      const service = addBusy(kit, { owner: `owner ${owner}` });
      kit.run();
      kit.kernel.end(service.record, "ADDRESS_DEAD", "killed");
    }

    expect(kit.kernel.owners().length).toBeLessThanOrEqual(256);
  });
});
