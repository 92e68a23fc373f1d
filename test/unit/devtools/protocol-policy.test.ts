// Protocol policy and endpoint guard: who may call what, and who gets in at all.

import { describe, expect, test } from "vitest";
import { endpointRefusal } from "../../../services/host/devtools/endpoint-guard.ts";
import { isOfV8, permittedClass } from "../../../services/host/devtools/protocol-policy.ts";
import { requestTerms } from "../../../services/host/devtools/request-terms.ts";

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

describe("a request", () => {
  const evaluate = (params: object): string =>
    JSON.stringify({ id: 1, method: "Runtime.evaluate", params });

  test("without a context is for the service's", () => {
    expect(requestTerms("Runtime.evaluate", evaluate({ expression: "1" }), 2)).toEqual({
      text: evaluate({ expression: "1", contextId: 2 }),
    });
  });

  test.each(["contextId", "executionContextId"])("never reaches another %s", (key) => {
    const terms = requestTerms("Runtime.evaluate", evaluate({ [key]: 1 }), 2);
    expect(terms).toEqual({ refusal: "Cannot find context with specified id" });
    expect(requestTerms("Runtime.evaluate", evaluate({ [key]: 1 }), undefined)).toEqual(terms);
    expect(requestTerms("Runtime.evaluate", evaluate({ [key]: 2 }), 2)).toEqual({
      text: evaluate({ [key]: 2 }),
    });
  });

  test("that names scripts to step past has the runtime's as well", () => {
    const text = JSON.stringify({ id: 1, params: { patterns: ["^node:"], skipAnonymous: false } });
    const terms = requestTerms("Debugger.setBlackboxPatterns", text, undefined);
    expect(JSON.parse("text" in terms ? terms.text : "")).toEqual({
      id: 1,
      params: { patterns: ["^node:", "^isonet:"], skipAnonymous: false },
    });
  });

  test.each([["Network.enable"], ["NodeWorker.enable"], ["Target.setAutoAttach"], ["nonsense"]])(
    "%s is of no domain of V8's",
    (method) => {
      expect(isOfV8(method)).toBe(false);
      expect(isOfV8("Runtime.terminateExecution")).toBe(true);
    },
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
