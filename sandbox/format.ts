// Format: values as text for people, as console.log shows them.
// Guest (and host services). Used by log.ts, debug.ts and inject's print.
// Invariant: never throws, never runs longer than its bounds, whatever getters and proxies the
// values have.

import {
  ArrayIsArray,
  DatePrototypeGetTime,
  DatePrototypeToISOString,
  ErrorIsError,
  JSONStringify,
  MapIteratorPrototypeNext,
  MapPrototypeEntries,
  MapPrototypeGetSize,
  ObjectGetOwnPropertyDescriptor,
  ObjectIs,
  ReflectOwnKeys,
  SafeNumber,
  SafeString,
  SetIteratorPrototypeNext,
  SetPrototypeGetSize,
  SetPrototypeValues,
  StringPrototypeCharCodeAt as charCodeAt,
  StringPrototypeIndexOf as indexOf,
  StringPrototypeSlice as slice,
  TypedArrayPrototypeGetLength as lengthOf,
} from "../wire/primordials.ts";
import { isBytes } from "./bytes.ts";

const depthMax = 4;
const itemsMax = 100;
const textMax = 4096;

/** Values joined by blanks: strings as they are, the rest as `formatValue` shows it. */
export function formatValues(values: readonly unknown[]): string {
  let line = "";
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (index > 0) line += " ";
    line += typeof value === "string" ? value : formatValue(value);
    if (line.length > textMax * 2) break;
  }
  return line;
}

/** A string at depth 0 as it is, deeper in quotes. */
export function formatValue(value: unknown, depth = 0): string {
  try {
    return format(value, depth);
  } catch {
    return "[unreadable]";
  }
}

function format(value: unknown, depth: number): string {
  if (typeof value === "string") {
    return depth === 0 ? value : JSONStringify(slice(value, 0, textMax));
  }
  if (typeof value === "bigint") return `${SafeString(value)}n`;
  if (typeof value === "function") return `[Function: ${functionName(value)}]`;
  if (typeof value === "object" && value !== null) return formatObject(value, depth);
  return ObjectIs(value, -0) ? "-0" : SafeString(value);
}

function functionName(value: object): string {
  const name: unknown = ObjectGetOwnPropertyDescriptor(value, "name")?.value;
  return typeof name === "string" && name !== "" ? name : "anonymous";
}

function formatObject(value: object, depth: number): string {
  const stack = stackOf(value);
  if (stack !== undefined) return stack;
  const date = dateText(value);
  if (date !== undefined) return date;
  if (depth > depthMax) return ArrayIsArray(value) ? "[Array]" : "[Object]";
  if (ArrayIsArray(value)) {
    const items = new ItemList(value.length);
    while (items.wantsMore) items.add(formatValue(value[items.count], depth + 1));
    return `[${items.text}]`;
  }
  if (isBytes(value)) return bytesText(value);
  return mapText(value, depth) ?? setText(value, depth) ?? fieldsText(value, depth);
}

/** The text of a list: what is over the bounds is counted. */
class ItemList {
  text = "";
  count = 0;
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  get wantsMore(): boolean {
    if (this.count >= this.#length) return false;
    if (this.count < itemsMax && this.text.length <= textMax) return true;
    this.text += `, … ${this.#length - this.count} more`;
    return false;
  }

  add(item: string): void {
    this.text += this.count++ === 0 ? item : `, ${item}`;
  }
}

function dateText(value: object): string | undefined {
  try {
    const time = DatePrototypeGetTime(value);
    return ObjectIs(time, SafeNumber.NaN) ? "Invalid Date" : DatePrototypeToISOString(value);
  } catch {
    return undefined;
  }
}

function bytesText(bytes: Uint8Array): string {
  const length = lengthOf(bytes);
  const items = new ItemList(length);
  while (items.wantsMore) items.add(SafeString(bytes[items.count]));
  return `Uint8Array(${length}) [${items.text}]`;
}

function mapText(value: object, depth: number): string | undefined {
  let size: number;
  try {
    size = MapPrototypeGetSize(value as Map<unknown, unknown>);
  } catch {
    return undefined;
  }
  const iterator = MapPrototypeEntries(value as Map<unknown, unknown>);
  const items = new ItemList(size);
  while (items.wantsMore) {
    const next = MapIteratorPrototypeNext(iterator);
    if (next.done) break;
    const key = formatValue(next.value[0], depth + 1);
    items.add(`${key} => ${formatValue(next.value[1], depth + 1)}`);
  }
  return `Map(${size}) {${items.text}}`;
}

function setText(value: object, depth: number): string | undefined {
  let size: number;
  try {
    size = SetPrototypeGetSize(value as Set<unknown>);
  } catch {
    return undefined;
  }
  const iterator = SetPrototypeValues(value as Set<unknown>);
  const items = new ItemList(size);
  while (items.wantsMore) {
    const next = SetIteratorPrototypeNext(iterator);
    if (next.done) break;
    items.add(formatValue(next.value, depth + 1));
  }
  return `Set(${size}) {${items.text}}`;
}

function fieldsText(value: object, depth: number): string {
  const keys = ReflectOwnKeys(value);
  const items = new ItemList(keys.length);
  while (items.wantsMore) {
    const key = keys[items.count] as string;
    items.add(`${keyText(key)}: ${fieldText(value as Record<string, unknown>, key, depth + 1)}`);
  }
  return items.text === "" ? "{}" : `{ ${items.text} }`;
}

function fieldText(fields: Record<string, unknown>, key: string, depth: number): string {
  try {
    return format(fields[key], depth);
  } catch {
    return "[unreadable]";
  }
}

function keyText(key: string | symbol): string {
  if (typeof key === "symbol") return `[${SafeString(key)}]`;
  return isIdentifier(key) ? key : JSONStringify(slice(key, 0, textMax));
}

function isIdentifier(key: string): boolean {
  for (let index = 0; index < key.length && index < itemsMax; index++) {
    const unit = charCodeAt(key, index);
    const isLetter = (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a;
    const isDigit = unit >= 0x30 && unit <= 0x39 && index > 0;
    if (!isLetter && !isDigit && unit !== 0x24 && unit !== 0x5f) return false;
  }
  return key !== "" && key.length <= itemsMax;
}

/** What `throw` gave: its stack when it has one, which starts with the error's name and message. */
export function errorText(error: unknown): string {
  return formatValue(error);
}

/** The stack of an error; "name: message" when it has none, undefined when it is no error. */
function stackOf(value: object): string | undefined {
  if (!ErrorIsError(value)) return undefined;
  const { stack, name, message } = value as { stack?: unknown; name?: unknown; message?: unknown };
  if (typeof stack === "string" && stack !== "") return stack;
  return `${SafeString(name)}: ${SafeString(message)}`;
}

const placeStart = "    at ";
const runtimeName = "isonet:";

/** "file:line:column" of the author's code that threw, or "". */
export function placeOf(error: unknown): string {
  const stack = errorText(error);
  let from = indexOf(stack, `\n${placeStart}`);
  while (from >= 0) {
    const next = indexOf(stack, `\n${placeStart}`, from + 1);
    const line = slice(stack, from + 1 + placeStart.length, next < 0 ? stack.length : next);
    const place = placeIn(line);
    if (place !== "" && slice(place, 0, runtimeName.length) !== runtimeName) return place;
    from = next;
  }
  return "";
}

/** The place in "name (file:1:2)", "async name (file:1:2)", "async file:1:2" or "file:1:2". */
function placeIn(line: string): string {
  const open = indexOf(line, "(");
  const close = indexOf(line, ")", open);
  if (open >= 0 && close > open) return hasColumn(slice(line, open + 1, close));
  const prefix = "async ";
  return hasColumn(slice(line, 0, prefix.length) === prefix ? slice(line, prefix.length) : line);
}

/** `place` when it ends with ":line:column", else "". */
function hasColumn(place: string): string {
  let colons = 0;
  for (let index = place.length - 1; index >= 0; index--) {
    const unit = charCodeAt(place, index);
    if (unit === 0x3a && ++colons === 2) return place;
    if (unit !== 0x3a && (unit < 0x30 || unit > 0x39)) return "";
  }
  return "";
}
