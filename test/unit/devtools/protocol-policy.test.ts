// Protocol policy and endpoint guard: who may call what, and who gets in at all.

import { describe, expect, test } from "vitest";
import { endpointRefusal } from "../../../services/host/devtools/endpoint-guard.ts";
import { permittedClass } from "../../../services/host/devtools/protocol-policy.ts";

describe("a client of an endpoint", () => {
  test.each(["Runtime.evaluate", "Debugger.pause", "Debugger.setBreakpointByUrl"])(
    "may call %s in full, not as a viewer",
    (method) => {
      expect(permittedClass("full", method)).toBeDefined();
      expect(permittedClass("view", method)).toBeUndefined();
    },
  );

  test("may look in either role", () => {
    expect(permittedClass("view", "Debugger.getScriptSource")).toBe("look");
    expect(permittedClass("full", "Runtime.enable")).toBe("look");
  });

  test.each([
    "NodeWorker.enable",
    "Runtime.awaitPromise",
    "Runtime.terminateExecution",
    "Debugger.",
    "__proto__",
    "constructor",
  ])("may not call %s, which nobody has named", (method) =>
    expect(permittedClass("full", method)).toBeUndefined(),
  );
});

describe("the guard of an endpoint", () => {
  const host = "127.0.0.1:9229";

  test.each([
    ["a program", { host }],
    ["DevTools", { host: "localhost:9229", origin: "devtools://devtools" }],
    ["a program on IPv6", { host: "[::1]:9229" }],
  ])("lets %s in", (_, headers) => {
    expect(endpointRefusal(headers, "127.0.0.1")).toBeUndefined();
  });

  test.each([
    ["a page", { host, origin: "https://evil.example" }, /Origin/],
    ["a page of this machine", { host, origin: "http://localhost:3000" }, /Origin/],
    ["a foreign name that resolves to here", { host: "evil.example:9229" }, /Host/],
    ["an image of a page", { host, "sec-fetch-site": "cross-site" }, /Sec-Fetch-Site/],
    ["nobody's host", {}, /Host/],
  ])("refuses %s", (_, headers, why) => {
    expect(endpointRefusal(headers, "127.0.0.1")).toMatch(why);
  });
});
