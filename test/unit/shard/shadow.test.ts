// Shadow: what waits for a copy is bounded, and it ends once. Copies that run are in
// test/integration/looked-on.test.ts.

import { describe, expect, test } from "vitest";
import { Shadow } from "../../../src/shard/shadow.ts";
import { encode } from "../../../wire/codec.ts";
import { limits } from "../../../wire/limits.ts";
import { packedRecord, recordChecksum, RecordKind } from "../../../wire/recording.ts";

const frameWords = limits.inboxBytes / 4;

/** A turn with a full inbox. */
function turn(): Uint8Array {
  const record = new Uint32Array(10 + frameWords);
  record.set([record.byteLength, RecordKind.turn, 1, 1, 1, 0, limits.inboxBytes, 0, 1]);
  record[record.length - 1] = recordChecksum(record, 0, record.length - 1);
  return new Uint8Array(record.buffer);
}

function makeShadow(): { shadow: Shadow; endings: string[]; pass: (ms: number) => void } {
  const endings: string[] = [];
  let now = 0;
  const terms = { isTrusted: true, memoryMb: 16, sliceMs: 100 };
  const never = {} as never;
  const shadow = new Shadow({
    address: 0x100_0101,
    terms,
    engine: never,
    mark: { blame: () => {} } as never,
    source: "",
    loadMsMax: 100,
    nowMs: () => now,
    originalCpuMs: () => 3,
    onDifference: () => {},
    onEnded: (why) => endings.push(why),
  });
  return { shadow, endings, pass: (ms) => (now += ms) };
}

describe("a shadow", () => {
  test("that falls too far behind ends, and says so", async () => {
    const { shadow, endings } = makeShadow();
    const most = Math.ceil(limits.shadowBacklogBytesMax / limits.inboxBytes);
    for (let left = most; left > 0; left--) shadow.push(turn(), false);
    shadow.push(turn(), false);
    shadow.play(1);
    await shadow.ended;

    expect(endings).toHaveLength(1);
    expect(endings[0]).toMatch(/^the copy is \d+ bytes behind \(shadowBacklogBytesMax\)/);
    expect(shadow.report()).toMatchObject({ inputs: 0, behindBytes: 0, ending: endings[0] });
  });

  test("whose service has ended ends as well, and leaves out what takes too long", () => {
    const { shadow, endings, pass } = makeShadow();
    shadow.push(turn(), false);
    const end = packedRecord(RecordKind.end, encode(["the service has ended"]));
    shadow.push(new Uint8Array(end.buffer), true);
    pass(limits.shadowFinishMsMax + 1);
    shadow.play(1);
    shadow.end("once more");

    expect(endings).toEqual(["the service has ended; 1 inputs were not played"]);
  });

  test("whose copy cannot be made ends with the reason", () => {
    const { shadow, endings } = makeShadow();
    shadow.push(turn(), false);
    shadow.play(1);

    expect(endings).toEqual([expect.stringContaining("the copy fails: ")]);
    expect(shadow.report()).toMatchObject({ errors: 1 });
  });

  test("takes a record that comes in pieces", () => {
    const { shadow } = makeShadow();
    const bytes = turn();
    shadow.push(bytes.slice(0, 400), false);
    expect(shadow.isIdle).toBe(true);

    shadow.push(bytes.slice(400), false);

    expect(shadow.isIdle).toBe(false);
    expect(shadow.report().behindBytes).toBeGreaterThan(limits.inboxBytes);
  });
});
