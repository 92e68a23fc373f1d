// Commands: services as values: a table of functions on one side, checked calls on the other.
// Guest (and host services). Used by api.ts; the table is read by dispatcher.ts.
// Invariant: only functions of the table itself are commands, nothing that it inherits.

import { CodedError } from "../wire/coded-error.ts";
import { ReflectOwnKeys, SafeProxy, SafeString } from "../wire/primordials.ts";
import type { Calls } from "./calls.ts";
import { OwnMap } from "./containers.ts";
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
  if (typeof table !== "object" || table === null) throw invalid("commands needs an object");
  const added = new OwnMap<string, Command>();
  const names = ReflectOwnKeys(table);
  for (let index = 0; index < names.length; index++) {
    const name = names[index];
    const command = typeof name === "string" ? table[name] : undefined;
    if (typeof command !== "function") throw invalid(`command ${SafeString(name)} is no function`);
    added.set(name as string, command);
  }
  const entry = protocols.require("lua");
  const known = (entry.commands ??= new OwnMap());
  added.forEach((command, name) => known.set(name, command));
}

function invalid(text: string): CodedError {
  return new CodedError("ARGUMENT_INVALID", text);
}

export function makeHandle(calls: Calls, target: Target): CommandHandle {
  destinationOf(target);
  timeoutOf(target);
  return {
    target,
    call: byName((values) => calls.call(target, "lua", values)),
    send: byName((values) => calls.send(target, "lua", values)),
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
function byName(send: (values: readonly unknown[]) => unknown): object {
  const made = new OwnMap<string, (...args: unknown[]) => unknown>();
  return new SafeProxy(
    {},
    {
      get: (_target, name) => {
        // A handle in an `await` is asked for `then`: it is no promise.
        if (typeof name !== "string" || name === "then") return undefined;
        let command = made.get(name);
        if (command === undefined) {
          command = (...args) => {
            const values: unknown[] = [name];
            for (let index = 0; index < args.length; index++) values[index + 1] = args[index];
            return send(values);
          };
          made.set(name, command);
        }
        return command;
      },
    },
  );
}
