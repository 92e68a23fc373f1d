// HTTP guard: requests a page in the operator's browser can cause, and those of programs.

import { describe, expect, test } from "vitest";
import { refusalOf } from "../../../services/host/console/http-guard.ts";

const loopback = { host: "127.0.0.1", port: 8000, localAddress: "127.0.0.1" };
const own = { host: "localhost:8000" };
const json = { "content-type": "application/json" };

const statusOf = (method: string, headers: Record<string, string>, arrival = loopback): number =>
  refusalOf(method, headers, arrival)?.status ?? 200;

describe("http guard", () => {
  test.each([
    ["a foreign page", "https://evil.example"],
    ["a sandboxed page", "null"],
    ["another program's page on this machine", "http://localhost:3000"],
    ["its own address, for it serves no page", "http://localhost:8000"],
  ])("refuses a request with the Origin of %s", (_, origin) => {
    expect(statusOf("GET", { ...own, origin })).toBe(403);
    expect(statusOf("POST", { ...own, ...json, origin })).toBe(403);
    expect(statusOf("OPTIONS", { ...own, origin })).toBe(403);
  });

  test.each(["cross-site", "same-site", "same-origin"])("refuses Sec-Fetch-Site %s", (site) => {
    expect(statusOf("GET", { ...own, "sec-fetch-site": site })).toBe(403);
  });

  test("refuses a request that a link or an image caused", () => {
    expect(statusOf("GET", { ...own, referer: "http://evil.example/" })).toBe(403);
  });

  test("lets a typed address and a program through", () => {
    expect(statusOf("GET", { ...own, "sec-fetch-site": "none" })).toBe(200);
    expect(statusOf("GET", own)).toBe(200);
    expect(statusOf("POST", { ...own, ...json })).toBe(200);
  });

  test.each([
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example:8000",
    "localhost.evil.example",
    "localhost:8000@evil.example",
    "10.0.0.7:8000",
    "[::2]:8000",
    "",
    "localhost:8000, evil.example",
    "127.0.0.1:123456",
  ])("refuses Host %s: a name that was made to resolve to this machine", (host) => {
    expect(statusOf("GET", { host })).toBe(403);
  });

  test.each(["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "localhost:9000"])(
    "takes Host %s, whatever port an operator's tunnel has",
    (host) => {
      expect(statusOf("GET", { host })).toBe(200);
    },
  );

  test("takes the address it listens on, or was reached at, with its own port only", () => {
    const open = { host: "0.0.0.0", port: 8000, localAddress: "::ffff:10.0.0.7" };
    const six = { host: "fd00::7", port: 8000, localAddress: "fd00::7" };

    expect(statusOf("GET", { host: "10.0.0.7:8000" }, open)).toBe(200);
    expect(statusOf("GET", { host: "10.0.0.7:8001" }, open)).toBe(403);
    expect(statusOf("GET", { host: "10.0.0.7" }, open)).toBe(403);
    expect(statusOf("GET", { host: "[FD00::7]:8000" }, six)).toBe(200);
  });

  test.each([
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json5",
    "text/html",
    "",
  ])("refuses a POST of type %s: what a page's form sends", (type) => {
    expect(statusOf("POST", { ...own, "content-type": type })).toBe(415);
  });

  test("refuses a POST without a type", () => {
    expect(statusOf("POST", own)).toBe(415);
  });

  test("takes the two types with parameters and in any case", () => {
    expect(statusOf("POST", { ...own, "content-type": "Application/JSON; charset=utf-8" })).toBe(
      200,
    );
    expect(statusOf("POST", { ...own, "content-type": "text/plain;charset=UTF-8" })).toBe(200);
  });

  test.each(["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])("refuses method %s", (method) => {
    expect(statusOf(method, own)).toBe(405);
  });
});
