// Exit codes: what the command's end tells a shell or a service manager, and the words on standard
// error.
// Main thread. Used by main.ts and the commands.
// Invariant: 2 means that starting again unchanged fails again.

import { CodedError } from "../../wire/coded-error.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";

export const exitCodes = { done: 0, fault: 1, configuration: 2 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const configurationCodes: ReadonlySet<ErrorCode> = new Set([
  "CONFIG_INVALID",
  "PORT_IN_USE",
  "SELF_TEST_FAILED",
  "RECORDING_INVALID",
  "SERVICE_NOT_FOUND",
]);

export function exitCodeOf(error: unknown): ExitCode {
  const isConfiguration = error instanceof CodedError && configurationCodes.has(error.code);
  return isConfiguration ? exitCodes.configuration : exitCodes.fault;
}

/** One paragraph for an expected failure; the stack for any other, which is a fault of isonet. */
export function failureText(error: unknown): string {
  if (error instanceof CodedError) return `isonet: ${error.code}: ${error.message}`;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `isonet: fault: ${text}`;
}
