// Sproto schemas: what the language allows, what it means, and the line of what is wrong.

import { describe, expect, test } from "vitest";
import { parse } from "../../../../wire/sproto/sproto.ts";

/** The text and code of the refusal. */
function refusalOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
  return "accepted";
}

describe("a schema", () => {
  test("is types and protocols, with comments and blanks anywhere between", () => {
    const sproto = parse(
      "# head\r\n.Person{# a type\n\tname 0:string\n  .Phone { number 0 : string type 1 : integer }\n" +
        "  phone 3 : *Phone # many\n  height 4 : integer( 2 )}foobar 1 {request Person response\n" +
        "{ok 0 : boolean}}\n_x9 2{}.Empty{}# end",
    );

    expect(sproto.existType("Person.Phone")).toBe(true);
    expect(sproto.existType("Empty")).toBe(true);
    expect(sproto.queryProto("_x9")).toMatchObject({ tag: 2, request: undefined });
    expect(sproto.queryProto(1)).toMatchObject({ request: "Person", response: "foobar.response" });
    const value = { name: "a", phone: [{ number: "1", type: 2 }], height: 1.75 };
    expect(sproto.decode("Person", sproto.encode("Person", value))).toEqual(value);
  });

  test("may be empty, or have types within a request", () => {
    expect(parse("").existType("T")).toBe(false);
    expect(
      parse("p 1 { request { .In { a 0 : integer } in 0 : In } }").existType("p.request.In"),
    ).toBe(true);
  });

  test("means the nearest type of a name, from the inside out", () => {
    const sproto = parse(`
      .A {
        .B { .C { n 0 : integer } near 0 : C  far 1 : D  dotted 2 : B.C  self 3 : A }
        .D { text 0 : string }
        b 0 : B
      }
      .C { text 0 : string }
      .D { n 0 : integer }
      .E { c 0 : C  inner 1 : A.B.C }
    `);
    const value = { near: { n: 1 }, far: { text: "A.D" }, dotted: { n: 2 }, self: {} };

    expect(sproto.decode("A.B", sproto.encode("A.B", value))).toEqual(value);
    const outer = { c: { text: "C" }, inner: { n: 3 } };
    expect(sproto.decode("E", sproto.encode("E", outer))).toEqual(outer);
  });

  test("knows the built-in types before its own", () => {
    const sproto = parse(".string { a 0 : integer } .T { s 0 : string }");

    expect(sproto.decode("T", sproto.encode("T", { s: "text" }))).toEqual({ s: "text" });
  });

  test("may say that a request is nil", () => {
    expect(parse("p 1 { request nil response nil }").queryProto("p")).toMatchObject({
      request: undefined,
      response: "nil",
    });
  });
});

describe("a wrong schema is refused with its line", () => {
  test.each([
    [".T {\n a 0 integer\n}", 2, 'expected ":" behind the tag of field T.a'],
    [".T {\n a : integer\n}", 2, "the tag of field T.a"],
    [".T {\n a0 : integer\n}", 2, "the tag of field T.a0"],
    [".T {\n\n a 0 : * integer\n}", 3, "the type of field T.a"],
    [".T {\n a 0 : integer", 2, 'a field, a type or "}" in type T, found the end of the text'],
    ["\n\n. T {}", 3, "a type's name behind the dot"],
    [".T {} }", 1, 'a type, with a dot in front, or a protocol, found "}"'],
    ["# one\r\n# two\r\np 1 { ask T }", 3, 'protocol p has "ask"'],
    ["p 1 { request {} request {} }", 1, "a second request"],
    ["p 1 { request T }", 1, "the request of protocol p is T, which is not there"],
    ["p 1 {}\np 2 {}", 2, "a second protocol p"],
    ["p 1 {}\nq 1 {}", 2, "a second protocol with tag 1"],
    ["p 32767 {}", 1, "the tag of protocol p is 32767; 0 to 32766 are allowed"],
    [".T { a 99999999999999999999 : integer }", 1, "0 to 32766 are allowed"],
    [".T {}\n.T {}", 2, "a second type T"],
    ["p 1 { request {} }\n.p { .request {} }", 2, "a second type p.request"],
    [".T {\n a 0 : integer\n a 1 : integer\n}", 3, "a second field a"],
    [".T {\n a 0 : integer\n b 0 : integer\n}", 3, "a second field with tag 0"],
    [".T {\n a 0 : Other\n}", 2, "T.a is of type Other, which is not there"],
    [".T { a 0 : integer(10) }", 1, "integer a has 10 decimals; 0 to 9 decimals are allowed"],
    [".T { a 0 : *integer(b) }", 1, 'integer a has a key "b"'],
    [".T { a 0 : string(2) }", 1, "only integers have"],
    [".T { a 0 : *string(b) }", 1, "only arrays of types have"],
    [".T { i 0 : integer a 1 : T(i) }", 1, "is no array"],
    [".T { a 0 : *T(b) }", 1, "the key of a, T.b, is not there"],
    [".T { a 0 : *T(a) }", 1, "is of type *T; it must be"],
    [".T { k 0 : binary a 1 : *T(k) }", 1, "is of type binary"],
    [".T { a 0 : *T() }", 1, "map a is of T, which has 1 fields, not 2"],
    [".T { a 0 : *integer(2 }", 1, 'expected ")"'],
    [".T { __proto__ 0 : integer }", 1, "which no object can hold"],
    [".T {\n".repeat(65), 65, "deeper than 64"],
    [".T { a 0 : integer }\r.U {}", 1, "found"],
  ])("%j", (text, line, reason) => {
    expect(refusalOf(text)).toMatch(`SPROTO_SCHEMA_INVALID: line ${line} of the sproto schema: `);
    expect(refusalOf(text)).toContain(reason);
  });

  test("unless it is no text, or too long a one", () => {
    expect(refusalOf(7 as unknown as string)).toContain("ARGUMENT_INVALID");
    expect(refusalOf(" ".repeat(1024 * 1024 + 1))).toContain("schemaCharsMax");
  });
});
