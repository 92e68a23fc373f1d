// Pulse: the question and the answer, and what is not one.

import { expect, test } from "vitest";
import { isPulse, pulseAnswer, pulseQuestion, readPulse } from "../../../src/cell/pulse.ts";
import { kernelAddress } from "../../../wire/address.ts";
import { FrameFlag } from "../../../wire/frame.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { frame } from "../../kit/frames.ts";

test("an answer brings its beat and figures across", () => {
  const pulse = { beat: 7, services: 12, waiting: 345, rssKib: 67_890 };
  const words = pulseAnswer(pulse);

  expect(isPulse(words, 0)).toBe(true);
  expect(readPulse(words, 0)).toEqual(pulse);
});

test("a question is a pulse without figures", () => {
  const words = pulseQuestion(9);

  expect(isPulse(words, 0)).toBe(true);
  expect(readPulse(words, 0)).toEqual({ beat: 9, services: 0, waiting: 0, rssKib: 0 });
});

test("figures that are cut short, or go on, read as none", () => {
  const fields = { kind: MessageKind.harbor, destination: kernelAddress, session: 3 };

  for (const bytes of [4, 8, 11, 13, 16]) {
    const words = frame({ ...fields, body: new Uint8Array(bytes).fill(1) });
    expect(readPulse(words, 0)).toEqual({ beat: 3, services: 0, waiting: 0, rssKib: 0 });
  }
});

test.each([
  ["to a service", { destination: 0x0100_000b, kind: MessageKind.harbor }],
  ["of another kind", { destination: kernelAddress, kind: MessageKind.lua }],
  ["with a flag", { destination: kernelAddress, kind: MessageKind.harbor, flags: FrameFlag.named }],
])("a frame %s is no pulse", (_what, fields) => {
  expect(isPulse(frame(fields), 0)).toBe(false);
});
