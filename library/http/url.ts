// URL: path and query of requests, and forms: an isolate has no URL.
// Guest: part of the library "isonet/http" (url.parse, url.parse_query: reference §5.5).
// Invariant: any text is parsed; the objects have no prototype, whatever the names in them.

import type { Query } from "isonet/http";
import { readUtf8, utf8Length, writeUtf8 } from "../../wire/utf8.ts";

const percent = 0x25;
const plus = 0x2b;
const space = 0x20;

export function parseUrl(url: string): { path: string; query: string } {
  const at = url.indexOf("?");
  const end = url.indexOf("#");
  const whole = end < 0 ? url : url.slice(0, end);
  if (at < 0 || (end >= 0 && end < at)) return { path: decoded(whole), query: "" };
  return { path: decoded(whole.slice(0, at)), query: whole.slice(at + 1) };
}

export function parseQuery(query: string): Query {
  const found = Object.create(null) as Record<string, string | string[]>;
  if (query === "") return found;
  for (const part of query.split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = decoded(at < 0 ? part : part.slice(0, at), { isForm: true });
    const value = at < 0 ? "" : decoded(part.slice(at + 1), { isForm: true });
    add(found, name, value);
  }
  return found;
}

/** Under a name that is there already, the values become a list. */
export function add(to: Record<string, string | string[]>, name: string, value: string): void {
  const known = to[name];
  if (known === undefined) to[name] = value;
  else if (typeof known === "string") to[name] = [known, value];
  else known.push(value);
}

export function formatQuery(form: {
  readonly [name: string]: string | number | readonly string[];
}): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(form)) {
    for (const each of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(each).toWellFormed())}`);
    }
  }
  return parts.join("&");
}

function decoded(text: string, { isForm = false } = {}): string {
  if (!text.includes("%") && !(isForm && text.includes("+"))) return text;
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    const value = byte === percent ? hexAt(bytes, at + 1) : -1;
    if (value >= 0) at += 2;
    bytes[length++] = value >= 0 ? value : isForm && byte === plus ? space : byte;
  }
  return readUtf8(bytes, 0, length);
}

/** The byte that two digits say; -1: they are none. */
function hexAt(bytes: Uint8Array, at: number): number {
  const high = digitOf(bytes[at] ?? 0);
  const low = digitOf(bytes[at + 1] ?? 0);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lowerCase = byte | 0x20;
  return lowerCase >= 0x61 && lowerCase <= 0x66 ? lowerCase - 0x57 : -1;
}
