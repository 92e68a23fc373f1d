// Line reader: lines out of chunks, and the bound on their length.

import { describe, expect, test, vi } from "vitest";
import { LineReader } from "../../../src/net/line-reader.ts";

function reading(lineBytesMax: number) {
  const lines: string[] = [];
  const onOverlong = vi.fn();
  const reader = new LineReader(lineBytesMax, { onLine: (line) => lines.push(line), onOverlong });
  return { lines, onOverlong, push: (text: string) => reader.push(Buffer.from(text)), reader };
}

describe("line reader", () => {
  test("hands out each line without its end, be it LF or CR LF", () => {
    const { lines, push } = reading(64);

    push("list\nmem 300\r\n\nstat");

    expect(lines).toEqual(["list", "mem 300", ""]);
  });

  test("joins a line that comes in pieces, a character split among them", () => {
    const { lines, reader } = reading(64);
    const bytes = Buffer.from("call c 'añb'\n");

    for (const byte of bytes) reader.push(Uint8Array.of(byte));

    expect(lines).toEqual(["call c 'añb'"]);
  });

  test("takes a line of exactly the bound, with CR LF after it", () => {
    const { lines, onOverlong, push } = reading(5);

    push("abcde");
    push("\r");
    push("\n");

    expect(lines).toEqual(["abcde"]);
    expect(onOverlong).not.toHaveBeenCalled();
  });

  test("refuses a line of one byte more, and everything after it", () => {
    const { lines, onOverlong, push } = reading(5);

    push("ab\nabcdef\nab\n");
    push("ab\n");

    expect(lines).toEqual(["ab"]);
    expect(onOverlong).toHaveBeenCalledOnce();
  });

  test("gives out what has begun as a line when it is asked for, and not again", () => {
    const { lines, push, reader } = reading(64);

    push("one\n:01000103>");
    expect(reader.takeRest(/^x/)).toBeUndefined();
    expect(reader.takeRest(/>$/)).toBe(":01000103>");
    expect(reader.takeRest(/>$/)).toBeUndefined();
    push("two\n");

    expect(lines).toEqual(["one", "two"]);
  });

  test("refuses a line without an end as soon as it passes the bound", () => {
    const { onOverlong, push } = reading(5);

    push("abcdef");
    expect(onOverlong).not.toHaveBeenCalled();
    push("g");

    expect(onOverlong).toHaveBeenCalledOnce();
  });

  test("hands out a last line without an end when the stream finishes, and nothing later", () => {
    const { lines, reader, push } = reading(64);

    push("list\nmem");
    reader.finish();
    push("stat\n");

    expect(lines).toEqual(["list", "mem"]);
  });
});
