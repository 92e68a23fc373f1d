// Default values: an object with every field of a type, empty. Pure: host, clients, guests.
// Skynet marks the place of structs and arrays with __type and __array; here they are what an
// author would fill, and encode to the same bytes.
// Invariant: every call gives objects of its own.

import type { Struct } from "./decoder.ts";
import type { Content, Field, StructType } from "./schema.ts";

export function defaultStruct(type: StructType): Struct {
  return Object.fromEntries(type.fields.map((field) => [field.name, defaultValue(field)]));
}

function defaultValue({ content, shape }: Field): unknown {
  if (shape.kind === "list") return [];
  if (shape.kind !== "one") return new Map();
  return emptyValues[content.kind]();
}

const emptyValues: Readonly<Record<Content["kind"], () => unknown>> = {
  integer: () => 0,
  double: () => 0,
  boolean: () => false,
  string: () => "",
  binary: () => new Uint8Array(),
  struct: () => ({}),
};
