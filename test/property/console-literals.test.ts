// The reader of literals over any values and any text.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLiterals } from "../../services/host/console/literals.ts";

describe("literals", () => {
  test("read what JSON writes", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 6 }), { minLength: 1 }), (values) => {
        const text = values.map((value) => JSON.stringify(value)).join(" , ");

        expect(readLiterals(text)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });

  test("read every number and bigint that JavaScript prints", () => {
    fc.assert(
      fc.property(fc.double(), fc.bigInt(), (number, whole) => {
        const text = Object.is(number, -0) ? "-0" : String(number);

        expect(readLiterals(`${text},${whole}n`)).toEqual([number, whole]);
      }),
    );
  });

  test("end with values or ARGUMENT_INVALID, whatever is typed", () => {
    const pieces = [
      ...Array.from("[]{},:'\"`\\-+.$n"),
      "0x",
      "12",
      "1e5",
      "true",
      "nil",
      "\\u",
      "\\u{",
      "__proto__",
      " ",
    ];
    const typed = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join("")),
    );

    fc.assert(
      fc.property(typed, (text) => {
        let outcome: unknown;
        try {
          outcome = readLiterals(text).length > 0;
        } catch (error) {
          outcome = (error as { code?: unknown }).code;
        }

        expect([true, "ARGUMENT_INVALID"]).toContain(outcome);
      }),
      { numRuns: 500 },
    );
  });
});
