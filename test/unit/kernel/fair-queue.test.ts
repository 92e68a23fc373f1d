// Fair queue: who is next when owners share a kernel.
// Unit test of src/kernel/fair-queue.ts, through the kernel that drives it.
// Invariant: services here always have work; their turns take as long as the test says.

import { describe, expect, test } from "vitest";
import { frame } from "../../kit/frames.ts";
import { makeKernel, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";
import { Random } from "../../kit/random.ts";

type Shares = Map<string, number>;

/** A service that sends itself a message in every turn and takes `ms()` for each. */
function addBusy(kit: KernelKit, owner: string, ms: () => number, shares: Shares): FakeService {
  const service: FakeService = kit.addWith({ owner, mailboxDepthMax: 1000 }, (_seen, self) => {
    const tookMs = ms();
    kit.clock.advanceMs(tookMs);
    shares.set(owner, (shares.get(owner) ?? 0) + tookMs);
    self.send({ destination: service.address });
  });
  kit.kernel.router.post(frame({ destination: service.address }), 0);
  return service;
}

function runFor(kit: KernelKit, ms: number): void {
  const end = kit.clock.nowMs() + ms;
  while (kit.clock.nowMs() < end && kit.kernel.hasWork) kit.kernel.burst(1);
}

describe("fair queue", () => {
  test.each([1, 2, 3, Math.floor(Math.random() * 0xffff_ffff)])(
    "gives 49 owners with one busy service each, and one with 50, their shares (seed %i)",
    (seed) => {
      const random = new Random(seed);
      const kit = makeKernel({ isFair: true });
      const shares: Shares = new Map();
      const takes = (): number => 0.05 + random.next() * 5;
      for (let index = 0; index < 50; index++) addBusy(kit, "greedy", takes, shares);
      for (let index = 0; index < 49; index++) addBusy(kit, `owner ${index}`, takes, shares);

      runFor(kit, 20_000);

      const total = Array.from(shares.values()).reduce((sum, ms) => sum + ms, 0);
      expect(shares.size).toBe(50);
      for (const ms of shares.values()) {
        expect(ms).toBeGreaterThan((total / 50) * 0.8);
        expect(ms).toBeLessThan((total / 50) * 1.2);
      }
    },
  );

  test("gives an owner of long turns and one of short turns the same time", () => {
    const kit = makeKernel({ isFair: true });
    const shares: Shares = new Map();
    addBusy(kit, "slow", () => 40, shares);
    addBusy(kit, "quick", () => 0.5, shares);

    runFor(kit, 10_000);

    expect((shares.get("slow") ?? 0) / (shares.get("quick") ?? 1)).toBeCloseTo(1, 1);
  });

  test("lets an owner that was idle save up nothing", () => {
    const kit = makeKernel({ isFair: true });
    const shares: Shares = new Map();
    addBusy(kit, "busy", () => 1, shares);
    runFor(kit, 5000);
    addBusy(kit, "late", () => 1, shares);
    const before = shares.get("busy") ?? 0;

    runFor(kit, 200);

    expect((shares.get("busy") ?? 0) - before).toBeGreaterThan(90);
    expect(shares.get("late")).toBeGreaterThan(90);
  });

  test("gives an owner that comes back its turn at once", () => {
    const kit = makeKernel({ isFair: true });
    const shares: Shares = new Map();
    for (let index = 0; index < 20; index++) addBusy(kit, `owner ${index}`, () => 5, shares);
    runFor(kit, 1000);
    const startMs = kit.clock.nowMs();
    let seenMs = 0;
    const late = kit.addWith({ owner: "late" }, () => {
      seenMs = kit.clock.nowMs();
    });
    kit.kernel.router.post(frame({ destination: late.address }), 0);

    runFor(kit, 500);

    expect(seenMs - startMs).toBeLessThanOrEqual(20 * 5);
  });

  test("lets the services of one owner take turns", () => {
    const kit = makeKernel({ isFair: true });
    const shares: Shares = new Map();
    const services = Array.from({ length: 5 }, () => addBusy(kit, "one", () => 1, shares));

    runFor(kit, 1000);

    const turns = services.map(({ occupant }) => occupant.turns);
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(2);
  });

  test("lets the host's own services go first", () => {
    const kit = makeKernel({ isFair: true });
    const shares: Shares = new Map();
    for (let index = 0; index < 20; index++) addBusy(kit, `owner ${index}`, () => 5, shares);
    const host = kit.addHost(2);
    kit.run = () => {};
    kit.kernel.burst(1);
    kit.kernel.router.post(frame({ destination: host.address }), 0);

    kit.kernel.burst(1);

    expect(host.occupant.received).toHaveLength(1);
  });

  test("forgets services that end while they are queued", () => {
    const kit = makeKernel({ isFair: true });
    const shares: Shares = new Map();
    const services = Array.from({ length: 9 }, (_, index) =>
      addBusy(kit, `owner ${index % 3}`, () => 1, shares),
    );
    runFor(kit, 50);
    for (const { record } of services) kit.kernel.end(record, "ADDRESS_DEAD", "killed");

    runFor(kit, 50);

    expect(kit.kernel.hasWork).toBe(false);
  });
});
