// Talkers: two services on one kernel, and an outbox full of frames from one to the other.
// Only under bench/micro/kernel.
// Invariant: what `prepare` wrote stays in the outbox: each run only claims it again.

import { drainOutbox, type OutboxReader } from "../../../src/kernel/outbox.ts";
import { fillInbox } from "../../../src/kernel/inbox.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { ControlWord } from "../../../wire/turn-memory.ts";
import { frame } from "../../../test/kit/frames.ts";
import { makeKernel, type FakeService } from "../../../test/kit/kernel-kit.ts";

export const layout = { inboxBytes: 65_536, outboxBytes: 65_536 }; // 100 frames of 424 bytes fit

const kit = makeKernel();
const { router } = kit.kernel;

export { router };

const reader: OutboxReader = {
  router,
  nowMs: () => performance.now(),
  confines: false,
  onCommand: () => {},
  onFault: (_record, what) => {
    throw new Error(what);
  },
};

export function addTalker(): FakeService {
  const talker = kit.add(undefined, layout);
  kit.run();
  return talker;
}

export type Batch = {
  readonly count: number;
  readonly bodyBytes: number;
  /** lua, when it is left out. */
  readonly kind?: number;
};

/** Writes the batch into the outbox of `from`; returns its bytes. */
export function prepare(from: FakeService, to: readonly FakeService[], batch: Batch): number {
  const body = new Uint8Array(batch.bodyBytes);
  const kind = batch.kind ?? MessageKind.lua;
  let at = 0;
  for (let index = 0; index < batch.count; index++) {
    const { address } = to[index % to.length] as FakeService;
    const words = frame({ destination: address, kind, session: index + 1, body });
    from.occupant.memory.outbox.set(words, at);
    at += words.length;
  }
  return at * 4;
}

/** Has the kernel read the first `bytes` bytes of the outbox. */
export function send(from: FakeService, bytes: number): void {
  from.occupant.memory.control[ControlWord.outboxLength] = bytes;
  drainOutbox(from.record, reader);
}

/** Takes all that waits into the inbox, as turns would. */
export function take(to: FakeService): void {
  while (to.record.mailbox.depth > 0) fillInbox(to.record, 0, 1);
}
