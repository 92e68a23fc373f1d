// Simpledb: a store of texts by name, as Skynet's example has it. Its commands are in any case.
// Launched by main.ts under the name .simpledb; called by doors, and by whoever knows the name.

import { dispatch, retPack } from "isonet";

const keysMax = 100_000;
const values = new Map<string, string>();

const commands: Record<string, (key: string, value: string) => unknown> = {
  GET: (key) => values.get(key),
  /** What was there before. */
  SET: (key, value) => {
    const before = values.get(key);
    if (before === undefined && values.size >= keysMax) throw new Error("the store is full");
    values.set(key, value);
    return before;
  },
  PING: () => "PONG",
  COUNT: () => String(values.size),
};

dispatch("lua", (_session, _source, ...[name, key = "", value = ""]: string[]) => {
  const command = commands[name?.toUpperCase() ?? ""];
  if (command === undefined) throw new Error(`Unknown command ${name}`);
  retPack(command(key, value));
});
