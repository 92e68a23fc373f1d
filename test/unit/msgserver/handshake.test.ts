// Handshake: what is checked, in which order, and what the client is told.

import { describe, expect, test } from "vitest";
import { checkHandshake } from "../../../library/msgserver/handshake.ts";
import { userName } from "../../../library/msgserver/user-name.ts";
import { base64Encode } from "../../../wire/crypt/base64.ts";
import { hmacHash } from "../../../wire/crypt/hmac64.ts";

const secret = Uint8Array.from(Buffer.from("05f66ce34109f836", "hex"));
const name = userName("hello", 1, "sample");

/** The status for a user whose last index was `version`. */
function statusOf(text: string, version: number | bigint = 0n): string {
  const users = new Map([[name, { secret, version }]]);
  return checkHandshake(text, (username) => users.get(username)).status;
}

function signed(index: string): string {
  return `${name}:${index}:${base64Encode(hmacHash(secret, `${name}:${index}`))}`;
}

describe("a handshake", () => {
  test("with the right proof is accepted, and gives user and index", () => {
    const user = { secret, version: 0n };

    const verdict = checkHandshake("aGVsbG8=@c2FtcGxl#MQ==:1:tNFLPMbApiw=", () => user);

    expect(verdict).toEqual({ status: "200 OK", user, index: 1n });
  });

  test.each([
    ["of a user who is not logged in", "Ym9i@c2FtcGxl#MQ==:1:tNFLPMbApiw="],
    ["without a colon", "hello"],
    ["with one colon", `${name}:1`],
    ["of an empty text", ""],
  ])("%s is answered 404", (_what, text) => {
    expect(statusOf(text)).toBe("404 User Not Found");
  });

  test.each([
    ["with an index that is no number", `${name}:x:tNFLPMbApiw=`],
    ["without an index", `${name}::tNFLPMbApiw=`],
    ["with a proof that is no base64", `${name}:1:=AAA`],
  ])("%s is answered 400", (_what, text) => {
    expect(statusOf(text)).toBe("400 Bad Request");
  });

  test.each(["0", "-1", "4", "5", "0x5", "5.0"])(
    "with index %s after index 5 is answered 403",
    (index) => {
      expect(statusOf(signed(index), 5n)).toBe("403 Index Expired");
    },
  );

  test.each(["6", "5.5", "900", "0x6", "9007199254740993"])(
    "with index %s after index 5 is accepted: gaps are allowed",
    (index) => {
      expect(statusOf(signed(index), 5n)).toBe("200 OK");
    },
  );

  test("compares indexes over 2^53 exactly", () => {
    expect(statusOf(signed("9007199254740993"), 9007199254740992n)).toBe("200 OK");
    expect(statusOf(signed("9007199254740993"), 9007199254740993n)).toBe("403 Index Expired");
  });

  test.each([
    ["of another index", `${name}:2:tNFLPMbApiw=`],
    ["that is too short", `${name}:1:tNFLPMbApg==`],
    ["that is empty", `${name}:1:`],
  ])("with a proof %s is answered 401", (_what, text) => {
    expect(statusOf(text)).toBe("401 Unauthorized");
  });

  test("is checked for the user before the index, the index before the proof", () => {
    expect(statusOf("nobody:x:=AAA")).toBe("404 User Not Found");
    expect(statusOf(`${name}:0:=AAA`, 5n)).toBe("400 Bad Request");
    expect(statusOf(`${name}:5:AAAA`, 5n)).toBe("403 Index Expired");
  });

  test("is read up to a third colon, and not beyond", () => {
    expect(statusOf(`${signed("1")}:more:and more`)).toBe("200 OK");
  });
});
