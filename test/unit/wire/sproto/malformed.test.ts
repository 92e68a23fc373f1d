// Sproto: bytes of a stranger that are not of the schema, and such that a newer peer may send.

import { describe, expect, test } from "vitest";
import { unpack } from "../../../../wire/sproto/packing.ts";
import { parse } from "../../../../wire/sproto/sproto.ts";

const sproto = parse(`
.T {
  i 0 : integer
  b 1 : boolean
  s 2 : string
  d 3 : double
  t 4 : T
  is 5 : *integer
  ds 6 : *double
  ss 7 : *string
  ts 8 : *T
}
`);

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const malformed = expect.objectContaining({ code: "SPROTO_MALFORMED" }) as Error;

/** A message with one field, in the data part. */
function field(tag: number, data: string): Uint8Array {
  const gap = tag === 0 ? "" : (2 * tag - 1).toString(16).padStart(2, "0") + "00";
  const content = data.replaceAll(" ", "");
  const size = (content.length / 2).toString(16).padStart(2, "0");
  return bytesOf(`${tag === 0 ? "01" : "02"}00 ${gap} 0000 ${size}000000 ${content}`);
}

/** A message whose field `t` is another one. */
function within(bytes: Uint8Array): Uint8Array {
  const outer = new Uint8Array(10 + bytes.length);
  outer.set(bytesOf("0200 0700 0000"));
  new DataView(outer.buffer).setUint32(6, bytes.length, true);
  outer.set(bytes, 10);
  return outer;
}

describe("bytes that are not of the schema", () => {
  test.each<[string, Uint8Array]>([
    ["none", bytesOf("")],
    ["half a count", bytesOf("01")],
    ["fewer records than the count", bytesOf("0200 0000")],
    ["no length behind a record", bytesOf("0100 0000 0000")],
    ["a length beyond the end", bytesOf("0100 0000 05000000 00000000")],
    ["a length of four gigabytes", bytesOf("0100 0000 ffffffff 00000000")],
    ["an integer of three bytes", field(0, "010203")],
    ["a boolean in the data", field(1, "01000000")],
    ["a text in a record", bytesOf("0200 0300 0400")],
    ["an array in a record", bytesOf("0200 0900 0400")],
    ["a double of four bytes", field(3, "00000000")],
    ["a struct that is cut off", field(4, "01")],
    ["a struct that ends early", field(4, "0000 00")],
    ["numbers of three bytes", field(5, "03 000000")],
    ["numbers that are cut off", field(5, "04 00000000 0000")],
    ["doubles of four bytes", field(6, "04 00000000")],
    ["texts with half a length", field(7, "0000")],
    ["a text beyond its array", field(7, "02000000 61")],
    ["structs with a length in excess", field(8, "03000000 0000")],
  ])("are refused: %s", (_name, bytes) => {
    expect(() => sproto.decode("T", bytes)).toThrow(malformed);
  });

  test("are refused when nested too deep, and not before", () => {
    let bytes = bytesOf("0000");
    for (let level = 1; level <= 64; level++) {
      expect(() => sproto.decode("T", bytes)).not.toThrow();
      bytes = within(bytes);
    }

    expect(() => sproto.decode("T", within(bytes))).toThrow(/deeper than 64/);
  });

  test("are refused beyond 16 MiB, packed or not", () => {
    expect(() => sproto.decode("T", new Uint8Array(16 * 1024 * 1024 + 1))).toThrow(malformed);
    expect(() => unpack(new Uint8Array(2 * 1024 * 1024 + 1))).toThrow(malformed);
    expect(unpack(new Uint8Array(2 * 1024 * 1024))).toHaveLength(16 * 1024 * 1024);
  });

  test.each(["ff", "ff00", "ff00 01020304050607", "03 01", "ffff"])(
    "are refused when packed ones are cut off: %s",
    (text) => {
      expect(() => unpack(bytesOf(text))).toThrow(malformed);
    },
  );
});

describe("bytes of a newer peer", () => {
  test("may have fields that the schema has not, in between and behind", () => {
    const newer = parse(".T { i 0 : integer more 20 : string b 1 : boolean last 30 : *integer }");
    const bytes = newer.encode("T", { i: 1, more: "more", b: true, last: [1, 2] });

    expect(sproto.decode("T", bytes)).toEqual({ i: 1, b: true });
    expect(parse(".T { more 20 : string }").decode("T", bytes)).toEqual({ more: "more" });
  });

  test("may go on behind the message", () => {
    expect(sproto.decode("T", bytesOf("0100 0400 ffff"))).toEqual({ i: 1 });
  });

  test("may have an array with its width alone", () => {
    expect(sproto.decode("T", field(5, "04"))).toEqual({ is: [] });
  });
});
