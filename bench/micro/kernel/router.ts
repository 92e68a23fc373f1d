// Router: what it costs to post a frame to a mailbox on the same shard, and to refuse one.
// One kernel, no isolates. Run: node bench/micro/kernel/router.ts
// Invariant: the mailbox is empty before each run.

import { frame } from "../../../test/kit/frames.ts";
import { measure, type Task } from "../measure.ts";
import { addTalker, router } from "./talkers.ts";

const units = 100;

function post(name: string, bodyBytes: number, destination?: number): Task {
  const [from, to] = [addTalker(), addTalker()];
  const words = frame({
    source: from.address,
    destination: destination ?? to.address,
    session: 7,
    body: new Uint8Array(bodyBytes),
  });
  return {
    name,
    units,
    before: () => {
      for (const { record } of [from, to]) record.mailbox.drain(() => {});
    },
    run: () => {
      for (let left = units; left > 0; left--) router.post(words, 0);
    },
  };
}

await measure("router.post, per frame", [
  post("post, 64 bytes", 40),
  post("post, 424 bytes", 400),
  post("refuse: ADDRESS_UNKNOWN to the source", 40, 0x01ff_ff00),
]);
