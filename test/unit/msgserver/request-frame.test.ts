// Request frame: content and session of a request, content, outcome and session of an answer.

import { describe, expect, test } from "vitest";
import {
  answerContentBytesMax,
  answerFrame,
  readRequest,
} from "../../../library/msgserver/request-frame.ts";

describe("a request frame", () => {
  test("is its content and, behind it, its session in four bytes", () => {
    const frame = Uint8Array.of(0x68, 0x69, 0x81, 0x02, 0x03, 0x04);

    expect(readRequest(frame)).toEqual({
      content: Uint8Array.of(0x68, 0x69),
      session: 0x8102_0304,
    });
  });

  test("may have no content", () => {
    expect(readRequest(Uint8Array.of(0, 0, 0, 7))).toEqual({
      content: new Uint8Array(),
      session: 7,
    });
  });

  test.each([0, 1, 2, 3])("has a session: one of %i bytes is none", (length) => {
    expect(readRequest(new Uint8Array(length))).toBeUndefined();
  });
});

describe("an answer frame", () => {
  test("is the content, 1 and the session", () => {
    const frame = answerFrame(Uint8Array.of(0x68, 0x69), 0x8102_0304);

    expect([...frame]).toEqual([0x68, 0x69, 1, 0x81, 2, 3, 4]);
  });

  test("of a request that failed is 0 and the session", () => {
    expect([...answerFrame(undefined, 7)]).toEqual([0, 0, 0, 0, 7]);
  });

  test("of the longest content fills one frame", () => {
    expect(answerFrame(new Uint8Array(answerContentBytesMax), 1)).toHaveLength(0xffff);
  });
});
