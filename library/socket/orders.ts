// Orders: what this service says to the host's socket service.
// Guest: part of the library "isonet/socket".
// Invariant: an order costs no reply; what is asked as a request fails with the host's own codes.

import { call, self, send } from "isonet";
import { bytesOf, joinBytes } from "isonet/bytes";
import type { SocketData } from "isonet/socket";
import { makeAddress, nodeOf, wellKnown } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { limits } from "../../wire/limits.ts";
import { nextSequence, type SocketCommands } from "../../wire/socket-protocol.ts";

/** Address of ".socket": events of others are not believed. */
export const socketHost = makeAddress(nodeOf(self()), wellKnown.socket);

const target = socketHost;
const slackMs = 5000; // the host's own time is up first

let sequence = 0;

/** One way. */
export function order(kind: number, id: number, ...values: readonly unknown[]): void {
  const number = sequence;
  sequence = nextSequence(number);
  send(target, "socket", number, kind, id, ...values);
}

/** A block for each piece of what is written. */
export function orderBlocks(kind: number, id: number, data: SocketData): void {
  const bytes = blockOf(data);
  const { length } = bytes;
  const max = limits.socketBlockBytesMax;
  if (length <= max) {
    if (length > 0) order(kind, id, bytes);
    return;
  }
  for (let at = 0; at < length; at += max) {
    order(kind, id, bytes.subarray(at, at + max));
  }
}

export function blockOf(data: SocketData): Uint8Array {
  if (typeof data === "string") return bytesOf(data);
  return data instanceof Uint8Array ? data : joinBytes(data);
}

/** Asks the socket service; waits for as long as it takes at most. */
export async function ask<K extends keyof SocketCommands>(
  command: K,
  waitMs: number,
  ...args: Parameters<SocketCommands[K]>
): Promise<ReturnType<SocketCommands[K]>> {
  try {
    const to = { to: target, timeoutMs: waitMs + slackMs };
    return (await call(to, "lua", command, ...args)) as ReturnType<SocketCommands[K]>;
  } catch (error) {
    throw ownError(error);
  }
}

/** What the host's service has thrown, under its own code. */
function ownError(error: unknown): unknown {
  const { code, remoteCode, message } = error as Partial<CodedError>;
  if (code !== "REMOTE_FAULT" || remoteCode === undefined) return error;
  return new CodedError(remoteCode as ErrorCode, message ?? "");
}
