// Sproto: which values a field takes, what it gives back, and what is refused.

import { describe, expect, test } from "vitest";
import { parse } from "../../../../wire/sproto/sproto.ts";

const sproto = parse(`
.T {
  i 0 : integer
  f 1 : integer(3)
  b 2 : boolean
  s 3 : string
  raw 4 : binary
  d 5 : double
  t 6 : T
  is 7 : *integer
  ts 8 : *T
  by 9 : *T(i)
  map 10 : *Pair()
  constructor 11 : string
}
.Pair { value 7 : string  key 2 : integer }
empty 1 {}
part 2 { request { n 0 : integer } response nil }
`);

const thereAndBack = (value: object): unknown => sproto.decode("T", sproto.encode("T", value));
const invalid = expect.objectContaining({ code: "ARGUMENT_INVALID" }) as Error;

describe("an integer", () => {
  test.each([0, 1, -1, 0x7ffe, 0x7fff, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1])(
    "comes back: %i",
    (i) => {
      expect(thereAndBack({ i, is: [i, 0] })).toEqual({ i, is: [i, 0] });
    },
  );

  test("is a number while numbers are exact, and else a bigint", () => {
    const largest = BigInt(Number.MAX_SAFE_INTEGER);

    expect(thereAndBack({ i: largest })).toEqual({ i: Number.MAX_SAFE_INTEGER });
    expect(thereAndBack({ i: largest + 1n })).toEqual({ i: largest + 1n });
    expect(thereAndBack({ i: 2 ** 60 })).toEqual({ i: 2n ** 60n });
    expect(thereAndBack({ is: [2n ** 63n - 1n, -(2n ** 63n)] })).toEqual({
      is: [2n ** 63n - 1n, -(2n ** 63n)],
    });
  });

  test.each([1.5, Number.NaN, Infinity, 2 ** 63, 2n ** 63n, "1", true, {}])("cannot be %s", (i) => {
    expect(() => sproto.encode("T", { i })).toThrow(invalid);
    expect(() => sproto.encode("T", { is: [0, i] })).toThrow(/T\.is\[1\] must be/);
  });

  test("with decimals is rounded to them, halves away from zero", () => {
    expect(thereAndBack({ f: 1.2345 })).toEqual({ f: 1.235 });
    expect(thereAndBack({ f: -0.0625 })).toEqual({ f: -0.063 });
    expect(() => sproto.encode("T", { f: 1n })).toThrow(invalid);
    expect(() => sproto.encode("T", { f: 1e300 })).toThrow(invalid);
  });
});

describe("a field", () => {
  test("that is undefined or null is left out", () => {
    expect(thereAndBack({ i: undefined, s: null, b: false })).toEqual({ b: false });
  });

  test("is never read from a prototype", () => {
    expect(thereAndBack({})).toEqual({});
    expect(thereAndBack({ constructor: "mine" })).toEqual({ constructor: "mine" });
  });

  test("of bytes or text takes either, and gives its own", () => {
    const value = { s: Uint8Array.of(0x68, 0x69), raw: "é" };

    expect(thereAndBack(value)).toEqual({ s: "hi", raw: Uint8Array.of(0xc3, 0xa9) });
  });

  test("of bytes is a copy", () => {
    const bytes = Buffer.from(sproto.encode("T", { raw: Uint8Array.of(7) }));
    const { raw } = sproto.decode("T", bytes);
    bytes.fill(0);

    expect(raw).toEqual(Uint8Array.of(7));
  });

  test.each<[string, unknown]>([
    ["b", 1],
    ["s", 1],
    ["raw", [1]],
    ["d", "1"],
    ["t", "text"],
    ["is", 1],
    ["ts", new Map()],
    ["ts", [undefined]],
    ["by", 1],
    ["map", [1]],
    ["map", { 1: "a" }],
    ["map", new Map([[1, undefined]])],
  ])("%s cannot be %j", (name, value) => {
    expect(() => sproto.encode("T", { [name]: value })).toThrow(invalid);
  });
});

describe("structs by a key", () => {
  const by = new Map([[3, { i: 3, s: "x" }]]);

  test.each<[string, unknown]>([
    ["a Map", by],
    ["an array", [...by.values()]],
    ["an object", { any: by.get(3) }],
  ])("come from %s, and are a Map", (_name, given) => {
    expect(thereAndBack({ by: given })).toEqual({ by });
  });

  test("need the key", () => {
    const bytes = sproto.encode("T", { by: [{ s: "no key" }] });

    expect(() => sproto.decode("T", bytes)).toThrow(
      expect.objectContaining({ code: "SPROTO_MALFORMED" }),
    );
  });

  test("of two fields are keys and values, in the order of the tags", () => {
    const map = new Map([[5, "five"]]);

    expect(thereAndBack({ map })).toEqual({ map });
    expect(sproto.encode("T", { map })).toEqual(
      parse(".T { map 10 : *P } .P { key 2 : integer value 7 : string }").encode("T", {
        map: [{ key: 5, value: "five" }],
      }),
    );
  });
});

describe("depth and size", () => {
  function nested(levels: number): object {
    let value: object = {};
    for (let level = 1; level < levels; level++) value = { t: value };
    return value;
  }

  test("are bounded when encoding", () => {
    const cycle: { t?: object } = {};
    cycle.t = cycle;

    expect(() => sproto.encode("T", nested(64))).not.toThrow();
    expect(() => sproto.encode("T", nested(65))).toThrow(/deeper than 64/);
    expect(() => sproto.encode("T", cycle)).toThrow(invalid);
    expect(() => sproto.encode("T", { raw: new Uint8Array(16 * 1024 * 1024) })).toThrow(
      /encodedBytesMax/,
    );
  });
});

describe("a default object", () => {
  test("has every field, and encodes", () => {
    const value = sproto.default("T") ?? {};

    expect(value).toEqual({
      i: 0,
      f: 0,
      b: false,
      s: "",
      raw: new Uint8Array(),
      d: 0,
      t: {},
      is: [],
      ts: [],
      by: new Map(),
      map: new Map(),
      constructor: "",
    });
    expect(thereAndBack(value)).toEqual(value);
  });

  test("of a protocol is that of its part, if it has one", () => {
    expect(sproto.default("part", "request")).toEqual({ n: 0 });
    expect(sproto.default("part", "response")).toBeUndefined();
    expect(sproto.default("empty", "request")).toBeUndefined();
    expect(() => sproto.default("part", "REQUEST" as "request")).toThrow(invalid);
  });
});

describe("a name that is not there", () => {
  test("is told", () => {
    expect(() => sproto.encode("U", {})).toThrow(/no type U/);
    expect(() => sproto.decode("U", new Uint8Array())).toThrow(invalid);
    expect(() => sproto.queryProto("U")).toThrow(/no protocol U/);
    expect(() => sproto.decode("T", "bytes" as unknown as Uint8Array)).toThrow(invalid);
    expect(() => sproto.pdecode("T", "bytes" as unknown as Uint8Array)).toThrow(invalid);
  });
});
