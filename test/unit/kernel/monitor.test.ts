// Monitor and turn mark: what other threads see of a turn.
// Unit test of src/kernel/monitor.ts and src/kernel/turn-mark.ts.
// Invariant: a look stands for the end of one interval.

import { describe, expect, test } from "vitest";
import { endlessText, Monitor } from "../../../src/kernel/monitor.ts";
import { MarkWord, TurnMark } from "../../../src/kernel/turn-mark.ts";
import { makeAddress } from "../../../wire/address.ts";

function makeMarks(shards: number): { marks: TurnMark[]; words: Int32Array[] } {
  const memory = TurnMark.memory(shards);
  const marks = Array.from({ length: shards }, (_, shard) => new TurnMark(memory, shard));
  return { marks, words: marks.map((mark) => mark.words) };
}

const destination = makeAddress(200, 0x123); // over 2^31: the mark's words are signed
const source = makeAddress(200, 0x456);

describe("turn mark", () => {
  test("has an odd version exactly while a turn runs", () => {
    const { marks } = makeMarks(1);
    const [mark] = marks as [TurnMark];
    const versions = [mark.words[MarkWord.version]];

    mark.begin(destination, source);
    versions.push(mark.words[MarkWord.version]);
    mark.end();
    versions.push(mark.words[MarkWord.version]);

    expect(versions).toEqual([0, 1, 2]);
  });

  test("is written by one shard and leaves the others' words alone", () => {
    const { marks, words } = makeMarks(2);

    (marks[1] as TurnMark).begin(destination, source);

    expect(words[0]).toEqual(new Int32Array(16));
  });
});

describe("monitor", () => {
  test("reports a turn that two looks in a row have seen", () => {
    const { marks, words } = makeMarks(2);
    const monitor = new Monitor();
    (marks[1] as TurnMark).begin(destination, source);

    expect(monitor.look(words)).toEqual([]);
    expect(monitor.look(words)).toEqual([{ shard: 1, source, destination, version: 0 }]);
  });

  test("reports it again at each look while it runs", () => {
    const { marks, words } = makeMarks(1);
    const monitor = new Monitor();
    (marks[0] as TurnMark).begin(destination, source);
    monitor.look(words);
    monitor.look(words);

    expect(monitor.look(words)).toHaveLength(1);
  });

  test("does not report two different turns that it happens to see", () => {
    const { marks, words } = makeMarks(1);
    const [mark] = marks as [TurnMark];
    const monitor = new Monitor();
    mark.begin(destination, source);
    monitor.look(words);
    mark.end();
    mark.begin(destination, source);

    expect(monitor.look(words)).toEqual([]);
  });

  test("does not report a shard that is idle", () => {
    const { words } = makeMarks(1);
    const monitor = new Monitor();
    monitor.look(words);

    expect(monitor.look(words)).toEqual([]);
  });

  test("writes Skynet's line", () => {
    const text = endlessText({ shard: 1, source, destination, version: 42 });

    expect(text).toBe(
      "error: A message from [ :c8000456 ] to [ :c8000123 ] " +
        "maybe in an endless loop (version = 42)",
    );
  });
});
