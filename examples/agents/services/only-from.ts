// Only from: commands that one sender may use and nobody else. For agents, the world and the
// watchdog.
// A script shares its isolate with its agent: what the agent could ask of others, a hostile script
// can ask as well.

import { context, type Address, type Commands } from "isonet";

/** The same commands, refused with NOT_PERMITTED when another than `sender` asks. */
export function onlyFrom<T extends Commands>(sender: () => Address | undefined, table: T): T {
  const guarded = Object.entries(table).map(([name, command]): [string, Commands[string]] => [
    name,
    (...args) => {
      if (context()?.source === sender()) return command(...args);
      throw Object.assign(new Error(`${name} is not for you`), { code: "NOT_PERMITTED" });
    },
  ]);
  return Object.fromEntries(guarded) as T;
}
