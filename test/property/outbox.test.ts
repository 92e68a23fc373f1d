// Outbox: any bytes at all.
// Property test of src/kernel/outbox.ts. fast-check prints the seed and the shortest failing run.
// Invariant: whatever a guest leaves there, the kernel neither throws nor takes a frame twice,
// nothing is delivered in another's name, and a service that broke the format can still be used.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FrameFlag } from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { SystemCommand } from "../../wire/system-command.ts";
import { smallLayout } from "../kit/fake-occupant.ts";
import { commandBody, frame, namedBody, textOf } from "../kit/frames.ts";
import { makeKernel, type FakeService } from "../kit/kernel-kit.ts";

const guest = 0x0100_0100;
const other = 0x0100_0101;

const address = fc.oneof(
  fc.constantFrom(0, guest, other, 0x0100_0001, 0x0100_0999, 0x0200_0100),
  fc.nat(0xffff_ffff),
);
const length = fc.oneof(fc.constantFrom(0, 23, 24, 25, 4096, 0xffff_ffff), fc.nat(0xffff_ffff));
const session = fc.oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000), fc.nat(0xffff_ffff));
const kind = fc.oneof(fc.constantFrom(0, 1, 4, 7, 10), fc.nat(255));
const flags = fc.oneof(
  fc.constantFrom(0, FrameFlag.more, FrameFlag.named, FrameFlag.redirected),
  fc.nat(0xff_ffff),
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(
    namedBody(".other", "x"),
    commandBody(SystemCommand.timeout),
    commandBody(SystemCommand.cancel),
    commandBody(SystemCommand.stat),
  ),
);

const fields = { source: address, destination: address, session, kind, flags, body };
const deadline = fc.nat(0xffff_ffff);

/** Frames with one thing or another wrong with them. */
const hostileFrame = fc.oneof(
  { weight: 6, arbitrary: fc.record({ ...fields, deadline }) },
  { weight: 1, arbitrary: fc.record({ ...fields, deadline, length }) },
);

const outboxes = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.array(hostileFrame, { maxLength: 30 }).map(wordsOf) },
    { weight: 1, arbitrary: fc.array(fc.nat(0xffff_ffff), { maxLength: 200 }) },
  ),
  { minLength: 1, maxLength: 6 },
);

function wordsOf(frames: readonly Parameters<typeof frame>[0][]): number[] {
  const words: number[] = [];
  for (const each of frames) words.push(...frame(each));
  return words.slice(0, smallLayout.outboxBytes / 4);
}

const claimed = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: smallLayout.outboxBytes + 2 }) },
);

function isTrue({ occupant }: FakeService): boolean {
  return occupant.received.every((seen) => {
    const isAnswer = seen.kind === MessageKind.response || seen.kind === MessageKind.error;
    // One-way messages may be redirected in any guest's name; everything else comes from the guest
    // itself.
    if (!isAnswer && seen.session === 0)
      return seen.source === guest || (seen.source & 0xff_ffff) > 0xff;
    return seen.source === guest && (!isAnswer || seen.session === 0);
  });
}

test("no outbox makes the kernel throw, hang, or deliver what was never sent", () => {
  fc.assert(
    fc.property(outboxes, claimed, (written, bytes) => {
      const kit = makeKernel();
      const hostile = kit.add();
      const victim = kit.add();
      kit.names.bind(".other", victim.address);
      kit.run();
      expect([hostile.address, victim.address]).toEqual([guest, other]);

      for (const words of written) {
        hostile.occupant.writeRaw(words, bytes);
        kit.kernel.collect(hostile.record);
        kit.kernel.collect(hostile.record);
        kit.run();
      }

      const frames = written.reduce((sum, words) => sum + Math.floor(words.length / 6), 0);
      expect(victim.occupant.received.length).toBeLessThanOrEqual(frames);
      expect(isTrue(victim)).toBe(true);
      expect(hostile.record.state).toBe("starting");

      hostile.occupant.send({ destination: victim.address, body: "still here" });
      kit.kernel.collect(hostile.record);
      kit.run();
      expect(textOf(victim.occupant.received.at(-1) ?? { body: new Uint8Array(0) })).toBe(
        "still here",
      );
    }),
    { numRuns: 500 },
  );
});
