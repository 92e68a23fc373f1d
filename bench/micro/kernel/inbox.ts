// Inbox: what it costs to move a waiting frame into a service's memory.
// One kernel, no isolates. Run: node bench/micro/kernel/inbox.ts
// Invariant: 100 frames wait before each run.

import { fillInbox } from "../../../src/kernel/inbox.ts";
import { measure, type Task } from "../measure.ts";
import { addTalker, prepare, send } from "./talkers.ts";

function fill(bodyBytes: number): Task {
  const [from, to] = [addTalker(), addTalker()];
  const bytes = prepare(from, [to], { count: 100, bodyBytes });
  return {
    name: `fillInbox, 100 frames of ${bodyBytes + 24} bytes`,
    units: 100,
    before: () => send(from, bytes),
    run: () => fillInbox(to.record, 0, 1),
  };
}

await measure("fillInbox, per frame", [fill(8), fill(40), fill(400)]);
