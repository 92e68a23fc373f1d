// User name: user, server and subid in one text, and back.

import { describe, expect, test } from "vitest";
import { userId, userName } from "../../../library/msgserver/user-name.ts";

describe("a user name", () => {
  test("is user, server and subid in base64", () => {
    expect(userName("hello", 1, "sample")).toBe("aGVsbG8=@c2FtcGxl#MQ==");
  });

  test("gives back what it was made of, signs that divide it included", () => {
    const name = userName("a@b:c#d", "x#y", "s@:");

    expect(userId(name)).toEqual({ uid: "a@b:c#d", subid: "x#y", server: "s@:" });
  });

  test.each(["", "hello", "aGVsbG8=@c2FtcGxl"])("is not %j", (text) => {
    expect(() => userId(text)).toThrowError(expect.objectContaining({ code: "ARGUMENT_INVALID" }));
  });
});
