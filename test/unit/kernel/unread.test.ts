// Unread: what a turn that ended early had not read comes in the next.
// Unit test of src/kernel/scheduler.ts, through the kernel that drives it.
// Invariant: no frame is handled twice.

import { describe, expect, test } from "vitest";
import { ControlWord } from "../../../wire/turn-memory.ts";
import { frame, textOf } from "../../kit/frames.ts";
import { makeKernel, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

function post({ kernel }: KernelKit, { address }: FakeService, fields: object): void {
  kernel.router.post(frame({ destination: address, ...fields }), 0);
}

describe("a turn", () => {
  test("that is interrupted before the first frame is followed by one with the same, 3 times", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    const turn = service.occupant.turn.bind(service.occupant);
    const { control } = service.occupant.memory;
    let cutOff = 0;
    const cutTurns = (count: number): void => {
      cutOff = count;
      service.occupant.turn = () => {
        if (cutOff === 0) return turn();
        cutOff--;
        control[ControlWord.inboxRead] = 0;
        return { kind: "interrupted" };
      };
    };

    for (const [body, count] of Object.entries({ kept: 3, lost: 4, whole: 0 })) {
      cutTurns(count);
      post(kit, service, { body });
      kit.run();
    }

    expect(service.occupant.received.map(textOf)).toEqual(["kept", "whole"]);
  });

  test("that yields is followed by one with the rest, without an interruption", () => {
    const kit = makeKernel();
    const service = kit.add();
    kit.run();
    const turn = service.occupant.turn.bind(service.occupant);
    const { control, inbox } = service.occupant.memory;
    let hasYielded = false;
    service.occupant.turn = () => {
      if (hasYielded) return turn();
      hasYielded = true;
      control[ControlWord.inboxRead] = inbox[0] as number;
      return { kind: "yielded" };
    };

    for (const body of ["abcd", "efgh", "ijkl"]) post(kit, service, { body });
    kit.run();

    expect(service.occupant.received.map(textOf)).toEqual(["efgh", "ijkl"]);
    expect(service.record.stat.interrupts).toBe(0);
    expect(kit.events.interrupted).toEqual([]);
  });
});
