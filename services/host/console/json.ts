// JSON: the values of messages as JSON, for HTTP answers and for values nested in a table.
// Shard 0. Used by print.ts and http-answer.ts.
// Invariant: every value a message can carry has a form here, and none of them fails.

/**
 * bigint, NaN and the infinities as text; a Map as pairs, a Set as an array, bytes as base64; an
 * invalid Date and undefined in an array as null.
 */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, replace) ?? "null";
}

function replace(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key]; // `value` is what its toJSON made of it: Buffer and Date have one
  if (original instanceof Uint8Array) return Buffer.from(original).toString("base64");
  if (original instanceof Map) return [...original];
  if (original instanceof Set) return [...original];
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value;
}
