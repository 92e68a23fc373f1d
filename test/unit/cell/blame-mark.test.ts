// Blame mark: the cell's end and the host's end of one file.

import { readdirSync, writeSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { BlameFile, BlameMark } from "../../../src/cell/blame-mark.ts";
import { MarkWord } from "../../../src/kernel/turn-mark.ts";
import { makeFolder } from "../../kit/folder.ts";

/** Both ends; closed with the test. */
function makeEnds() {
  const folder = makeFolder();
  const file = new BlameFile(folder);
  onTestFinished(() => file.close());
  return { folder, file, mark: new BlameMark(file.fd) };
}

describe("a blame mark", () => {
  test("blames nobody before the first turn", () => {
    expect(makeEnds().file.read()).toBeUndefined();
  });

  test("names the service whose turn begins, and goes on naming it", () => {
    const { file, mark } = makeEnds();

    mark.begin(0x0100_010a, 0x0100_000b);
    expect(file.read()).toBe(0x0100_010a);
    mark.end();
    expect(file.read()).toBe(0x0100_010a);
    mark.begin(0xff00_010b, 0x0100_000b);
    expect(file.read()).toBe(0xff00_010b);
  });

  test("names whom it is told to outside a turn, and nobody with 0", () => {
    const { file, mark } = makeEnds();

    mark.blame(0x0100_010c);
    expect(file.read()).toBe(0x0100_010c);
    mark.blame(0);
    expect(file.read()).toBeUndefined();
  });

  test("is the shard's turn mark as well", () => {
    const { mark } = makeEnds();

    mark.begin(0x0100_010a, 0x0100_000b);

    expect((mark.words[MarkWord.destination] as number) >>> 0).toBe(0x0100_010a);
  });
});

describe("a blame file", () => {
  test("leaves no name behind that another could open", () => {
    expect(readdirSync(makeEnds().folder)).toEqual([]);
  });

  test("that is cut short blames nobody", () => {
    const { file } = makeEnds();
    writeSync(file.fd, Uint8Array.of(1, 2), 0, 2, 0);

    expect(file.read()).toBeUndefined();
  });

  test("that is closed blames nobody, and may be closed again", () => {
    const { file, mark } = makeEnds();
    mark.blame(0x0100_010a);
    file.close();
    file.close();

    expect(file.read()).toBeUndefined();
  });
});
