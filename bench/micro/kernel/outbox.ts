// Outbox: what reading and routing a frame costs.
// One kernel, no isolates. Run: node bench/micro/kernel/outbox.ts
// Invariant: the mailbox is empty before each run.

import { measure, type Task } from "../measure.ts";
import { addTalker, prepare, send } from "./talkers.ts";

function drain(bodyBytes: number): Task {
  const [from, to] = [addTalker(), addTalker()];
  const bytes = prepare(from, [to], { count: 100, bodyBytes });
  return {
    name: `drainOutbox, 100 frames of ${bodyBytes + 24} bytes`,
    units: 100,
    before: () => to.record.mailbox.drain(() => {}),
    run: () => send(from, bytes),
  };
}

await measure("drainOutbox, per frame", [drain(8), drain(40), drain(400)]);
