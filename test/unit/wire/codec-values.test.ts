// Codec, packing: what is taken, what is refused and where, the bounds at their edge.

import { describe, expect, test } from "vitest";
import type { CodedError } from "../../../wire/coded-error.ts";
import { decode, encode, encodeInto } from "../../../wire/codec.ts";
import { frameHeaderBytes } from "../../../wire/frame.ts";
import { limits } from "../../../wire/limits.ts";

const { packDepthMax, packValuesMax, packBigintBytesMax, messageBytesMax } = limits;

function failureOf(...values: unknown[]): string {
  try {
    encode(values);
  } catch (error) {
    const { code, message } = error as CodedError;
    return `${code}: ${message}`;
  }
  return "packed";
}

function codeOf(value: unknown): string {
  return failureOf(value).replace(/:.*/, "");
}

const roundTrip = (...values: unknown[]): unknown[] => decode(encode(values));

/** An array in an array, `depth` times, around the value. */
function nested(depth: number, value: unknown): unknown {
  let outer = value;
  for (let level = 0; level < depth; level++) outer = [outer];
  return outer;
}

/** Of tests of the largest bodies, on a machine that does other things as well. */
const large = { timeout: 30_000 };

class Unit {
  hp = 7;
}

describe("packing takes", () => {
  test("undefined at the end of the values", () => {
    expect(roundTrip(1, undefined, undefined)).toStrictEqual([1, undefined, undefined]);
  });

  test("no values as no bytes", () => {
    expect(encode([])).toEqual(new Uint8Array());
    expect(decode(new Uint8Array())).toEqual([]);
  });

  test("holes of arrays as undefined", () => {
    // oxlint-disable-next-line no-sparse-arrays -- this is what it is about
    expect(roundTrip([1, , 3])).toStrictEqual([[1, undefined, 3]]);
  });

  test("an object without prototype as one with it", () => {
    expect(roundTrip(Object.assign(Object.create(null), { hp: 7 }))).toStrictEqual([{ hp: 7 }]);
  });

  test("own enumerable fields with a text as name, and no others", () => {
    const value = { hp: 7, [Symbol("hidden")]: 11 };
    Object.defineProperty(value, "secret", { value: 13, enumerable: false });

    expect(roundTrip(value)).toStrictEqual([{ hp: 7 }]);
  });

  test("what a getter gives", () => {
    const value = {
      get hp() {
        return 7;
      },
    };

    expect(roundTrip(value)).toStrictEqual([{ hp: 7 }]);
  });

  test("a Buffer as bytes, and of a view its part only", () => {
    expect(roundTrip(Buffer.from("hi"), new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toStrictEqual(
      [Uint8Array.of(0x68, 0x69), Uint8Array.of(2, 3)],
    );
  });

  test("an object that is there twice, twice", () => {
    const shared = { hp: 7 };

    const [read] = roundTrip([shared, shared]) as [unknown[]];

    expect(read).toStrictEqual([{ hp: 7 }, { hp: 7 }]);
    expect(read[0]).not.toBe(read[1]);
  });

  test.each([15, 16, 65_535, 65_536])("arrays of %i", (count) => {
    const items = Array.from({ length: count }, (_, index) => index % 7);

    const [read] = roundTrip(items);

    expect(read).toEqual(items);
  });

  test.each([15, 16, 65_536])("objects of %i fields", large, (count) => {
    const names = Array.from({ length: count }, (_, index) => `f${index}`);
    const fields = Object.fromEntries(names.map((name, index) => [name, index]));

    const [read] = roundTrip(fields) as [Record<string, number>];

    expect(Object.keys(read).join()).toBe(names.join());
    expect(Object.values(read).findIndex((value, index) => value !== index)).toBe(-1);
  });

  test.each([31, 32, 255, 256, 65_535, 65_536])("texts and bytes of %i", (size) => {
    const text = "x".repeat(size - 2) + "é";

    expect(roundTrip(text, new Uint8Array(size).fill(7))).toStrictEqual([
      text,
      new Uint8Array(size).fill(7),
    ]);
  });

  test("bytes of its own: packing again does not change them", () => {
    const first = encode(["first"]);
    encode(["other"]);

    expect(decode(first)).toEqual(["first"]);
  });
});

describe("packing refuses", () => {
  test.each([
    ["a function", () => failureOf("x", { pos: { x: () => 1 } }), "1.pos.x: a function"],
    ["a symbol", () => failureOf([1, [Symbol("x")]]), "0[1][0]: a symbol"],
    [
      "an object of a class",
      () => failureOf({ unit: new Unit() }),
      "0.unit: an object of class Unit",
    ],
    ["an Error", () => failureOf(new Error("x")), "0: an object of class Error"],
    ["a Promise", () => failureOf([Promise.resolve()]), "0[0]: an object of class Promise"],
    ["another typed array", () => failureOf(new Int8Array(2)), "0: an object of class Int8Array"],
    [
      "a key of a Map",
      () =>
        failureOf(
          new Map([
            [1, 2],
            [Symbol("x"), 3],
          ] as [unknown, number][]),
        ),
      "0{key 1}: a symbol",
    ],
    [
      "a value in a Map",
      () => failureOf(new Map([[1, { a: Symbol("x") }]])),
      "0{entry 0}.a: a symbol",
    ],
    ["an item of a Set", () => failureOf(new Set([1, Symbol("x")])), "0[1]: a symbol"],
    [
      "what only looks like a Map",
      () => failureOf(Object.create(Map.prototype)),
      "0: an object of class Map",
    ],
    [
      "what only looks like a Date",
      () => failureOf(Object.create(Date.prototype)),
      "0: an object of class Date",
    ],
    [
      "an object of no name",
      () => failureOf(Object.create({ constructor: 7 })),
      "0: an object that is not plain",
    ],
    [
      "a field named __proto__",
      () => failureOf([JSON.parse('{"__proto__":1}')]),
      '0[0]: a field named "__proto__"',
    ],
  ])("%s, with the path to it", (_, failure, text) => {
    expect(failure()).toBe(`PACK_UNSUPPORTED: value ${text} cannot be sent`);
  });

  test("long names only in part in the path", () => {
    expect(failureOf({ ["k".repeat(1000)]: Symbol("x") })).toBe(
      `PACK_UNSUPPORTED: value 0.${"k".repeat(64)}…: a symbol cannot be sent`,
    );
  });

  test("an object that gets fields while it is read", () => {
    const value: Record<string, unknown> = new Proxy(
      { a: 1, b: 2 },
      {
        ownKeys: (target) => {
          const keys = Reflect.ownKeys(target);
          Object.assign(target, { [`c${keys.length}`]: 3 });
          return keys;
        },
      },
    );

    expect(failureOf(value)).toBe(
      "PACK_UNSUPPORTED: value 0: an object that grows while it is read cannot be sent",
    );
  });

  test("no value after one that was refused", () => {
    failureOf(Symbol("x"));

    expect(roundTrip({ hp: 7 })).toStrictEqual([{ hp: 7 }]);
  });
});

describe("packing lets through", () => {
  test("what a getter throws", () => {
    const value = {
      get hp(): number {
        throw new RangeError("of the author");
      },
    };

    expect(() => encode([value])).toThrow(new RangeError("of the author"));
  });

  test("getters that pack and unpack in their turn", () => {
    const value = {
      first: 1,
      get inner() {
        encodeInto([nested(packDepthMax, 3)], new Uint8Array(100), 0);
        return decode(encode([{ a: [1, 2, 3] }]));
      },
      last: 2,
    };

    expect(roundTrip([value], 7)).toStrictEqual([
      [{ first: 1, inner: [{ a: [1, 2, 3] }], last: 2 }],
      7,
    ]);
  });

  test("getters that pack, and counts its own values on", large, () => {
    const value = {
      get inner() {
        return encode([]);
      },
      items: Array.from({ length: packValuesMax - 2 }, () => 7),
    };

    expect(codeOf(value)).toBe("PACK_TOO_MANY");
  });

  test("getters that pack into a larger buffer, and keeps to its own one's end", () => {
    const value = {
      get inner() {
        return encodeInto(["x"], new Uint8Array(1000), 0);
      },
      text: "too long for the rest",
    };

    expect(encodeInto([value], new Uint8Array(20), 0)).toBe(-1);
  });

  test("getters whose own packing fails", () => {
    const value = {
      get inner() {
        return failureOf({ a: Symbol("x") });
      },
      after: Symbol("y"),
    };

    expect(failureOf(0, value)).toBe("PACK_UNSUPPORTED: value 1.after: a symbol cannot be sent");
  });
});

describe("bounds of packing", () => {
  test(`are ${packDepthMax} containers around a value`, () => {
    const deepest = nested(packDepthMax, 7);

    expect(roundTrip(deepest)).toStrictEqual([deepest]);
    expect(failureOf(nested(packDepthMax + 1, 7))).toMatch(
      /^PACK_TOO_DEEP: value 0(\[0\]){32}: nested deeper than 32 \(packDepthMax\), or in itself$/,
    );
  });

  test("count Maps and Sets as containers", () => {
    const map = new Map([[1, nested(packDepthMax - 1, 7)]]);
    const set = new Set([nested(packDepthMax, 7)]);

    expect(roundTrip(map)).toStrictEqual([map]);
    expect(codeOf(set)).toBe("PACK_TOO_DEEP");
  });

  test("end a value that contains itself", () => {
    const itself: unknown[] = [];
    itself.push(itself, itself);

    expect(codeOf(itself)).toBe("PACK_TOO_DEEP");
  });

  test(`are ${packValuesMax} values`, large, () => {
    const most = Array.from({ length: packValuesMax - 1 }, () => 7);

    expect(roundTrip(most)).toStrictEqual([most]);
    expect(failureOf([...most, 7])).toBe(
      `PACK_TOO_MANY: value 0: more than ${packValuesMax} values in one body (packValuesMax)`,
    );
  });

  test("count the values at the top, and keys of Maps, but no names", large, () => {
    const entries = Array.from({ length: packValuesMax / 2 }, (_, index) => [`f${index}`, 7]);
    const map = new Map(entries as [string, number][]);
    const fields = Object.fromEntries(entries) as Record<string, number>;

    expect(codeOf(map)).toBe("PACK_TOO_MANY");
    expect(failureOf(fields)).toBe("packed");
  });

  test(`are ${packBigintBytesMax} bytes of a bigint`, () => {
    const bits = BigInt(packBigintBytesMax * 8 - 1);
    const largest = 2n ** bits - 1n;

    expect(roundTrip(largest, -largest - 1n)).toStrictEqual([largest, -largest - 1n]);
    expect(failureOf(largest + 1n)).toBe(
      "PACK_UNSUPPORTED: value 0: a bigint of more than 1024 bytes cannot be sent",
    );
    expect(failureOf(-largest - 2n)).toMatch(/^PACK_UNSUPPORTED/);
  });

  test("are messageBytesMax less a header", large, () => {
    const head = 5;
    const most = new Uint8Array(messageBytesMax - frameHeaderBytes - head);

    expect(encode([most])).toHaveLength(messageBytesMax - frameHeaderBytes);
    expect(failureOf(most, 7)).toMatch(
      /^MESSAGE_TOO_LARGE: the values take more than 16777192 bytes/,
    );
  });
});

describe("packing into a buffer", () => {
  test("gives -1 when it starts behind the end", () => {
    expect(encodeInto([], new Uint8Array(3), 3)).toBe(3);
    expect(encodeInto([], new Uint8Array(3), 4)).toBe(-1);
    expect(encodeInto([], new Uint8Array(3), -1)).toBe(-1);
  });

  test("refuses a value before it says that the buffer is too short", () => {
    expect(() => encodeInto([Symbol("x"), "long"], new Uint8Array(2), 0)).toThrow(
      expect.objectContaining({ code: "PACK_UNSUPPORTED" }) as Error,
    );
  });
});
