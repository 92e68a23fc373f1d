// Comparison: frames of two turns side by side, of a guest that may have written anything.

import { describe, expect, test } from "vitest";
import {
  differenceOf,
  framesOf,
  isFault,
  isLogLine,
  tallyOf,
} from "../../../src/shard/comparison.ts";
import type { RecordedTurn } from "../../../src/shard/recording-file.ts";
import { makeAddress, wellKnown } from "../../../wire/address.ts";
import { encode } from "../../../wire/codec.ts";
import { encodeFault } from "../../../wire/fault.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { RecordResult } from "../../../wire/recording.ts";
import { frame } from "../../kit/frames.ts";

const to = makeAddress(1, 0x123);
const { lua, text, error } = MessageKind;

function sent(kind: number, body: Uint8Array, destination = to): Uint32Array {
  return frame({ source: 0, destination, session: 7, kind, body });
}

const three = sent(lua, encode(["price", 3]));
const four = sent(lua, encode(["price", 4]));
const line = sent(text, new Uint8Array([1, 2]), makeAddress(1, wellKnown.logger));

function turn(outbox: Uint32Array, flushed: readonly Uint32Array[] = []): RecordedTurn {
  const flushes = flushed.map((each) => ({ returned: 0, outbox: each }));
  const clock = { nowTicks: 1, nowMicros: 1, clockSeconds: 1, clockMs: 1 };
  return { ...clock, result: RecordResult.completed, inbox: new Uint32Array(0), outbox, flushes };
}

function joined(...parts: Uint32Array[]): Uint32Array {
  const words = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    words.set(part, at);
    at += part.length;
  }
  return words;
}

describe("a turn", () => {
  test("is the same when it sends the same, in however many pieces", () => {
    const played = { result: RecordResult.completed, sent: [three, four] };

    expect(differenceOf(3, turn(joined(three, four)), played)).toBeUndefined();
    expect(differenceOf(3, turn(four, [three]), played)).toBeUndefined();
  });

  test("differs at its first frame that does, which is told in values", () => {
    const played = { result: RecordResult.completed, sent: [joined(three, three)] };

    expect(differenceOf(3, turn(joined(three, four)), played)).toEqual({
      input: 3,
      expected: expect.stringMatching(/^kind 10 to :01000123 session 7, .*\[ 'price', 4 \]$/),
      came: expect.stringMatching(/^kind 10 to :01000123 session 7, .*\[ 'price', 3 \]$/),
    });
  });

  test("differs when it ends in another way", () => {
    const played = { result: RecordResult.dead, sent: [three] };

    expect(differenceOf(0, turn(three), played)).toEqual({
      input: 0,
      expected: "the turn ends",
      came: "the service dies",
    });
  });
});

describe("a tally", () => {
  test("counts what has no counterpart as different", () => {
    const [expected, came] = [framesOf([three]), framesOf([three, four, four])];

    expect(tallyOf(expected, came)).toMatchObject({
      compared: 3,
      different: 2,
      first: { frame: 1, expected: "nothing" },
    });
    expect(tallyOf(came, expected)).toMatchObject({ different: 2, first: { came: "nothing" } });
  });

  test("shows bodies that cannot be read as what can be printed of them", () => {
    const [frames, odd] = [
      framesOf([three]),
      framesOf([sent(lua, new Uint8Array([0xdb, 65, 66]))]),
    ];

    expect(tallyOf(frames, odd).first?.came).toMatch(/, 3 bytes: ·AB$/);
  });
});

test("frames that are not whole end their side", () => {
  const broken = three.slice();
  broken[0] = 4;

  expect(framesOf([joined(three, broken, four)])).toHaveLength(1);
  expect(framesOf([three.subarray(0, 5)])).toHaveLength(0);
});

test("log lines and faults are told from messages", () => {
  const fault = sent(error, encodeFault("REMOTE_FAULT", "no"));
  const frames = framesOf([three, line, fault]);

  expect(frames.map(isLogLine)).toEqual([false, true, false]);
  expect(frames.map(isFault)).toEqual([false, false, true]);
  expect(tallyOf(frames, []).first?.expected).toContain("kind 10");
});
