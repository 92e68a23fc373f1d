// Texts, addresses and faults: any of them.
// Property test of wire/utf8.ts, wire/address.ts and wire/fault.ts. fast-check prints the seed.
// Invariant: UTF-8 is as TextEncoder and TextDecoder have it; what is written is read; nothing
// throws.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress, localIdMax, makeAddress, parseAddress } from "../../wire/address.ts";
import { errorCodes, type ErrorCode } from "../../wire/error-codes.ts";
import { decodeFault, encodeFault } from "../../wire/fault.ts";
import { limits } from "../../wire/limits.ts";
import { readUtf8, unitsWithin, utf8Length, writeUtf8 } from "../../wire/utf8.ts";

const unit = fc.oneof(
  fc.nat(0x7f),
  fc.integer({ min: 0xd7f0, max: 0xe00f }),
  fc.integer({ min: 0xd800, max: 0xdfff }),
  fc.nat(0xffff),
);
/** Any units at all, halves of surrogate pairs too. */
const text = fc.array(unit, { maxLength: 80 }).map((units) => String.fromCharCode(...units));
const likelyByte = fc.oneof(
  fc.nat(0x7f),
  fc.integer({ min: 0x80, max: 0xbf }),
  fc.constantFrom(0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff),
  fc.nat(255),
);
const anyBytes = fc.array(likelyByte, { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes));

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

describe("any text", () => {
  test("is written as TextEncoder writes it", () => {
    fc.assert(
      fc.property(text, (written) => {
        const expected = new TextEncoder().encode(written);
        const into = new Uint8Array(expected.length + 3);

        const end = writeUtf8(written, into, 3);

        expect(into.subarray(3, end)).toEqual(expected);
        expect(utf8Length(written)).toBe(expected.length);
      }),
      { numRuns: 500 },
    );
  });

  test("has a longest part that fits, which ends between characters", () => {
    fc.assert(
      fc.property(text, fc.nat(40), (whole, bytesMax) => {
        const units = unitsWithin(whole, bytesMax);
        const rest = new TextEncoder().encode(whole.slice(units));

        const size = utf8Length(whole.slice(0, units));
        expect(size).toBeLessThanOrEqual(bytesMax);
        expect(size + rest.length).toBe(utf8Length(whole));
      }),
    );
  });
});

describe("any bytes", () => {
  test("read as TextDecoder reads them, from within a larger buffer too", () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(5), (bytes, at) => {
        const around = new Uint8Array(bytes.length + 10).fill(0xa9);
        around.set(bytes, at);

        expect(readUtf8(around, at, at + bytes.length)).toBe(decoder.decode(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test("read as a fault", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const { code, message, remoteCode } = decodeFault(bytes);

        expect(errorCodes).toHaveProperty(code);
        expect(message).not.toBe("");
        expect(remoteCode ?? "x").toMatch(/^[\x20-\x7e]{1,64}$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("any fault", () => {
  test("comes back with its code and as much of its text as may be", () => {
    const code = fc.constantFrom(...(Object.keys(errorCodes) as ErrorCode[]));
    const own = fc.stringMatching(/^[\x20-\x7e]{1,64}$/);
    fc.assert(
      fc.property(
        code,
        fc.string({ minLength: 1, unit: "binary", maxLength: 3000 }),
        own,
        (...sent) => {
          const [sentCode, sentText, sentOwn] = sent;
          const read = decodeFault(encodeFault(sentCode, sentText, sentOwn));

          expect(read).toMatchObject({ code: sentCode, remoteCode: sentOwn });
          expect(sentText.startsWith(read.message)).toBe(true);
          expect(utf8Length(sentText) - utf8Length(read.message)).toBe(
            Math.max(
              0,
              utf8Length(sentText.slice(unitsWithin(sentText, limits.faultTextBytesMax))),
            ),
          );
        },
      ),
    );
  });
});

describe("any address", () => {
  test("is read as it was written, whatever the reader's node", () => {
    const node = fc.integer({ min: 1, max: 255 });
    fc.assert(
      fc.property(node, fc.integer({ min: 1, max: localIdMax }), node, (own, localId, reader) => {
        const address = makeAddress(own, localId);

        expect(formatAddress(address)).toMatch(/^:[0-9a-f]{8}$/);
        expect(parseAddress(formatAddress(address), reader)).toBe(address);
      }),
    );
  });

  test("is read from text of its form alone", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-3a-gA-Gx:. \n-]{0,11}$/), (anyText) => {
        const hasForm = /^:?[0-9a-fA-F]{1,8}$/.test(anyText);
        const digits = anyText.replace(":", "").padStart(8, "0");
        const isService = hasForm && !digits.endsWith("000000");

        expect(parseAddress(anyText, 1) !== undefined).toBe(isService);
      }),
      { numRuns: 2000 },
    );
  });
});
