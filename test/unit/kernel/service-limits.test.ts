// Service limits: what an untrusted service may send and arm.
// Unit test of src/kernel/service-limits.ts and send-allowance.ts, through the kernel.
// Invariant: whoever asks for an answer gets one, also when it is refused.

import { describe, expect, test } from "vitest";
import { decodeFault } from "../../../wire/fault.ts";
import { limits } from "../../../wire/limits.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { errorNumber } from "../../../wire/error-codes.ts";
import { SystemCommand } from "../../../wire/system-command.ts";
import { frame } from "../../kit/frames.ts";
import { makeKernel, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

function errorsOf({ occupant }: FakeService): [number, string][] {
  return occupant.received
    .filter(({ kind }) => kind === MessageKind.error)
    .map(({ session, body }) => [session, decodeFault(body).code]);
}

function go(kit: KernelKit, { address }: FakeService): void {
  kit.kernel.router.post(frame({ destination: address, kind: MessageKind.text }), 0);
  kit.run();
}

describe("sendsPerSecondMax", () => {
  test("refuses requests beyond it with SEND_LIMIT, and drops one-way messages", () => {
    const kit = makeKernel();
    const other = kit.add();
    const service = kit.addWith({ sendsPerSecondMax: 3 }, (seen, self) => {
      if (seen.kind !== MessageKind.text) return;
      for (const session of [1, 0, 2, 3, 0]) self.send({ destination: other.address, session });
    });
    kit.run();

    go(kit, service);

    expect(other.occupant.received).toHaveLength(3);
    expect(errorsOf(service)).toEqual([[3, "SEND_LIMIT"]]);
    expect(service.record.stat.refused).toBe(2);
  });

  test("comes back with time, one second's messages at most", () => {
    const kit = makeKernel();
    const other = kit.add();
    const service = kit.addWith({ sendsPerSecondMax: 10 }, (_seen, self) => {
      for (let sent = 0; sent < 20; sent++) self.send({ destination: other.address });
    });
    kit.run();
    go(kit, service);
    kit.clock.advanceMs(500);
    go(kit, service);
    expect(other.occupant.received).toHaveLength(15);

    kit.clock.advanceMs(10_000);
    go(kit, service);

    expect(other.occupant.received).toHaveLength(25);
  });

  test("does not count replies", () => {
    const kit = makeKernel();
    const caller = kit.add();
    const service = kit.addWith({ sendsPerSecondMax: 1 }, (seen, self) => {
      const { source: destination, session } = seen;
      self.send({ destination, session, kind: MessageKind.response });
    });
    kit.run();
    for (let session = 1; session <= 5; session++) {
      const ends = { source: caller.address, destination: service.address };
      kit.kernel.router.post(frame({ ...ends, session }), 0);
    }

    kit.run();

    expect(caller.occupant.received).toHaveLength(5);
  });
});

describe("an untrusted service", () => {
  test("is refused a message over untrustedMessageBytesMax with MESSAGE_TOO_LARGE", () => {
    const kit = makeKernel();
    const other = kit.add();
    const sizes = [limits.untrustedMessageBytesMax - 100, limits.untrustedMessageBytesMax];
    const service = kit.addWith({ isTrusted: false }, (seen, self) => {
      if (seen.kind !== MessageKind.text) return;
      for (const [index, size] of sizes.entries()) {
        const body = new Uint8Array(size);
        self.send({ destination: other.address, session: index + 1, body });
      }
    });
    kit.run();

    go(kit, service);

    expect(errorsOf(service)).toEqual([[2, "MESSAGE_TOO_LARGE"]]);
    expect(other.occupant.received).toHaveLength(1);
  });

  test("is told OUTBOX_FULL when a turn has sent untrustedTurnSendBytesMax", () => {
    const kit = makeKernel();
    const other = kit.addWith({ mailboxDepthMax: 4 });
    let flushed = 0;
    let sent = 0;
    const service = kit.addWith({ isTrusted: false }, (_seen, self) => {
      const body = new Uint8Array(4000);
      while (flushed === 0 && sent < 3000) {
        self.send({ destination: other.address, body });
        flushed = self.onFlush();
        sent++;
      }
    });
    kit.run();

    go(kit, service);

    expect(flushed).toBe(errorNumber("OUTBOX_FULL"));
    expect(sent).toBe(Math.ceil((limits.untrustedTurnSendBytesMax + 1) / (4000 + 24)));
  });

  test("has untrustedTimersMax timers", () => {
    const kit = makeKernel();
    const service = kit.addWith({ isTrusted: false }, (seen, self) => {
      if (seen.kind !== MessageKind.text) return;
      for (let session = 1; session <= limits.untrustedTimersMax + 1; session++) {
        self.command(SystemCommand.timeout, { session, operand: 100 });
        self.onFlush();
      }
    });
    kit.run();

    go(kit, service);

    expect(service.record.timers.size).toBe(limits.untrustedTimersMax);
    expect(errorsOf(service)).toEqual([[limits.untrustedTimersMax + 1, "TIMERS_FULL"]]);
  });
});
