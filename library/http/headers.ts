// Headers: header lists as objects and back.
// Guest: part of the library "isonet/http".
// Invariant: a list is names in lower case and values, by turns; the objects have no prototype.

import type { HttpHeaders, HttpHeadersInit } from "isonet/http";
import { add } from "./url.ts";

export function headersOf(list: readonly string[]): HttpHeaders {
  const headers = Object.create(null) as Record<string, string | string[]>;
  for (let at = 0; at + 1 < list.length; at += 2)
    add(headers, list[at] as string, list[at + 1] as string);
  return headers;
}

/** `type`: the content's, unless the headers say it. */
export function listOf(headers: HttpHeadersInit | undefined, type: string | undefined): string[] {
  const list: string[] = [];
  let isTyped = type === undefined;
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === undefined) continue;
    const key = name.toLowerCase();
    isTyped ||= key === "content-type";
    if (Array.isArray(value)) for (const each of value) list.push(key, String(each));
    else list.push(key, String(value));
  }
  if (!isTyped) list.push("content-type", type as string);
  return list;
}
