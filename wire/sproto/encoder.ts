// Encoder: values as sproto's bytes. Pure: host, clients, guests.
// A struct is its records, 16 bits for each field that is there or gap between tags, and behind
// them the data of fields that do not fit into a record.
// Invariant: only own properties count, so that no field is read from a prototype; undefined and
// null are fields that are not there.

import { ByteWriter } from "./byte-writer.ts";
import type { Field, StructType } from "./schema.ts";
import {
  booleanFor,
  contentFor,
  doubleFor,
  integerFor,
  itemsFor,
  ownValue,
} from "./field-values.ts";
import { sprotoLimits } from "./sproto-limits.ts";
import { describe, unusable } from "./sproto-refusal.ts";

const inlineMax = 0x7ffe; // the largest number that a record itself holds

/** The bytes of a value, or ARGUMENT_INVALID with the field that is wrong. */
export function encodeStruct(type: StructType, value: unknown): Uint8Array {
  const encoder = new Encoder();
  encoder.struct(type, value, 0);
  return encoder.take();
}

class Encoder {
  readonly #writer = new ByteWriter();

  take(): Uint8Array {
    return this.#writer.take();
  }

  struct(type: StructType, value: unknown, depth: number): void {
    const { fields, name } = type;
    if (typeof value !== "object" || value === null) {
      throw unusable(`a value of type ${name} must be an object, not ${describe(value)}`);
    }
    if (depth >= sprotoLimits.depthMax && fields.length > 0) {
      throw unusable(`${name} is nested deeper than ${sprotoLimits.depthMax} (depthMax)`);
    }
    const values = fields.map((field) => ownValue(value, field.name));
    const count = recordCount(fields, values);
    let at = this.#writer.reserve(2 + 2 * count);
    this.#writer.setU16(at, count);
    let lastTag = -1;
    for (const [index, field] of fields.entries()) {
      const content = values[index];
      if (content === undefined) continue;
      const gap = field.tag - lastTag - 1;
      if (gap > 0) this.#writer.setU16((at += 2), 2 * gap - 1);
      this.#writer.setU16((at += 2), this.#field(field, content, depth));
      lastTag = field.tag;
    }
  }

  /** Returns the field's record: 0 when its value is in the data. */
  #field(field: Field, value: unknown, depth: number): number {
    const { content, place, shape } = field;
    if (shape.kind !== "one") {
      const start = this.#writer.reserve(4);
      this.#array(field, itemsFor(shape, place, value), depth);
      this.#writer.setU32(start, this.#writer.length - start - 4);
      return 0;
    }
    if (content.kind === "integer") {
      return this.#integer(integerFor(content.scale, place, value));
    }
    if (content.kind === "boolean") return recordOf(booleanFor(place, value) ? 1 : 0);
    if (content.kind === "struct") {
      this.#sizedStruct(content.type, value, depth);
    } else if (content.kind === "double") {
      const number = doubleFor(place, value);
      this.#writer.u32(8);
      this.#writer.f64(number);
    } else {
      this.#writer.sized(contentFor(place, value));
    }
    return 0;
  }

  #integer(value: number | bigint): number {
    if (typeof value === "bigint") {
      this.#writer.u32(8);
      this.#writer.i64(value);
      return 0;
    }
    if (value >= 0 && value <= inlineMax) return recordOf(value);
    this.#writer.u32(4);
    this.#writer.u32(value);
    return 0;
  }

  #sizedStruct(type: StructType, value: unknown, depth: number): void {
    const start = this.#writer.reserve(4);
    this.struct(type, value, depth + 1);
    this.#writer.setU32(start, this.#writer.length - start - 4);
  }

  #array({ content, place }: Field, items: readonly unknown[], depth: number): void {
    if (content.kind === "integer") {
      this.#integers(items.map((item, index) => integerFor(content.scale, place, item, index)));
      return;
    }
    if (content.kind === "double" && items.length > 0) this.#writer.u8(8);
    for (const [index, item] of items.entries()) {
      if (content.kind === "struct") this.#sizedStruct(content.type, item, depth);
      else if (content.kind === "double") this.#writer.f64(doubleFor(place, item, index));
      else if (content.kind === "boolean") this.#writer.u8(booleanFor(place, item, index) ? 1 : 0);
      else this.#writer.sized(contentFor(place, item, index));
    }
  }

  /** All with four bytes, or all with eight when one of them needs it. */
  #integers(values: readonly (number | bigint)[]): void {
    if (values.length === 0) return;
    const isWide = values.some((value) => typeof value === "bigint");
    this.#writer.u8(isWide ? 8 : 4);
    for (const value of values) {
      if (isWide) this.#writer.i64(BigInt(value));
      else this.#writer.u32(Number(value));
    }
  }
}

function recordCount(fields: readonly Field[], values: readonly unknown[]): number {
  let count = 0;
  let lastTag = -1;
  for (const [index, { tag }] of fields.entries()) {
    if (values[index] === undefined) continue;
    count += tag > lastTag + 1 ? 2 : 1;
    lastTag = tag;
  }
  return count;
}

function recordOf(value: number): number {
  return (value + 1) * 2;
}
