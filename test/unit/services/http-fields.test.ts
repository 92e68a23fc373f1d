// HTTP fields: what services may ask of .http, and how the rest is refused.

import { describe, expect, test } from "vitest";
import { readAnswer, statusOf } from "../../../services/host/http/answer-head.ts";
import { readHeaders, readNumber, readUrl } from "../../../services/host/http/http-fields.ts";
import { readDial, readFetch, readListen } from "../../../services/host/http/http-orders.ts";
import { CodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";

const headerTerms = { bytesMax: 100, dropped: new Set(["content-length"]) };
const invalid = expect.objectContaining({ code: "ARGUMENT_INVALID" }) as Error;

describe("a header list", () => {
  test("is names in lower case and values, without those that the host writes", () => {
    const given = ["x-a", "1", "content-length", "7", "x-a", "ü"];

    expect(readHeaders(given, headerTerms)).toEqual(["x-a", "1", "x-a", "ü"]);
  });

  test.each([
    [["x"]],
    [["X", "1"]],
    [["x y", "1"]],
    [["x", "a\r\nb"]],
    [["x", "\u0000"]],
    [["x", "€"]],
    [["x", 1]],
    ["x: 1"],
    [Array.from({ length: 514 }, () => "x")],
  ])("is refused when it is %j", (given: unknown) => {
    expect(() => readHeaders(given, headerTerms)).toThrow(invalid);
  });

  test("has a bound on its bytes", () => {
    const fits = ["x", "y".repeat(95)];

    expect(readHeaders(fits, headerTerms)).toEqual(fits);
    expect(() => readHeaders(["x", "y".repeat(96)], headerTerms)).toThrow(
      expect.objectContaining({ code: "HTTP_TOO_LARGE" }) as Error,
    );
  });
});

describe("a number", () => {
  test("is whole, in its range, and says what is allowed", () => {
    const range = { min: 2, max: 7, or: 3 };

    expect([2, 7, undefined].map((given) => readNumber("depth", given, range))).toEqual([2, 7, 3]);
    for (const given of [1, 8, 2.5, Number.NaN, "3", null]) {
      expect(() => readNumber("depth", given, range)).toThrow(
        /^depth is .+: a whole number from 2 to 7 is needed$/,
      );
    }
  });
});

describe("an order", () => {
  test("has a bound for all that it leaves out", () => {
    expect(readListen({ key: 1 })).toMatchObject({
      host: "127.0.0.1",
      port: 0,
      headerBytesMax: limits.httpHeaderBytes,
      connectionsMax: limits.httpConnections,
      messageBytesMax: limits.websocketMessageBytes,
    });
    expect(readFetch({ url: "http://a" })).toMatchObject({
      method: "GET",
      redirects: 0,
      isVerified: true,
    });
  });

  test.each([
    [{ method: "get" }],
    [{ method: "CONNECT" }],
    [{ url: "ftp://a/" }],
    [{ url: "/a" }],
    [{ url: "http://" }],
    [{ body: 7 }],
    [{ redirects: 21 }],
    [{ insecure: "yes" }],
  ])("to ask is refused with %j", (part) => {
    expect(() => readFetch({ url: "http://a", ...part })).toThrow(invalid);
  });

  test("to open a WebSocket has a scheme of its own, and no header of the handshake", () => {
    const headers = ["sec-websocket-key", "x", "x-own", "1"];

    expect(readDial({ url: "wss://a/b", headers }).headers).toEqual({ "x-own": "1" });
    expect(() => readDial({ url: "https://a" })).toThrow(invalid);
    expect(() => readDial({ url: "ws://a", protocols: "chat" })).toThrow(invalid);
    expect(readUrl("ws://a:1/b?c#d", ["ws:"]).href).toBe("ws://a:1/b?c");
  });
});

describe("an answer", () => {
  test("is read as a stranger's", () => {
    const given = { status: 201, headers: ["transfer-encoding", "x"], body: "y", more: () => {} };

    expect(readAnswer(given, 200)).toMatchObject({ status: 201, headers: [], body: "y" });
    for (const bad of [undefined, "x", { status: 101 }, { body: 7 }, { stream: -1 }]) {
      expect(() => readAnswer(bad, 200)).toThrow(invalid);
    }
  });

  test("that is none is a status of the host's", () => {
    const status = (code: string): number => statusOf(new CodedError(code as never, ""));

    expect(["ADDRESS_DEAD", "MAILBOX_FULL", "CELL_LOST"].map(status)).toEqual([503, 503, 503]);
    expect([status("CALL_TIMEOUT"), status("REMOTE_FAULT"), statusOf("x")]).toEqual([
      504, 500, 500,
    ]);
  });
});
