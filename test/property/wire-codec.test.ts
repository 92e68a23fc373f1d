// Codec: any values, any bytes, any room.
// Property test of wire/codec.ts. fast-check prints the seed and the shortest failing run.
// Invariant: values come back as they went; bytes of a stranger give values or UNPACK_MALFORMED,
// within their bounds; a buffer that is too short gives -1 and nothing behind its end is touched.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodedError } from "../../wire/coded-error.ts";
import { decode, encode, encodeInto } from "../../wire/codec.ts";

const canary = 0xa5;
const margin = 16;
const nothing = new Uint8Array();

const integer = fc.oneof(
  fc.constantFrom(0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000),
  fc.constantFrom(-0x20, -0x21, -0x80, -0x81, -0x8000, -0x8001, -0x8000_0000, -0x8000_0001),
  fc.maxSafeInteger(),
);
const time = fc.oneof(
  fc.constantFrom(-8.64e15, 8.64e15, 0, -1, 2 ** 32 * 1000, 2 ** 34 * 1000, 2 ** 34 * 1000 - 1),
  fc.integer({ min: -8.64e15, max: 8.64e15 }),
  fc.constant(Number.NaN),
);
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 70 }),
  fc.constantFrom("get", "x".repeat(31), "x".repeat(32), "é".repeat(128), "😀".repeat(64)),
);
const name = text.filter((key) => key !== "__proto__");
const bytes = fc.uint8Array({ maxLength: 300 }).map((content) => Uint8Array.from(content));
const scalar = fc.oneof(
  integer,
  fc.double(),
  text,
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  time.map((milliseconds) => new Date(milliseconds)),
  bytes,
);

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(name, tie("value"), { maxKeys: 20, noNullPrototype: true }),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 5 }).map((all) => new Map(all)),
    fc.array(tie("value"), { maxLength: 5 }).map((items) => new Set(items)),
  ),
}));
const values = fc.array(value, { maxLength: 4 });

/**
 * Reads the body from the middle of a larger buffer, where a read too far would see other bytes.
 */
function decodeAmongCanaries(body: Uint8Array): unknown[] {
  const around = new Uint8Array(body.length + 2 * margin).fill(canary);
  around.set(body, margin);
  return decode(around.subarray(margin, margin + body.length));
}

/** What reading threw; undefined for values, which can then be packed again. */
function failureOf(body: Uint8Array): unknown {
  try {
    encode(decodeAmongCanaries(body));
    return undefined;
  } catch (error) {
    return error;
  }
}

function expectValuesOrMalformed(body: Uint8Array): void {
  const failure = failureOf(body);
  if (failure === undefined) return;
  expect(failure).toBeInstanceOf(CodedError);
  expect((failure as CodedError).code).toBe("UNPACK_MALFORMED");
}

describe("any values", () => {
  test("come back as they went", () => {
    fc.assert(
      fc.property(values, (sent) => {
        expect(decode(encode(sent))).toStrictEqual(sent);
      }),
    );
  });

  test("are packed in the same way again when they have come back", () => {
    fc.assert(
      fc.property(values, (sent) => {
        const body = encode(sent);

        expect(encode(decode(body))).toEqual(body);
      }),
    );
  });

  test("are read from within a larger buffer, of shared memory too", () => {
    fc.assert(
      fc.property(values, fc.nat(50), (sent, at) => {
        const body = encode(sent);
        const shared = new Uint8Array(new SharedArrayBuffer(body.length + at + margin));
        shared.fill(canary);
        shared.set(body, at);

        expect(decode(shared, at, at + body.length)).toStrictEqual(sent);
      }),
    );
  });

  test("fit in a buffer of their size and in no shorter one", () => {
    fc.assert(
      fc.property(values, fc.nat(9), (sent, at) => {
        const body = encode(sent);
        for (let size = Math.max(0, body.length - 20); size <= body.length + 2; size++) {
          const around = new Uint8Array(at + size + margin).fill(canary);

          const end = encodeInto(sent, around.subarray(0, at + size), at);

          expect(end).toBe(size < body.length ? -1 : at + body.length);
          expect(around.subarray(at + size)).toEqual(new Uint8Array(margin).fill(canary));
          expect(around.slice(at, end === -1 ? at : end)).toEqual(end === -1 ? nothing : body);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("any bytes", () => {
  test("are values or malformed", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), expectValuesOrMalformed), {
      numRuns: 3000,
    });
  });

  test("that start as a container does are values or malformed", () => {
    const start = fc.constantFrom(0x82, 0x92, 0xdc, 0xdd, 0xde, 0xdf, 0xc7, 0xc8, 0xc9, 0xd4, 0xd8);
    const likely = fc.oneof(
      fc.constantFrom(0, 1, 2, 0x6d, 0x73, 0x42, 0xff, 0x90, 0x80, 0xa1, 0x61, 0xc0),
      fc.nat(255),
    );
    const body = fc.array(likely, { maxLength: 60 });
    fc.assert(
      fc.property(start, body, (tag, rest) => expectValuesOrMalformed(Uint8Array.of(tag, ...rest))),
      { numRuns: 3000 },
    );
  });

  test("cut off anywhere are malformed, or the values before the cut", () => {
    fc.assert(
      fc.property(values, fc.nat(), (sent, cut) => {
        const body = encode(sent);
        expectValuesOrMalformed(body.subarray(0, body.length === 0 ? 0 : cut % body.length));
      }),
      { numRuns: 500 },
    );
  });

  test("with a bit turned are values or malformed", () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.nat(7), (sent, place, bit) => {
        const body = encode(sent);
        fc.pre(body.length > 0);
        const index = place % body.length;
        body[index] = (body[index] as number) ^ (1 << bit);

        expectValuesOrMalformed(body);
      }),
      { numRuns: 1000 },
    );
  });
});
