// Fault: the error that travels, cut where a person can still read it.

import { describe, expect, test } from "vitest";
import { decodeFault, encodeFault } from "../../../wire/fault.ts";
import { errorCodes } from "../../../wire/error-codes.ts";
import { limits } from "../../../wire/limits.ts";

const { faultTextBytesMax } = limits;

describe("a fault", () => {
  test("carries code, text and the author's own code", () => {
    const read = decodeFault(encodeFault("CALL_TIMEOUT", "no reply in 30 000 ms", "E_SLOW"));

    expect(read).toMatchObject({
      name: "CodedError",
      code: "CALL_TIMEOUT",
      message: "no reply in 30 000 ms",
      remoteCode: "E_SLOW",
    });
  });

  test("without text has the text of its code", () => {
    const read = decodeFault(encodeFault("NAME_TAKEN", ""));

    expect(read.message).toBe(errorCodes.NAME_TAKEN.text);
    expect(read.remoteCode).toBeUndefined();
  });

  test(`has a text of ${faultTextBytesMax} bytes and no more`, () => {
    const bytes = encodeFault("REMOTE_FAULT", "x".repeat(faultTextBytesMax + 1));

    expect(bytes).toHaveLength(3 + faultTextBytesMax);
    expect(decodeFault(bytes).message).toBe("x".repeat(faultTextBytesMax));
  });

  test("is cut between characters", () => {
    const text = "x".repeat(faultTextBytesMax - 3) + "😀";

    expect(decodeFault(encodeFault("REMOTE_FAULT", text)).message).toBe(
      "x".repeat(faultTextBytesMax - 3),
    );
  });

  test("leaves out a code of the author that is not printable ASCII", () => {
    expect(decodeFault(encodeFault("REMOTE_FAULT", "x", "E\n1")).remoteCode).toBeUndefined();
    expect(decodeFault(encodeFault("REMOTE_FAULT", "x", "Fehlér")).remoteCode).toBeUndefined();
  });

  test("has 64 characters of the author's code and no more", () => {
    const read = decodeFault(encodeFault("REMOTE_FAULT", "text", `${"c".repeat(64)}d`));

    expect(read).toMatchObject({ remoteCode: "c".repeat(64), message: "text" });
  });
});

describe("a body that is no fault", () => {
  test.each([
    ["empty", []],
    ["of two bytes", [7, 0]],
  ])("%s reads as a REMOTE_FAULT without text", (_, bytes) => {
    expect(decodeFault(Uint8Array.from(bytes))).toMatchObject({
      code: "REMOTE_FAULT",
      message: errorCodes.REMOTE_FAULT.text,
    });
  });

  test("with a number of a later version reads as a REMOTE_FAULT with its text", () => {
    expect(decodeFault(Uint8Array.of(0xff, 0xff, 0, 0x68, 0x69))).toMatchObject({
      code: "REMOTE_FAULT",
      message: "hi",
    });
  });

  test("whose code would go over the end has no text", () => {
    expect(decodeFault(Uint8Array.of(5, 0, 200, 0x68, 0x69))).toMatchObject({
      code: "NAME_INVALID",
      message: errorCodes.NAME_INVALID.text,
      remoteCode: "hi",
    });
  });

  test("with a code that would write into a log what it likes has none", () => {
    const code = [0x1b, 0x5b, 0x32, 0x4a];

    expect(decodeFault(Uint8Array.of(10, 0, code.length, ...code)).remoteCode).toBeUndefined();
  });

  test("with a code of 200 characters has the first 64", () => {
    const code = Array.from({ length: 200 }, () => 0x63);

    expect(decodeFault(Uint8Array.of(10, 0, 200, ...code)).remoteCode).toBe("c".repeat(64));
  });

  test("with a text that is too long has its beginning", () => {
    const text = new Uint8Array(faultTextBytesMax + 100).fill(0x78);

    expect(decodeFault(Uint8Array.of(10, 0, 0, ...text)).message).toHaveLength(faultTextBytesMax);
  });
});
