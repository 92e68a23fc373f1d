// The reader of recordings on damaged files: it says RECORDING_INVALID, or reads what is whole.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRecording } from "../../src/shard/recording-file.ts";
import { encode } from "../../wire/codec.ts";
import { CodedError } from "../../wire/coded-error.ts";
import {
  packedRecord,
  recordChecksum,
  recordingFormat,
  recordingMagic,
  RecordKind,
} from "../../wire/recording.ts";

const facts = { address: 0x100_0101, name: "agent", isTrusted: false, memoryMb: 32 };
const moment = { moment: "2026-01-01T00:00:00.000Z", timeZone: "UTC", node: "v24.0.0" };
const program = { main: "/a.ts", files: [["/a.ts", "1"]], links: [], identity: "{}", seeds: [1] };

function turn(outbox: readonly number[]): Uint32Array {
  const words = Uint32Array.from([0, RecordKind.turn, 5, 6, 7, 0, 0, outbox.length * 4, 8]);
  const record = new Uint32Array([...words, ...outbox, 0]);
  record[0] = record.byteLength;
  record[record.length - 1] = recordChecksum(record, 0, record.length - 1);
  return record;
}

function file(): Uint8Array {
  const start = encode([{ ...facts, ...moment }]);
  const records = [
    packedRecord(RecordKind.start, start, [recordingMagic, recordingFormat]),
    packedRecord(RecordKind.program, encode([program])),
    turn([24, 0, 1, 2, 10, 0]),
    turn([]),
    packedRecord(RecordKind.end, encode(["logoff"])),
  ];
  return Buffer.concat(records.map((record) => new Uint8Array(record.buffer)));
}

/** The code it is refused with, or how it ends. */
function outcome(bytes: Uint8Array): string | undefined {
  try {
    return readRecording(bytes).ending;
  } catch (error) {
    return (error as CodedError).code;
  }
}

describe("a recording", () => {
  test("is read as it was written", () => {
    const { start, turns, ending } = readRecording(file());

    expect(start.name).toBe("agent");
    expect(turns.map(({ nowTicks, outbox }) => [nowTicks, outbox.length])).toEqual([
      [5, 6],
      [5, 0],
    ]);
    expect(ending).toBe("logoff");
  });

  test("whose end is missing is read up to there", () => {
    const { turns, ending } = readRecording(file().subarray(0, -8));

    expect(turns).toHaveLength(2);
    expect(ending).toBeUndefined();
  });

  test("with a byte changed is refused", () => {
    const whole = file();
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = whole.slice();
        bytes[at] = (bytes[at] as number) ^ change;
        // A length that reaches beyond the end looks like a file that is cut off.
        expect(outcome(bytes)).toBeOneOf(["RECORDING_INVALID", undefined]);
      }),
    );
  });

  test("of any bytes is refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => readRecording(bytes)).toThrow(CodedError);
      }),
    );
  });
});
