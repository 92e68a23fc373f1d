// Record commands: has services recorded, for isonet replay, or for a patched copy beside them.
// Shard 0. The recorders are in the shards and cells; the host has the files.
// Invariant: a recording that could not be replayed is refused, not begun.

import { shadowCommand } from "./shadow-command.ts";
import { CodedError } from "../../../wire/coded-error.ts";
import type { Answer } from "./answer.ts";
import { addressed, type CommandTable, type Invocation } from "./command.ts";

export const recordCommands: CommandTable = {
  logon: {
    usage: "[address | next name]",
    summary: "records a service for isonet replay; next: those of this name that start; or lists",
    access: "write",
    run: logon,
  },
  logoff: {
    usage: "address | next name",
    summary: "ends a recording, or stops recording the services of this name",
    access: "write",
    run: logoff,
  },
  shadow: shadowCommand,
};

async function logon(invocation: Invocation): Promise<Answer> {
  const { args, powers } = invocation;
  const { recordings } = powers;
  const [first, name] = args.words(0);
  if (first === undefined) {
    const result = recordings.list();
    const rows = result.map(({ address, bytes, file }) => [address, `${bytes} bytes in ${file}`]);
    return { result, text: new Map(rows as [string, string][]) };
  }
  if (first === "next") {
    if (name === undefined) throw args.invalid("the name of a service behind next");
    recordings.next(name);
    return { result: { next: name }, text: `services of ${name} are recorded when they start` };
  }
  const result = await recordings.logon(await addressed(invocation));
  return { result, text: `recorded in ${result.file}` };
}

async function logoff(invocation: Invocation): Promise<Answer> {
  const { args, powers } = invocation;
  const { recordings } = powers;
  const [first, name] = args.words(0);
  if (first === "next") {
    if (name === undefined) throw args.invalid("the name of a service behind next");
    if (recordings.forgetNext(name)) return { result: { next: name }, text: "not any more" };
    throw new CodedError("RECORDING_REFUSED", `services of ${name} were not to be recorded`);
  }
  const result = await recordings.logoff(await addressed(invocation));
  return { result, text: `${result.bytes} bytes in ${result.file}` };
}
