// Command table: every command by name, and the one way to run one.
// Shard 0. Asked by text-session.ts and http-session.ts.
// Invariant: `runCommand` settles, and fails with errors only that answer.ts can tell.

import { CodedError } from "../../../wire/coded-error.ts";
import type { Answer } from "./answer.ts";
import { Arguments } from "./arguments.ts";
import { containmentCommands } from "./containment-commands.ts";
import type { Command, CommandTable, Invocation, Isonet, Request } from "./command.ts";
import { dashboardCommands } from "./dashboard-command.ts";
import { debugCommands } from "./debug-commands.ts";
import { debuggerCommands } from "./debugger-commands.ts";
import { hostCommands } from "./host-commands.ts";
import { netCommands } from "./net-commands.ts";
import { insightCommands } from "./insight-commands.ts";
import { hotfixCommands } from "./hotfix-commands.ts";
import { lifeCommands } from "./life-commands.ts";
import type { ConsolePowers } from "./powers.ts";
import { recordCommands } from "./record-commands.ts";
import { scopeCommands } from "./scope-commands.ts";

const help: CommandTable = {
  help: { usage: "", summary: "this list", access: "read", run: () => helpAnswer() },
};

const commands = new Map<string, Command>(
  [
    help,
    scopeCommands,
    lifeCommands,
    debugCommands,
    insightCommands,
    debuggerCommands,
    recordCommands,
    containmentCommands,
    dashboardCommands,
    hotfixCommands,
    hostCommands,
    netCommands,
  ].flatMap((table) => Object.entries(table)),
);

export function commandNamed(name: string): Command | undefined {
  return commands.get(name);
}

/** Runs a command. Fails with COMMAND_UNKNOWN, ARGUMENT_INVALID, or as the command does. */
export async function runCommand(
  isonet: Isonet,
  powers: ConsolePowers,
  request: Request,
): Promise<Answer> {
  const { command, invocation } = commandOf(isonet, powers, request);
  return command.run(invocation);
}

/** A command and what it is given. Fails with COMMAND_UNKNOWN. */
export function commandOf(
  isonet: Isonet,
  powers: ConsolePowers,
  request: Request,
): { readonly command: Command; readonly invocation: Invocation } {
  const command = commands.get(request.name);
  if (command === undefined) {
    throw new CodedError(
      "COMMAND_UNKNOWN",
      `no command ${JSON.stringify(request.name)}: help lists them`,
    );
  }
  const args = new Arguments(request.values, usageOf(request.name, command));
  return { command, invocation: { isonet, powers, args, request } };
}

/** What there is, for programs. */
export function helpOf(): Record<string, Pick<Command, "usage" | "summary" | "access">> {
  return Object.fromEntries(
    [...commands].map(([name, { usage, summary, access }]) => [name, { usage, summary, access }]),
  );
}

function usageOf(name: string, { usage }: Command): string {
  return usage === "" ? name : `${name} ${usage}`;
}

function helpAnswer(): Answer {
  const entries = [...commands];
  const text = new Map(
    entries.map(([name, command]) => [name, `${usageOf(name, command)} : ${command.summary}`]),
  );
  return { result: helpOf(), text };
}
