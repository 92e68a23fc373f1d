// Commands: services as values: a table of functions on one side, checked calls on the other.
// Guest (and host services). Used by api.ts; the table is read by dispatcher.ts.
// Invariant: only functions of the table itself are commands, nothing that it inherits.

import { CodedError } from "../wire/coded-error.ts";
import type { Calls } from "./calls.ts";
import { ownKeys, ProxyCaptured, SafeMap } from "./primordials.ts";
import type { Protocols } from "./protocols.ts";
import { destinationOf, timeoutOf, type Target } from "./target.ts";

type Command = (...args: never[]) => unknown;

export type CommandHandle = {
  readonly target: Target;
  readonly call: object;
  readonly send: object;
  within(timeoutMs: number): CommandHandle;
};

/** Adds the functions of `table` to the "lua" protocol's commands. */
export function addCommands(protocols: Protocols, table: Readonly<Record<string, Command>>): void {
  const entry = protocols.require("lua");
  entry.commands ??= new SafeMap();
  const names = ownKeys(table);
  for (let index = 0; index < names.length; index++) {
    const name = names[index];
    const command = typeof name === "string" ? table[name] : undefined;
    if (typeof command !== "function") {
      throw new CodedError("ARGUMENT_INVALID", `command ${String(name)} is no function`);
    }
    entry.commands.set(name, command);
  }
}

export function makeHandle(calls: Calls, target: Target): CommandHandle {
  destinationOf(target);
  timeoutOf(target);
  return {
    target,
    call: byName((name, args) => calls.call(target, "lua", [name, ...args])),
    send: byName((name, args) => calls.send(target, "lua", [name, ...args])),
    within: (timeoutMs) => {
      const to = typeof target === "object" ? target.to : target;
      return makeHandle(calls, { to, timeoutMs });
    },
  };
}

/**
 * An object whose every property is a function that sends under the property's name; made once
 * each.
 */
function byName(send: (name: string, args: readonly unknown[]) => unknown): object {
  const made = new SafeMap<string, (...args: unknown[]) => unknown>();
  return new ProxyCaptured(
    {},
    {
      get: (_target, name) => {
        // A handle in an `await` is asked for `then`: it is no promise.
        if (typeof name !== "string" || name === "then") return undefined;
        let command = made.get(name);
        if (command === undefined) {
          command = (...args) => send(name, args);
          made.set(name, command);
        }
        return command;
      },
    },
  );
}
