// Trail: the last messages of a service, as a post-mortem record shows them.

import { expect, test } from "vitest";
import { Trail } from "../../../src/cell/trail.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { frame } from "../../kit/frames.ts";

test("a trail that nothing has come by is empty", () => {
  expect(new Trail().lines()).toEqual([]);
});

test("a message leaves its number, kind, sender, session and size, and nothing of its body", () => {
  const trail = new Trail();
  trail.note(frame({ source: 0x0100_000b, session: 7, body: "secret" }), 0);
  trail.note(frame({ source: 0x0100_000c, kind: MessageKind.response }), 0);
  trail.note(frame({ source: 0x0100_000c, kind: 200 }), 0);

  expect(trail.lines()).toEqual([
    "#1 lua from :0100000b, session 7, 30 bytes",
    "#2 response from :0100000c, session 0, 24 bytes",
    "#3 200 from :0100000c, session 0, 24 bytes",
  ]);
});

test("the last eight are kept, the latest last", () => {
  const trail = new Trail();
  for (let session = 1; session <= 21; session++) trail.note(frame({ session }), 0);

  const lines = trail.lines();
  expect(lines).toHaveLength(8);
  expect(lines[0]).toMatch(/^#14 .* session 14,/);
  expect(lines[7]).toMatch(/^#21 .* session 21,/);
});

test("a message is found at its place among others", () => {
  const trail = new Trail();
  const words = new Uint32Array([...frame({ session: 1 }), ...frame({ session: 2 })]);

  trail.note(words, 6);

  expect(trail.lines()).toEqual([expect.stringContaining("session 2")]);
});
