// Requests: a line of the protocol, and what is answered to it. It needs nothing but a database.

import type { ServiceHandle } from "isonet";
import { bounds } from "./bounds.ts";
import type { DatabaseCommands } from "./database.ts";

type Database = ServiceHandle<DatabaseCommands>;

const usage = "GET key, SET key value, DEL key, KEYS [beginning], QUIT";

/** The lines of the answer. */
export async function answer(line: string, database: Database): Promise<string[]> {
  const [, word = "", key = "", value = ""] = /^(\S*) ?(\S*) ?(.*)$/s.exec(line) ?? [];
  switch (word.toUpperCase()) {
    case "GET":
      return badKey(key) ?? badEnd(value) ?? get(key, database);
    case "SET":
      return badKey(key) ?? badValue(value) ?? set(key, value, database);
    case "DEL":
      return badKey(key) ?? badEnd(value) ?? del(key, database);
    case "KEYS":
      return badEnd(value) ?? keys(key, database);
    default:
      return [`ERR UNKNOWN ${JSON.stringify(word.slice(0, 32))}: there are ${usage}`];
  }
}

async function get(key: string, database: Database): Promise<string[]> {
  const value = await database.call.get(key);
  return [value === undefined ? "NONE" : `VALUE ${value}`];
}

async function set(key: string, value: string, database: Database): Promise<string[]> {
  if ((await database.call.set(key, value)) === "stored") return ["OK"];
  const { entriesMax, charactersMax } = bounds;
  return [`ERR FULL at most ${entriesMax} entries with ${charactersMax} characters are kept`];
}

async function del(key: string, database: Database): Promise<string[]> {
  return [(await database.call.del(key)) ? "OK" : "NONE"];
}

async function keys(prefix: string, database: Database): Promise<string[]> {
  const { first, count } = await database.call.keys(prefix);
  return [`KEYS ${first.length} of ${count}`, ...first];
}

function badKey(key: string): string[] | undefined {
  if (key.length > 0 && key.length <= bounds.keyCharactersMax) return undefined;
  const { keyCharactersMax } = bounds;
  return [`ERR KEY has ${key.length} characters: 1 to ${keyCharactersMax} are allowed`];
}

function badValue(value: string): string[] | undefined {
  if (value.length > 0 && value.length <= bounds.valueCharactersMax) return undefined;
  const { valueCharactersMax } = bounds;
  return [`ERR VALUE has ${value.length} characters: 1 to ${valueCharactersMax} are allowed`];
}

function badEnd(value: string): string[] | undefined {
  return value.length === 0 ? undefined : ["ERR END nothing may follow the key"];
}
