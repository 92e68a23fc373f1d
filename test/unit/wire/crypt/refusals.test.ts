// Crypt: what it refuses, and what it lets pass as Skynet does.

import { describe, expect, test } from "vitest";
import { isCodedError } from "../../../../wire/coded-error.ts";
import { base64Decode, base64Encode } from "../../../../wire/crypt/base64.ts";
import type { BytesOrText } from "../../../../wire/crypt/crypt-input.ts";
import { desDecode, desEncode, padding, type Padding } from "../../../../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../../../../wire/crypt/diffie-hellman.ts";
import { hashKey } from "../../../../wire/crypt/hash-key.ts";
import { hexDecode, hexEncode } from "../../../../wire/crypt/hex.ts";
import { hmac64, hmac64Md5, hmacHash } from "../../../../wire/crypt/hmac64.ts";
import { randomKey } from "../../../../wire/crypt/random-key.ts";
import { xorStr } from "../../../../wire/crypt/xor.ts";

const key = "12345678";
const texts = new TextDecoder();

/** The refusal's text. */
function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isCodedError(error) && error.code === "CRYPT_INVALID") return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a key of eight bytes", () => {
  test.each<[string, (short: string) => unknown]>([
    ["desEncode: the key", (short) => desEncode(short, "text")],
    ["desDecode: the key", (short) => desDecode(short, "12345678")],
    ["hmac64: the first value", (short) => hmac64(short, key)],
    ["hmac64: the second value", (short) => hmac64(key, short)],
    ["hmac64Md5: the first value", (short) => hmac64Md5(short, key)],
    ["hmacHash: the key", (short) => hmacHash(short, "text")],
    ["dhExchange: the key", (short) => dhExchange(short)],
    ["dhSecret: the exchanged value", (short) => dhSecret(short, key)],
    ["dhSecret: the key", (short) => dhSecret(key, short)],
  ])("is all that can be %s", (what, run) => {
    expect(refusalOf(() => run("1234567"))).toBe(`${what} has 7 bytes; it must have 8`);
    expect(refusalOf(() => run("12345678ü"))).toContain("has 10 bytes");
  });

  test("is not zero where keys are exchanged", () => {
    const zero = new Uint8Array(8);

    expect(refusalOf(() => dhExchange(zero))).toContain("is zero");
    expect(refusalOf(() => dhSecret(zero, key))).toContain("is zero");
    expect(refusalOf(() => dhSecret(key, zero))).toContain("is zero");
  });

  test("is drawn from a source, and differs from zero", () => {
    expect(randomKey((count) => new Uint8Array(count).fill(7, 1))).toEqual(
      Uint8Array.of(0, 7, 7, 7, 7, 7, 7, 7),
    );
    expect(randomKey((count) => new Uint8Array(count))).toEqual(
      Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0),
    );
    expect(refusalOf(() => randomKey(() => new Uint8Array(7)))).toContain("7 bytes");
    const strange = (() => "12345678") as unknown as () => Uint8Array;
    expect(refusalOf(() => randomKey(strange))).toContain("string");
  });
});

describe("an argument that is neither text nor bytes", () => {
  test.each<unknown>([undefined, null, 7, {}, [1, 2]])("is refused: %j", (value) => {
    expect(refusalOf(() => hashKey(value as BytesOrText))).toMatch(
      /^hashKey: the text is a string or a Uint8Array, not \w+$/,
    );
  });
});

describe("hexDecode", () => {
  test("takes small letters only", () => {
    expect(hexDecode("00ff")).toEqual(Uint8Array.of(0, 255));
    expect(refusalOf(() => hexDecode("00FF"))).toContain("0x46 at 2");
    expect(refusalOf(() => hexDecode("gg"))).toContain("0x67 at 0");
  });

  test("takes pairs only", () => {
    expect(refusalOf(() => hexDecode("abc"))).toContain("3 digits");
    expect(hexEncode(hexDecode(""))).toBe("");
  });
});

describe("base64Decode", () => {
  test.each([
    ["aGVsbG8=", "hello"],
    ["aGVsbG8", "hello"],
    ["aGVs\r\n bG8=", "hello"],
    ["aGVs!", "hel"],
    ["aGVsbG8=\r\n", "hello"],
    ["aA==aQ==", "hi"],
    ["", ""],
  ])("reads %j", (text, expected) => {
    expect(texts.decode(base64Decode(text))).toBe(expected);
  });

  test.each(["a", "=", "a===", "====", "aG=s", "=Gvs", "aH==", "aGVsbG9=", "aGVsb"])(
    "refuses %j",
    (text) => {
      expect(refusalOf(() => base64Decode(text))).toContain("Invalid base64 text");
    },
  );

  test("gives an array of its own size", () => {
    expect(base64Decode(base64Encode(new Uint8Array(4))).buffer.byteLength).toBe(4);
  });
});

describe("desDecode", () => {
  test.each([0, 1, 7, 9])("refuses a text of %i bytes", (length) => {
    expect(refusalOf(() => desDecode(key, new Uint8Array(length)))).toContain(`has ${length}`);
  });

  test("refuses what another key or padding has made", () => {
    const text = desEncode(key, "hello");

    expect(refusalOf(() => desDecode(key, text, padding.pkcs7))).toContain("padding");
    expect(refusalOf(() => desDecode("87654321", text))).toContain("padding");
  });

  test("refuses a padding it does not know", () => {
    expect(refusalOf(() => desEncode(key, "", 2 as Padding))).toContain("the padding is 2");
    expect(refusalOf(() => desDecode(key, key, "pkcs7" as unknown as Padding))).toContain("pkcs7");
  });
});

describe("xorStr", () => {
  test("needs a key", () => {
    expect(refusalOf(() => xorStr("text", ""))).toContain("the key is empty");
  });
});
