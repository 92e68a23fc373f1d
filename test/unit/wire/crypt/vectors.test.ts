// Crypt: what Skynet gives for the same input, as its own programs printed it.

import { describe, expect, test } from "vitest";
import { base64Decode, base64Encode } from "../../../../wire/crypt/base64.ts";
import { desDecode, desEncode, padding } from "../../../../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../../../../wire/crypt/diffie-hellman.ts";
import { hashKey } from "../../../../wire/crypt/hash-key.ts";
import { hexDecode, hexEncode } from "../../../../wire/crypt/hex.ts";
import { hmac64, hmac64Md5, hmacHash } from "../../../../wire/crypt/hmac64.ts";
import { hmacMd5, md5Sum, md5SumHexa } from "../../../../wire/crypt/md5.ts";
import { hmacSha1, sha1 } from "../../../../wire/crypt/sha1.ts";
import { xorStr } from "../../../../wire/crypt/xor.ts";

const texts = new TextDecoder();

describe("Skynet's vectors", () => {
  test.each([
    ["hello", "9930920fcbef1867"],
    ["", "05150000a7c6674e"],
  ])("hold for hashKey of %j", (text, expected) => {
    expect(hexEncode(hashKey(text))).toBe(expected);
  });

  test("hold for the short digests", () => {
    expect(hexEncode(hmac64("01234567", "abcdefgh"))).toBe("d80cb7dad6823cb5");
    expect(hexEncode(hmac64Md5("01234567", "abcdefgh"))).toBe("4c256abf733141f3");
    expect(hexEncode(hmacHash("abcdefgh", "hello"))).toBe("1ab2a24b8a0b4f6c");
  });

  test("hold for the exchange of keys", () => {
    const [one, other] = [dhExchange("11111111"), dhExchange("22222222")];

    expect(hexEncode(one)).toBe("d58a469cfded705e");
    expect(hexEncode(other)).toBe("b36021d9c4c51b0c");
    expect(hexEncode(dhSecret(one, "22222222"))).toBe("956912b688b33b42");
    expect(hexEncode(dhSecret(other, "11111111"))).toBe("956912b688b33b42");
  });

  test.each([
    ["hello world", "28dba02eb5f6dd4706b5c56593dcbe2c"],
    ["", "8d3d438a718b4510"],
    ["abcdefgh", "94d4436bc3b5b6938d3d438a718b4510"],
  ])("hold for desEncode of %j", (text, expected) => {
    expect(hexEncode(desEncode("12345678", text))).toBe(expected);
    expect(texts.decode(desDecode("12345678", hexDecode(expected)))).toBe(text);
  });

  test.each([
    ["", "/rlZt9RkL8s="],
    ["1", "g6AtgJul6q0="],
    ["12", "NefFpG+m1O4="],
    ["123", "LDiFUdf0iew="],
    ["1234", "T9u7dzBdi+w="],
    ["12345", "AGgKdx/Qic8="],
    ["123456", "ED5wLgc3Mnw="],
    ["1234567", "mYo+BYIT41M="],
    ["12345678", "ltACiHjVjIn+uVm31GQvyw=="],
  ])("hold for desEncode of %j with padding of PKCS 7", (text, expected) => {
    expect(base64Encode(desEncode("12345678", text, padding.pkcs7))).toBe(expected);
    const bytes = desDecode("12345678", base64Decode(expected), padding.pkcs7);
    expect(texts.decode(bytes)).toBe(text);
  });

  test("hold for hmacMd5", () => {
    expect(hmacMd5("data", "key")).toBe("9d5c73ef85594d34ec4438b7c97e51d8");
  });
});

describe("a whole login", () => {
  const [clientKey, serverKey, challenge] = ["AAAAAAAA", "BBBBBBBB", "CCCCCCCC"];
  const token = "aGVsbG8=@c2FtcGxl:cGFzc3dvcmQ=";
  const secret = hexDecode("05f66ce34109f836");

  test("exchanges the keys that Skynet does", () => {
    expect(base64Encode(dhExchange(clientKey))).toBe("l/TN8S8dYzI=");
    expect(base64Encode(dhExchange(serverKey))).toBe("t8+/cmQUX9Q=");
    expect(dhSecret(base64Decode("t8+/cmQUX9Q="), clientKey)).toEqual(secret);
    expect(dhSecret(base64Decode("l/TN8S8dYzI="), serverKey)).toEqual(secret);
  });

  test("proves the secret and carries the token as Skynet's does", () => {
    const line = "7iltV/T3i1p0bF3kggC4x52VVtDnqfSV+F/h38KnHbc=";

    expect(base64Encode(hmac64(challenge, secret))).toBe("lpv4i/guaF8=");
    expect(base64Encode(desEncode(secret, token))).toBe(line);
    expect(texts.decode(desDecode(secret, base64Decode(line)))).toBe(token);
  });

  test("is followed by a handshake that the message server accepts", () => {
    const user = `${base64Encode("hello")}@${base64Encode("sample")}#${base64Encode("1")}:1`;

    expect(user).toBe("aGVsbG8=@c2FtcGxl#MQ==:1");
    expect(base64Encode(hmacHash(secret, user))).toBe("tNFLPMbApiw=");
    expect(hmac64(hashKey(user), secret)).toEqual(hmacHash(secret, user));
  });
});

describe("published vectors", () => {
  test("hold for MD5 and SHA-1", () => {
    expect(md5SumHexa("")).toBe("d41d8cd98f00b204e9800998ecf8427e");
    expect(hexEncode(md5Sum("abc"))).toBe("900150983cd24fb0d6963f7d28e17f72");
    expect(hexEncode(sha1(""))).toBe("da39a3ee5e6b4b0d3255bfef95601890afd80709");
    expect(hexEncode(sha1("abc"))).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
    const tag = hmacSha1("key", "The quick brown fox jumps over the lazy dog");
    expect(hexEncode(tag)).toBe("de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9");
  });

  test("hold for xorStr: the key goes round", () => {
    expect(xorStr("abcde", Uint8Array.of(1, 2))).toEqual(
      Uint8Array.of(0x60, 0x60, 0x62, 0x66, 0x64),
    );
  });
});
