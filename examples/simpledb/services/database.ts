// Database: owns the data. Any service may use it; one message at a time is handled, so nothing
// here needs a lock.

import { commands } from "isonet";
import { bounds } from "./bounds.ts";

const entries = new Map<string, string>();
let characters = 0;

function remove(key: string): boolean {
  const old = entries.get(key);
  if (old === undefined) return false;
  characters -= key.length + old.length;
  return entries.delete(key);
}

const table = commands({
  get: (key: string) => entries.get(key),
  /** Full: the entry stays as it was. */
  set(key: string, value: string): "stored" | "full" {
    const old = entries.get(key);
    const after = characters + value.length + (old === undefined ? key.length : -old.length);
    const isOneMore = old === undefined && entries.size >= bounds.entriesMax;
    if (isOneMore || after > bounds.charactersMax) return "full";
    entries.set(key, value);
    characters = after;
    return "stored";
  },
  /** True when there was one. */
  del: (key: string) => remove(key),
  /** The first keys with this beginning, and how many there are. */
  keys(prefix: string): { readonly first: string[]; readonly count: number } {
    const found = [...entries.keys()].filter((key) => key.startsWith(prefix)).toSorted();
    return { first: found.slice(0, bounds.keysListedMax), count: found.length };
  },
});

export type DatabaseCommands = typeof table;
