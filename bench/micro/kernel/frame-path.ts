// Frame path: what a frame costs from an outbox through router and mailbox into an inbox.
// One kernel, two services, no isolates. Run: node bench/micro/kernel/frame-path.ts
// Invariant: each task moves every frame it puts in, so that no queue grows from run to run.

import { drainOutbox, type OutboxReader } from "../../../src/kernel/outbox.ts";
import { fillInbox } from "../../../src/kernel/inbox.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { limits } from "../../../wire/limits.ts";
import { ControlWord } from "../../../wire/turn-memory.ts";
import { frame } from "../../../test/kit/frames.ts";
import { makeKernel, type FakeService } from "../../../test/kit/kernel-kit.ts";
import { measure, type Task } from "../measure.ts";

const layout = { inboxBytes: limits.inboxBytes, outboxBytes: limits.outboxBytes };
const kit = makeKernel();
const caller = kit.add(undefined, layout);
const callee = kit.add(undefined, layout);
const others = Array.from({ length: 64 }, () => kit.add(undefined, layout));
kit.run();

const reader: OutboxReader = {
  router: kit.kernel.router,
  messageBytesMax: limits.messageBytesMax,
  onCommand: () => {},
  onFault: (_record, what) => {
    throw new Error(what);
  },
};

type Batch = { readonly count: number; readonly kind: number; readonly bodyBytes: number };

/** Writes the batch once and returns its bytes; each run only claims them again. */
function prepare(from: FakeService, to: readonly FakeService[], batch: Batch): number {
  const body = new Uint8Array(batch.bodyBytes);
  let at = 0;
  for (let index = 0; index < batch.count; index++) {
    const destination = (to[index % to.length] as FakeService).address;
    const words = frame({ destination, kind: batch.kind, session: index + 1, body });
    from.occupant.memory.outbox.set(words, at);
    at += words.length;
  }
  return at * 4;
}

function send(from: FakeService, bytes: number): void {
  from.occupant.memory.control[ControlWord.outboxLength] = bytes;
  drainOutbox(from.record, reader);
}

function take(to: FakeService): void {
  while (to.record.mailbox.depth > 0) fillInbox(to.record, 0, 1);
}

const tasks: Task[] = [];
for (const [bodyBytes, count] of [
  [40, 1],
  [40, 100],
  [8, 100],
  [400, 100],
  [4000, 15],
] as const) {
  // Every task has services of its own: what is prepared in an outbox stays there.
  const [from, to] = [kit.add(undefined, layout), kit.add(undefined, layout)];
  kit.run();
  const bytes = prepare(from, [to], { count, kind: MessageKind.lua, bodyBytes });
  tasks.push({
    name: `request, ${bodyBytes + 24} bytes, ${count} a turn`,
    units: count,
    run: () => {
      send(from, bytes);
      take(to);
    },
  });
}
{
  const requests = prepare(caller, [callee], { count: 100, kind: MessageKind.lua, bodyBytes: 40 });
  const responses = prepare(callee, [caller], {
    count: 100,
    kind: MessageKind.response,
    bodyBytes: 40,
  });
  tasks.push({
    name: "request and response, 64 bytes, 100 a turn",
    units: 200,
    run: () => {
      send(caller, requests);
      take(callee);
      send(callee, responses);
      take(caller);
    },
  });
}
{
  const from = kit.add(undefined, layout);
  kit.run();
  const bytes = prepare(from, others, { count: 512, kind: MessageKind.lua, bodyBytes: 40 });
  tasks.push({
    name: "request, 64 bytes, to 64 services in turn",
    units: 512,
    run: () => {
      send(from, bytes);
      for (const other of others) take(other);
    },
  });
}
await measure("outbox -> router -> mailbox -> inbox, per frame", tasks);
