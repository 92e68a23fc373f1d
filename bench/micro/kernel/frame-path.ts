// Frame path: what a frame costs from an outbox through router and mailbox into an inbox.
// One kernel, no isolates. Run: node bench/micro/kernel/frame-path.ts
// Invariant: each task moves every frame it puts in, so that no queue grows from run to run.

import { MessageKind } from "../../../wire/message-kind.ts";
import { measure, type Task } from "../measure.ts";
import { addTalker, prepare, send, take } from "./talkers.ts";

function requests(bodyBytes: number, count: number): Task {
  const [from, to] = [addTalker(), addTalker()];
  const bytes = prepare(from, [to], { count, bodyBytes });
  const run = (): void => {
    send(from, bytes);
    take(to);
  };
  return { name: `request, ${bodyBytes + 24} bytes, ${count} a turn`, units: count, run };
}

function calls(): Task {
  const [caller, callee] = [addTalker(), addTalker()];
  const asked = prepare(caller, [callee], { count: 100, bodyBytes: 40 });
  const answered = prepare(callee, [caller], {
    count: 100,
    bodyBytes: 40,
    kind: MessageKind.response,
  });
  const run = (): void => {
    send(caller, asked);
    take(callee);
    send(callee, answered);
    take(caller);
  };
  return { name: "request and response, 64 bytes, 100 a turn", units: 200, run };
}

function fanOut(): Task {
  const from = addTalker();
  const others = Array.from({ length: 64 }, addTalker);
  const bytes = prepare(from, others, { count: 512, bodyBytes: 40 });
  const run = (): void => {
    send(from, bytes);
    for (const other of others) take(other);
  };
  return { name: "request, 64 bytes, to 64 services in turn", units: 512, run };
}

await measure("outbox -> router -> mailbox -> inbox, per frame", [
  requests(40, 1),
  requests(40, 100),
  requests(8, 100),
  requests(400, 100),
  requests(4000, 15),
  calls(),
  fanOut(),
]);
