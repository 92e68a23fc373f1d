// Format: values as text for people, as console.log shows them.
// Guest (and host services). Used by log.ts, debug.ts and inject's print.
// Invariant: never throws, never runs longer than its bounds, whatever getters and proxies the
// values have.

import { append, ownKeys, stringify, StringCaptured } from "./primordials.ts";

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

export function formatValue(value: unknown, depth = 0): string {
  try {
    return format(value, depth);
  } catch {
    return "[unreadable]";
  }
}

function format(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return depth === 0
        ? value
        : stringify(value.length > textMax ? value.slice(0, textMax) : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return `[Function: ${StringCaptured(value.name || "anonymous")}]`;
    case "object":
      return value === null ? "null" : formatObject(value, depth);
    case "number":
      return Object.is(value, -0) ? "-0" : StringCaptured(value);
    default:
      return StringCaptured(value);
  }
}

function formatObject(value: object, depth: number): string {
  if (value instanceof Error) return errorText(value);
  if (value instanceof Date)
    return StringCaptured(value.getTime()) === "NaN" ? "Invalid Date" : value.toISOString();
  if (depth > depthMax) return Array.isArray(value) ? "[Array]" : "[Object]";
  if (Array.isArray(value))
    return `[${list(value.length, (index) => formatValue(value[index], depth + 1))}]`;
  if (value instanceof Uint8Array) {
    const bytes = list(value.length, (index) => StringCaptured(value[index]));
    return `Uint8Array(${value.length}) [${bytes}]`;
  }
  if (value instanceof Map) {
    const entries = [...value.entries()];
    const pairs = list(entries.length, (index) => pairText(entries[index], depth));
    return `Map(${value.size}) {${pairs}}`;
  }
  if (value instanceof Set) {
    const values = [...value];
    const items = list(values.length, (index) => formatValue(values[index], depth + 1));
    return `Set(${value.size}) {${items}}`;
  }
  const keys = ownKeys(value);
  const body = list(keys.length, (index) => {
    const key = keys[index] as string;
    return `${keyText(key)}: ${formatValue((value as Record<string, unknown>)[key], depth + 1)}`;
  });
  return body === "" ? "{}" : `{ ${body} }`;
}

function pairText(pair: readonly [unknown, unknown] | undefined, depth: number): string {
  return `${formatValue(pair?.[0], depth + 1)} => ${formatValue(pair?.[1], depth + 1)}`;
}

function keyText(key: string | symbol): string {
  if (typeof key === "symbol") return `[${StringCaptured(key)}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : stringify(key);
}

function list(length: number, item: (index: number) => string): string {
  const parts: string[] = [];
  let size = 0;
  for (let index = 0; index < length; index++) {
    if (index === itemsMax || size > textMax) {
      append(parts, `… ${length - index} more`);
      break;
    }
    const part = item(index);
    size += part.length;
    append(parts, part);
  }
  return parts.join(", ");
}

/** The stack when there is one, which starts with the error's name and message. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return formatValue(error);
  try {
    const { stack, name, message } = error;
    return typeof stack === "string" && stack !== "" ? stack : `${name}: ${message}`;
  } catch {
    return "[unreadable error]";
  }
}
