// Sproto: any schema, any values, any bytes.
// Property test of wire/sproto. fast-check prints the seed and the shortest failing run.
// Invariant: values come back as they went; bytes of a stranger give values or SPROTO_MALFORMED,
// and texts of a stranger a schema or SPROTO_SCHEMA_INVALID.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCodedError } from "../../wire/coded-error.ts";
import { pack, unpack } from "../../wire/sproto/packing.ts";
import { parse } from "../../wire/sproto/sproto.ts";

type FieldPlan = {
  readonly kind: "integer" | "integer(2)" | "boolean" | "double" | "string" | "binary" | "struct";
  readonly shape: "one" | "list" | "keyed";
  readonly type: number;
  readonly gap: number;
};
/** Each type has field `key`, by which it can be keyed, and its own ones. */
type SchemaPlan = readonly (readonly FieldPlan[])[];

const typeCount = 3;
const plan: fc.Arbitrary<SchemaPlan> = fc.array(
  fc.array(
    fc.record<FieldPlan>({
      kind: fc.constantFrom(
        ...(["integer", "integer(2)", "boolean", "double", "string", "binary", "struct"] as const),
      ),
      shape: fc.constantFrom("one", "list", "keyed"),
      type: fc.nat(typeCount - 1),
      gap: fc.oneof(fc.nat(3), fc.constant(1000)),
    }),
    { maxLength: 6 },
  ),
  { minLength: typeCount, maxLength: typeCount },
);

const isKeyed = (field: FieldPlan): boolean => field.kind === "struct" && field.shape === "keyed";

function schemaText(types: SchemaPlan): string {
  const declarations = types.map((fields, index) => {
    let tag = 0;
    const lines = fields.map((field, at) => {
      tag += 1 + field.gap;
      const name = field.kind === "struct" ? `T${field.type}` : field.kind;
      const star = field.shape === "one" ? "" : "*";
      return `  f${at} ${tag} : ${star}${name}${isKeyed(field) ? "(key)" : ""}`;
    });
    return `.T${index} {\n  key 0 : integer\n${lines.join("\n")}\n}`;
  });
  return declarations.join("\n");
}

const integer = fc.oneof(
  fc.constantFrom(0x7ffe, 0x7fff, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 32),
  fc.integer({ min: -10, max: 10 }),
  fc.maxSafeInteger(),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((wide) => (Number.isSafeInteger(Number(wide)) ? Number(wide) : wide)),
);
const plain = {
  integer,
  "integer(2)": fc.integer({ min: -1e9, max: 1e9 }).map((whole) => whole / 100),
  boolean: fc.boolean(),
  double: fc.double(),
  string: fc.string({ unit: "binary", maxLength: 20 }),
  binary: fc.uint8Array({ maxLength: 20 }).map((content) => Uint8Array.from(content)),
};

function fieldValue(types: SchemaPlan, field: FieldPlan, depth: number): fc.Arbitrary<unknown> {
  if (field.kind === "struct" && depth === 0) return fc.constant(undefined);
  const one =
    field.kind === "struct" ? structValue(types, field.type, depth - 1) : plain[field.kind];
  if (field.shape === "one") return one;
  const list = fc.array<unknown>(one as fc.Arbitrary<unknown>, { maxLength: 3 });
  if (!isKeyed(field)) return list;
  return list.map((items) => new Map(items.map((item) => [(item as { key: unknown }).key, item])));
}

/** Absent fields are left out, as they are when they come back. */
function structValue(types: SchemaPlan, index: number, depth: number): fc.Arbitrary<object> {
  const fields = (types[index] ?? []).map((field, at) => {
    const value = fc.option(fieldValue(types, field, depth), { nil: undefined });
    return value.map((content) => [`f${at}`, content] as const);
  });
  return fc
    .tuple(integer, ...fields)
    .map(([key, ...entries]) =>
      Object.fromEntries([["key", key], ...entries].filter(([, content]) => content !== undefined)),
    );
}

const schemaAndValue = plan.chain((types) =>
  structValue(types, 0, 3).map((value) => ({ text: schemaText(types), value })),
);

/** What reading gave: "values", or the code of the error. */
function outcomeOf(read: () => unknown): string {
  try {
    read();
    return "values";
  } catch (error) {
    return isCodedError(error) ? error.code : String(error);
  }
}

const outcomes = ["values", "SPROTO_MALFORMED"];

describe("any values of any schema", () => {
  test("come back as they went, packed or not", () => {
    fc.assert(
      fc.property(schemaAndValue, ({ text, value }) => {
        const sproto = parse(text);

        expect(sproto.decode("T0", sproto.encode("T0", value))).toEqual(value);
        expect(sproto.pdecode("T0", sproto.pencode("T0", value))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });
});

describe("any bytes", () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc
      .array(fc.constantFrom(0, 0, 0, 1, 255), { maxLength: 300 })
      .map((all) => Uint8Array.from(all)),
    // Long stretches without a zero: the runs of more than 256 groups.
    fc
      .tuple(fc.nat(2100), fc.nat(40))
      .map(([full, zeros]) =>
        Uint8Array.from({ length: full + zeros }, (_, at) => (at < full ? 7 : 0)),
      ),
  );

  test("come back from packing, filled up to groups of eight", () => {
    fc.assert(
      fc.property(content, (bytes) => {
        const filled = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
        filled.set(bytes);
        const packed = pack(bytes);

        expect(unpack(packed)).toEqual(filled);
        expect(packed.length).toBeLessThanOrEqual(
          filled.length + 2 * Math.ceil(filled.length / 2048),
        );
      }),
      { numRuns: 300 },
    );
  });

  test("of a stranger are unpacked, or refused", () => {
    fc.assert(
      fc.property(content, (bytes) => {
        expect(outcomes).toContain(outcomeOf(() => unpack(bytes)));
      }),
      { numRuns: 300 },
    );
  });

  test("of a stranger are decoded, or refused", () => {
    fc.assert(
      fc.property(plan, content, (types, bytes) => {
        const sproto = parse(schemaText(types));

        expect(outcomes).toContain(outcomeOf(() => sproto.decode("T0", bytes)));
        expect(outcomes).toContain(outcomeOf(() => sproto.pdecode("T0", bytes)));
      }),
      { numRuns: 300 },
    );
  });

  test("of a peer are a request or a response, or refused", () => {
    const text = `
      .package { type 0 : integer  session 1 : integer }
      ask 1 { request { what 0 : string } response { number 0 : integer } }
    `;
    // Most of them start like a package of the schema's, so that what is behind is looked at too.
    const starts = fc.constantFrom([], [2, 0, 4, 0, 12, 0], [2, 0, 1, 0, 12, 0]);
    fc.assert(
      fc.property(starts, content, (start, rest) => {
        const schema = parse(text);
        const host = schema.host();
        host.attach(schema)("ask", { what: "?" }, 5);
        const message = pack(Uint8Array.from([...start, ...rest]));

        expect(outcomes).toContain(outcomeOf(() => host.dispatch(message)));
        expect(outcomes).toContain(outcomeOf(() => host.dispatch(rest)));
      }),
      { numRuns: 300 },
    );
  });

  test("that were valid and are cut off or changed are decoded, or refused", () => {
    fc.assert(
      fc.property(schemaAndValue, fc.nat(), fc.nat(7), ({ text, value }, at, bit) => {
        const sproto = parse(text);
        for (const way of ["encode", "pencode"] as const) {
          const read = way === "encode" ? "decode" : "pdecode";
          const bytes = sproto[way]("T0", value);
          const short = bytes.subarray(0, at % bytes.length);
          const changed = Uint8Array.from(bytes);
          changed[at % bytes.length] = (changed[at % bytes.length] ?? 0) ^ (1 << bit);

          expect(outcomes).toContain(outcomeOf(() => sproto[read]("T0", short)));
          expect(outcomes).toContain(outcomeOf(() => sproto[read]("T0", changed)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("any text", () => {
  const pieces = ". T \n { } 0 1 : * ( ) integer request # nil".split(" ");
  const piece = fc.constantFrom(" ", ...pieces);

  test("is a schema, or refused as one", () => {
    const allowed = ["values", "SPROTO_SCHEMA_INVALID"];
    const text = fc.oneof(
      fc.array(piece, { maxLength: 30 }).map((all) => all.join("")),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (schema) => {
        expect(allowed).toContain(outcomeOf(() => parse(schema)));
      }),
      { numRuns: 1000 },
    );
  });

  test("that was a schema and has a character changed is one, or refused", () => {
    fc.assert(
      fc.property(
        plan,
        fc.nat(),
        fc.constantFrom(...". * ( ) { } : 0 T i # \n".split(" ")),
        (types, at, character) => {
          const text = schemaText(types);
          const place = at % text.length;
          const changed = text.slice(0, place) + character + text.slice(place + 1);

          expect(["values", "SPROTO_SCHEMA_INVALID"]).toContain(outcomeOf(() => parse(changed)));
        },
      ),
      { numRuns: 300 },
    );
  });
});
