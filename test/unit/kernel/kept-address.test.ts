// Kept addresses: what becomes of the address of a supervised service until its restart.

import { describe, expect, test } from "vitest";
import { formatAddress } from "../../../wire/address.ts";
import { decodeFault } from "../../../wire/fault.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { frame } from "../../kit/frames.ts";
import { makeKernel, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

/** A kernel with a service that has crashed and keeps its address, and one that calls it. */
function makeCrashed(): { kit: KernelKit; crashed: FakeService; caller: FakeService } {
  const kit = makeKernel({ shard: 1 });
  const [crashed, caller] = [kit.add(), kit.add()];
  crashed.record.restart = "on-crash";
  kit.run();
  kit.kernel.end(crashed.record, "MEMORY_LIMIT", "over");
  return { kit, crashed, caller };
}

function lastFault({ occupant }: FakeService): unknown {
  const { code, message } = decodeFault(occupant.received.at(-1)?.body ?? new Uint8Array(0));
  return { code, text: message };
}

describe("the address of a service that has ended", () => {
  test.each([
    ["never", "MEMORY_LIMIT", false, false],
    ["on-crash", "MEMORY_LIMIT", false, true],
    ["on-crash", "ADDRESS_DEAD", false, true], // a turn without end that was disposed
    ["on-crash", "ADDRESS_DEAD", true, false],
    ["always", "ADDRESS_DEAD", true, true],
    ["always", "HOST_STOPPING", false, false],
  ] as const)("with policy %s, after %s (by its own exit: %s): kept is %s", (...row) => {
    const [restart, code, isExiting, isKept] = row;
    const kit = makeKernel({ shard: 1 });
    const { address, record } = kit.add();
    record.restart = restart;
    record.isExiting = isExiting;

    kit.kernel.end(record, code, "over");

    expect(record.isKept).toBe(isKept);
    expect(kit.directory.isSuspended(address)).toBe(isKept);
    expect(kit.directory.shardOf(address) >= 0).toBe(isKept);
  });

  test("is not one of the host's own while it is kept", () => {
    const { kit, crashed } = makeCrashed();

    expect(kit.directory.isHost(crashed.address)).toBe(false);
  });
});

describe("a message to a service that waits for its restart", () => {
  test("is answered with SERVICE_RESTARTING, or counted as dropped", () => {
    const { kit, crashed, caller } = makeCrashed();
    const ends = { source: caller.address, destination: crashed.address };

    kit.kernel.router.post(frame({ ...ends, session: 4 }), 0);
    kit.kernel.router.post(frame(ends), 0);
    kit.run();

    expect(lastFault(caller)).toEqual({
      code: "SERVICE_RESTARTING",
      text: `service ${formatAddress(crashed.address)} is being restarted`,
    });
    expect(kit.kernel.router.dropped).toBe(1);
  });

  test("is answered so by the shard that is about to start it, too", () => {
    const { kit, crashed, caller } = makeCrashed();
    kit.directory.place(crashed.address, 1);

    const ends = { source: caller.address, destination: crashed.address };
    kit.kernel.router.post(frame({ ...ends, session: 4 }), 0);
    kit.run();

    expect(lastFault(caller)).toMatchObject({ code: "SERVICE_RESTARTING" });
  });
});

test("the news of a crash has room in a full mailbox although the address is kept", () => {
  const kit = makeKernel({ shard: 1, bounds: { depthMax: 8, bytesMax: 100_000 } });
  const [crashed, caller] = [kit.add(), kit.add()];
  kit.run();
  kit.kernel.hold(caller.record);
  while (kit.kernel.router.post(frame({ destination: caller.address }), 0));
  const news = { source: crashed.address, destination: caller.address, kind: MessageKind.error };
  expect(kit.kernel.router.post(frame(news), 0)).toBe(false);
  crashed.record.restart = "on-crash";

  kit.kernel.end(crashed.record, "MEMORY_LIMIT", "over");

  expect(kit.kernel.router.post(frame(news), 0)).toBe(true);
});
