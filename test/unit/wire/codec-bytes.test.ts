// Codec, unpacking: bytes of strangers, their bounds and what they may cost.

import { Packr, unpack as msgpackrUnpack } from "msgpackr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CodedError } from "../../../wire/coded-error.ts";
import { decode, encode } from "../../../wire/codec.ts";
import { limits } from "../../../wire/limits.ts";

const { packDepthMax, packValuesMax } = limits;

function failureOf(bytes: readonly number[] | Uint8Array, from?: number, to?: number): string {
  try {
    decode(Uint8Array.from(bytes), from, to);
  } catch (error) {
    const { code, message } = error as CodedError;
    return `${code}: ${message}`;
  }
  return "values";
}

/** An array of 32 bits around `count` times the same bytes. */
function arrayOf(count: number, item: readonly number[]): Uint8Array {
  const body = new Uint8Array(5 + count * item.length);
  body.set([0xdd, count >>> 24, (count >>> 16) & 0xff, (count >>> 8) & 0xff, count & 0xff]);
  for (let index = 0; index < count; index++) body.set(item, 5 + index * item.length);
  return body;
}

/** A Map of `count` entries, all of the same key. */
function mapOf(count: number): Uint8Array {
  const entries = arrayOf(count, [7, 7]);
  entries[0] = 0xdf;
  const size = entries.length;
  const sizeBytes = [size >>> 24, (size >>> 16) & 0xff, (size >>> 8) & 0xff, size & 0xff];
  const body = new Uint8Array(6 + size);
  body.set([0xc9, ...sizeBytes, 0x6d]);
  body.set(entries, 6);
  return body;
}

function nestedArrays(depth: number): number[] {
  return [...Array.from({ length: depth }, () => 0x91), 7];
}

/** Bytes of heap that each item of the body's one array holds. */
function heldBy(body: Uint8Array): number {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const held = decode(body);
  globalThis.gc?.();
  return (process.memoryUsage().heapUsed - before) / (held[0] as unknown[]).length;
}

describe("unpacking", () => {
  test("says where the bytes stop making sense", () => {
    expect(failureOf([1, 0xa3, 0x67])).toBe(
      "UNPACK_MALFORMED: byte 2 of the body: a value is cut off",
    );
  });

  test.each([
    [-1, 3],
    [2, 1],
    [0, 4],
    [0.5, 3],
    [Number.NaN, 3],
  ])("refuses %d to %d as a range of three bytes", (from, to) => {
    expect(failureOf([1, 2, 3], from, to)).toMatch(/^UNPACK_MALFORMED: .* is no range/);
  });

  test("gives bytes that are a copy", () => {
    const body = encode([Uint8Array.of(1, 2)]);
    const [copy] = decode(body) as [Uint8Array];
    body.fill(9);

    expect(copy).toEqual(Uint8Array.of(1, 2));
    expect(copy.buffer.byteLength).toBe(2);
  });

  test("gives objects and arrays of the usual kind", () => {
    const [fields, items] = decode(encode([{ a: 1 }, [1]]));

    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
    expect(Array.isArray(items)).toBe(true);
  });

  test("goes on well after bytes that were malformed", () => {
    failureOf([0x81, 0xa1, 0x61, 0xc1]);

    expect(decode(encode([{ a: [1] }, 2]))).toStrictEqual([{ a: [1] }, 2]);
  });

  test("lets the last of two fields of one name count", () => {
    expect(decode(Uint8Array.of(0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2))).toStrictEqual([{ a: 2 }]);
  });

  test("does not take a text for another that looks like it to the cache", () => {
    const alike = ["abcdefgh-ijkl", "axcdefgh-ijkl", "abcxefgh-ijkl", "abcdefgx-ijkl", "a\0", "a"];
    const sent = [...alike, ...alike.toReversed(), ...alike];

    expect(decode(encode(sent))).toEqual(sent);
  });

  test("reads texts that do not fit into the cache together", () => {
    const sent = Array.from({ length: 5000 }, (_, index) => `field number ${index * 7}`);

    expect(decode(encode([sent, sent]))).toEqual([sent, sent]);
  });
});

describe("unpacking with a setter on a prototype, which unpacks in its turn,", () => {
  const trap = [0xa4, 0x74, 0x72, 0x61, 0x70];

  beforeEach(() => {
    const inner = encode([1, [2, 3], "longer than what is around it"]);
    // oxlint-disable-next-line no-extend-native -- an author may do so; it is taken off again below
    Object.defineProperty(Object.prototype, "trap", {
      configurable: true,
      set() {
        decode(inner);
      },
    });
  });

  afterEach(() => {
    Reflect.deleteProperty(Object.prototype, "trap");
  });

  test("goes on where it was", () => {
    const read = decode(encode([0, { before: 1, trap: 2, after: [3] }, "end"]));

    expect(read).toEqual([0, { before: 1, after: [3] }, "end"]);
  });

  test("goes on with its own count of values", () => {
    const most = arrayOf(packValuesMax - 10, [7]);
    const more = arrayOf(20, [7]);

    expect(failureOf([...most, 0x81, ...trap, 1, ...more])).toMatch(/more than 262144 values/);
  });

  test("tells places of its own body", () => {
    expect(failureOf([9, 9, 9, 0x81, ...trap, 1, 0xc1], 3)).toMatch(/byte 8 of the body/);
  });
});

describe("bounds of unpacking", () => {
  test(`are ${packDepthMax} containers around a value`, () => {
    expect(failureOf(nestedArrays(packDepthMax))).toBe("values");
    expect(failureOf(nestedArrays(packDepthMax + 1))).toMatch(/nested deeper than 32/);
  });

  test("hold for Maps inside of Maps", () => {
    let body = [0x80];
    for (let depth = 0; depth <= packDepthMax; depth++) {
      const entry = depth === 0 ? body : [0x81, 7, ...body];
      body = [0xc8, entry.length >> 8, entry.length & 0xff, 0x6d, ...entry];
    }

    expect(failureOf(body)).toBe("values");
    expect(
      failureOf([0xc8, (body.length + 2) >> 8, (body.length + 2) & 0xff, 0x6d, 0x81, 7, ...body]),
    ).toMatch(/nested deeper than 32/);
  });

  test(`are ${packValuesMax} values`, () => {
    expect(failureOf(arrayOf(packValuesMax - 1, [7]))).toBe("values");
    expect(failureOf(arrayOf(packValuesMax, [7]))).toMatch(/more than 262144 values/);
    expect(failureOf(mapOf(packValuesMax / 2 - 1))).toBe("values");
    expect(failureOf(mapOf(packValuesMax / 2))).toMatch(/more than 262144 values/);
    expect(failureOf(new Uint8Array(packValuesMax + 1))).toMatch(/more than 262144 values/);
  });

  test("refuse a count before anything of its size is made", () => {
    expect(failureOf([0xdd, 0xff, 0xff, 0xff, 0xff, 0])).toMatch(/a count is over the bytes/);
    expect(failureOf([0xdf, 0, 0, 0, 2, 0xa0, 0, 0xa0])).toMatch(/a count is over the bytes/);
    expect(failureOf([0xc7, 3, 0x73, 0xdc, 0, 1])).toMatch(/a count is over the bytes/);
    expect(failureOf([0xc7, 2, 0x6d, 0x81, 7])).toMatch(/a count is over the bytes/);
    expect(failureOf([0xc7, 3, 0x6d, 0x81, 7])).toMatch(/a value is cut off/);
  });

  test("keep a container's reading inside of its extension", () => {
    expect(failureOf([0xc7, 2, 0x73, 0x92, 1, 2])).toMatch(/a count is over the bytes/);
    expect(failureOf([0xc7, 3, 0x73, 0x91, 0xa5, 0x61, 0x61, 0x61, 0x61, 0x61])).toMatch(
      /a value is cut off/,
    );
  });

  test("refuse a bigint and a date of another size", () => {
    const long = limits.packBigintBytesMax + 1;
    const bigint = [0xc8, long >> 8, long & 0xff, 0x42, ...Array.from({ length: long }, () => 1)];

    expect(failureOf(bigint)).toMatch(/1025 bytes of extension 0x42 are not known/);
    expect(failureOf([0xd5, 0xff, 0, 0])).toMatch(/2 bytes of extension 0xff are not known/);
    expect(failureOf([0xc7, 12, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0])).toMatch(
      /12 bytes of extension 0xff/,
    );
  });
});

describe("a stranger's body of names that are numbers", () => {
  test("costs its reader no more than a table for each object", () => {
    const oneFieldFarOff = [0x81, 0xa4, 0x31, 0x30, 0x32, 0x33, 0];

    expect(heldBy(arrayOf(5000, oneFieldFarOff))).toBeLessThan(1000);
  });

  test("keeps the fields' order and values as of any object", () => {
    const fields = { 5: "a", 1023: "b", 70_000: "c", name: "d" };

    const [read] = decode(encode([fields]));

    expect(read).toStrictEqual(fields);
    expect(Object.keys(read as object)).toEqual(["5", "1023", "70000", "name"]);
  });
});

describe("msgpackr", () => {
  const plain = [
    null,
    true,
    false,
    0,
    -1,
    200,
    -200,
    70_000,
    -70_000,
    2 ** 31,
    1.5,
    "get",
    "é€😀",
    "x".repeat(300),
    [1, [2, "a"]],
    { id: 7, pos: { x: 1.5, y: -2 } },
    Array.from({ length: 70 }, (_, index) => index),
  ];

  test("reads plain data as it was packed here", () => {
    expect(plain.map((value) => msgpackrUnpack(encode([value])) as unknown)).toStrictEqual(plain);
  });

  test("writes plain data as it is read here", () => {
    const packr = new Packr({ useRecords: false, variableMapSize: true });

    expect(plain.flatMap((value) => decode(packr.pack(value)))).toStrictEqual(plain);
  });

  test("has the same form for undefined, dates, bytes and bigints", () => {
    const values = [
      undefined,
      new Date(1234),
      new Date(1_700_000_000_123),
      2n ** 70n,
      -(2n ** 70n),
    ];

    expect(values.map((value) => msgpackrUnpack(encode([value])) as unknown)).toStrictEqual(values);
    expect([...(msgpackrUnpack(encode([Uint8Array.of(1, 2)])) as Uint8Array)]).toEqual([1, 2]);
  });
});
