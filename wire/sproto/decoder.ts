// Decoder: sproto's bytes as values. Pure: host, clients, guests.
// A stranger's bytes: every length is checked before it is used, and fields whose tags the schema
// does not have are passed over, so that newer peers may send more.
// Invariant: values or SPROTO_MALFORMED; no read out of bounds; memory is a multiple of the input.

import { readUtf8 } from "../utf8.ts";
import type { Field, Shape, StructType } from "./schema.ts";
import { sprotoLimits } from "./sproto-limits.ts";
import { expectBytes, malformed } from "./sproto-refusal.ts";

export type Struct = Record<string, unknown>;

type Decoded = {
  readonly value: Struct;
  /** Where the struct ends: behind it, there may be another one, or the padding of packing. */
  readonly end: number;
};

export function decodeStruct(type: StructType, bytes: Uint8Array, from = 0): Decoded {
  expectBytes(`what is decoded as ${type.name}`, bytes);
  const most = sprotoLimits.encodedBytesMax;
  if (bytes.length > most) {
    throw malformed(`${bytes.length} bytes; at most ${most} (encodedBytesMax) are allowed`);
  }
  const decoder = new Decoder(bytes);
  const value = decoder.struct(type, from, bytes.length, 0);
  return { value, end: decoder.end };
}

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where the struct that was read last ends. */
  end = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Reads the struct that starts at `from` and may go up to `to`. */
  struct(type: StructType, from: number, to: number, depth: number): Struct {
    const { fields, name } = type;
    const count = to - from < 2 ? -1 : this.#u16(from);
    let data = from + 2 + 2 * count;
    if (count < 0 || data > to) throw malformed(`${name} at byte ${from} is cut off`);
    const value: Struct = {};
    let tag = -1;
    let next = 0;
    for (let index = 0; index < count; index++) {
      const record = this.#u16(from + 2 + 2 * index);
      tag += 1 + (record & 1 ? record >> 1 : 0);
      if (record & 1) continue;
      const start = data + 4;
      if (record === 0) data = this.#endOfSized(data, to, name);
      while (next < fields.length && (fields[next] as Field).tag < tag) next++;
      const field = fields[next];
      if (field?.tag !== tag) continue;
      if (depth >= sprotoLimits.depthMax) {
        throw malformed(`${name} is nested deeper than ${sprotoLimits.depthMax} (depthMax)`);
      }
      value[field.name] =
        record === 0
          ? this.#data(field, { from: start, to: data, depth })
          : inlineValue(field, record / 2 - 1);
    }
    this.end = data;
    return value;
  }

  #data(field: Field, part: Part): unknown {
    if (field.shape.kind !== "one") return this.#array(field, part);
    const { content, place } = field;
    const { from, to } = part;
    if (content.kind === "struct") return this.#wholeStruct(content.type, part);
    if (content.kind === "string") return readUtf8(this.#bytes, from, to);
    if (content.kind === "binary") return this.#copy(from, to);
    if (content.kind === "integer") {
      return unscaled(this.#integer(from, to - from, place), content.scale);
    }
    if (content.kind === "boolean") throw malformed(`${place} is a boolean outside of its record`);
    return this.#double(from, to - from, place);
  }

  #array(field: Field, part: Part): unknown {
    const { shape, content, place } = field;
    if (content.kind === "struct") {
      const items = this.#sized(place, part, (item) => this.#wholeStruct(content.type, item));
      return "key" in shape ? keyedItems(shape, place, items) : items;
    }
    if (content.kind === "string") {
      return this.#sized(place, part, ({ from, to }) => readUtf8(this.#bytes, from, to));
    }
    if (content.kind === "binary") {
      return this.#sized(place, part, ({ from, to }) => this.#copy(from, to));
    }
    if (content.kind === "boolean") {
      return Array.from(this.#bytes.subarray(part.from, part.to), (byte) => byte !== 0);
    }
    return this.#numbers(place, part, (at, width) =>
      content.kind === "double"
        ? this.#double(at, width, place)
        : unscaled(this.#integer(at, width, place), content.scale),
    );
  }

  /** A byte that says how many bytes a number has, and the numbers. */
  #numbers<T>(place: string, { from, to }: Part, read: (at: number, width: number) => T): T[] {
    const numbers: T[] = [];
    if (to - from < 2) return numbers;
    const width = this.#bytes[from] as number;
    if ((width !== 4 && width !== 8) || (to - from - 1) % width !== 0) {
      throw malformed(`${place} has ${to - from - 1} bytes of numbers of ${width} bytes`);
    }
    for (let at = from + 1; at < to; at += width) numbers.push(read(at, width));
    return numbers;
  }

  /** Items that each have their number of bytes in front. */
  #sized<T>(place: string, { from, to, depth }: Part, read: (item: Part) => T): T[] {
    const items: T[] = [];
    for (let at = from; at < to;) {
      const end = this.#endOfSized(at, to, place);
      items.push(read({ from: at + 4, to: end, depth }));
      at = end;
    }
    return items;
  }

  /** A struct within another one, which must fill its place. */
  #wholeStruct(type: StructType, { from, to, depth }: Part): Struct {
    const value = this.struct(type, from, to, depth + 1);
    if (this.end === to) return value;
    throw malformed(`${type.name} at byte ${from} ends ${to - this.end} bytes before its place`);
  }

  #integer(at: number, width: number, place: string): number | bigint {
    if (width === 4) return this.#view.getInt32(at, true);
    if (width !== 8) throw malformed(`${place} has ${width} bytes; 4 and 8 are allowed`);
    const high = this.#view.getInt32(at + 4, true);
    const number = high * 2 ** 32 + this.#view.getUint32(at, true);
    return Number.isSafeInteger(number) ? number : this.#view.getBigInt64(at, true);
  }

  #double(at: number, width: number, place: string): number {
    if (width !== 8) throw malformed(`${place} has ${width} bytes, not 8`);
    return this.#view.getFloat64(at, true);
  }

  /** Where what has its number of bytes in front, at `at`, ends. */
  #endOfSized(at: number, to: number, place: string): number {
    const room = to - at - 4;
    if (room < 0) throw malformed(`${place} is cut off in a length at byte ${at}`);
    const size = this.#view.getUint32(at, true);
    if (size <= room) return at + 4 + size;
    throw malformed(`${place}: the length at byte ${at} is ${size}, and ${room} bytes are left`);
  }

  #copy(from: number, to: number): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(from, to));
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, true);
  }
}

type KeyedShape = Extract<Shape, { key: string }>;

/** Bytes of one value, and the depth of the struct it belongs to. */
type Part = { readonly from: number; readonly to: number; readonly depth: number };

function inlineValue({ content, shape, place }: Field, number: number): unknown {
  if (shape.kind === "one") {
    if (content.kind === "boolean") return number !== 0;
    if (content.kind === "integer") return unscaled(number, content.scale);
  }
  throw malformed(`${place} is a number in a record, and is no integer or boolean`);
}

function unscaled(value: number | bigint, scale: number | undefined): number | bigint {
  return scale === undefined ? value : Number(value) / scale;
}

function keyedItems(shape: KeyedShape, place: string, items: readonly Struct[]) {
  const map = new Map<unknown, unknown>();
  for (const [index, item] of items.entries()) {
    const key = item[shape.key];
    const value = shape.kind === "map" ? item[shape.value] : item;
    if (key === undefined || value === undefined) {
      throw malformed(`${place}: item ${index} has no key or no value`);
    }
    map.set(key, value);
  }
  return map;
}
