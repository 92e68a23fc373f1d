// Command: the shape of a console command, and what every command is given.
// Shard 0. Implemented by the *-commands.ts files, found by command-table.ts.
// Invariant: a command that changes anything has access "write": HTTP runs those by POST only.

import type { LauncherCommands } from "../../api/launcher.ts";
import type { RegistryCommands } from "../../api/registry.ts";
import type { ServiceManagerCommands } from "../../api/service-manager.ts";
import type * as isonetModule from "isonet";
import type { Address, ServiceHandle } from "isonet";
import { CodedError } from "../../../wire/coded-error.ts";
import type { Answer } from "./answer.ts";
import type { Arguments } from "./arguments.ts";
import { consoleLimits } from "./console-limits.ts";
import { hostService } from "./host-call.ts";
import type { ConsolePowers } from "./powers.ts";

/** The author API of the console's own service. */
export type Isonet = typeof isonetModule;

/** One command as it came in, whichever way. */
export type Request = {
  readonly name: string;
  readonly values: readonly unknown[];
  /** The line as typed; undefined when the arguments came as JSON values. */
  readonly line: string | undefined;
  /** Source text posted along, in place of a file of the host's machine. */
  readonly source: string | undefined;
};

export type Invocation = {
  readonly isonet: Isonet;
  readonly powers: ConsolePowers;
  readonly args: Arguments;
  readonly request: Request;
};

export type Command = {
  /** The arguments, as help shows them: "address [number]". */
  readonly usage: string;
  readonly summary: string;
  /** "read": looks only. "write": changes, ends or burdens something. */
  readonly access: "read" | "write";
  /** What it does on a text connection, when it talks. */
  readonly talk?: (invocation: Invocation, talk: Talk) => Promise<void>;
  readonly run: (invocation: Invocation) => Promise<Answer> | Answer;
};

/** A conversation on a text connection, in place of one answer. */
export type Talk = {
  readonly peer: string;
  print(lines: readonly string[]): void;
  /** Text without a line end: the operator types behind it. */
  prompt(text: string): void;
  /** The next line that is typed; undefined when the connection has ended. */
  nextLine(): Promise<string | undefined>;
};

export type CommandTable = Readonly<Record<string, Command>>;

export function launcher(isonet: Isonet, timeoutMs: number): ServiceHandle<LauncherCommands> {
  return hostService<LauncherCommands>(isonet, ".launcher", timeoutMs);
}

export function registry(isonet: Isonet): ServiceHandle<RegistryCommands> {
  return hostService<RegistryCommands>(isonet, ".registry", consoleLimits.debugMs);
}

export function serviceManager(isonet: Isonet): ServiceHandle<ServiceManagerCommands> {
  return hostService<ServiceManagerCommands>(isonet, ".service", consoleLimits.debugMs);
}

/**
 * The address in the first argument: ":0100000c", "c" or ".name". Fails with ARGUMENT_INVALID,
 * NAME_UNKNOWN.
 */
export function addressed({ isonet, args }: Invocation): Promise<Address> {
  return addressOf(isonet, args.required(0, "an address"));
}

export async function addressOf(isonet: Isonet, text: string): Promise<Address> {
  if (text.startsWith(".")) {
    const named = await isonet.localName(text);
    if (named !== undefined) return named;
    throw new CodedError(
      "NAME_UNKNOWN",
      `Not a valid name: no service is named ${JSON.stringify(text)}`,
    );
  }
  const address = isonet.parseAddress(text);
  if (address !== undefined) return address;
  throw new CodedError(
    "ARGUMENT_INVALID",
    `Need an address, not ${JSON.stringify(text)}: one is written :0100000c, c or .name`,
  );
}

/** Sends a debug request to a service and resolves with what it answers. */
export async function debug(
  isonet: Isonet,
  to: Address,
  command: string,
  values: readonly unknown[] = [],
): Promise<unknown> {
  const target = { to, timeoutMs: consoleLimits.debugMs };
  const answer: unknown = await isonet.call(target, "debug", command, ...values);
  return answer;
}
