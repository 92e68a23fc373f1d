// URL: paths and queries of requests, in plain Node: the same file runs in isolates.

import { assert, dictionary, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { formatQuery, parseQuery, parseUrl } from "../../../library/http/url.ts";

describe("parseUrl", () => {
  test.each([
    ["/", "/", ""],
    ["/a%20b/%C3%BC?x=%20", "/a b/ü", "x=%20"],
    ["/a+b?c+d", "/a+b", "c+d"],
    ["/a?b?c", "/a", "b?c"],
    ["/a#?b", "/a", ""],
    ["/a?b#c", "/a", "b"],
    ["/%zz%4", "/%zz%4", ""],
    ["/%ff", "/\uFFFD", ""],
    ["", "", ""],
    ["*", "*", ""],
  ])("of %j is path %j and query %j", (url, path, query) => {
    expect(parseUrl(url)).toEqual({ path, query });
  });
});

describe("parseQuery", () => {
  test("decodes names and values, and makes a list of what is repeated", () => {
    expect({ ...parseQuery("a=1&b=x+y&a=%26&&c&d==&%61=3") }).toEqual({
      a: ["1", "&", "3"],
      b: "x y",
      c: "",
      d: "=",
    });
  });

  test("knows no names but those of the query", () => {
    const query = parseQuery("__proto__=1&constructor=2");

    expect(Object.keys(query)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(query)).toBeNull();
    expect(query["toString"]).toBeUndefined();
  });

  test("reads every text, and what formatQuery has written", () => {
    assert(property(string({ unit: "binary" }), (text) => void parseQuery(text)));
    const form = dictionary(
      string({ unit: "grapheme", minLength: 1 }),
      string({ unit: "grapheme" }),
    );
    assert(
      property(form, (given) => {
        const well = Object.entries(given).map(([name, value]) => [name, value.toWellFormed()]);
        expect(Object.entries(parseQuery(formatQuery(given)))).toEqual(well);
      }),
    );
  });
});
