// Service limits: what one service may send and arm, by whether it is trusted.
// Pure. Made by kernel.ts for each service; asked by outbox.ts, scheduler.ts and commands.ts.
// Invariant: an untrusted service never gets more than a trusted one.

import { limits } from "../../wire/limits.ts";
import type { ServiceTerms } from "../../wire/service-terms.ts";

/** A bound, with the name it has in docs/limits.md. */
export type NamedLimit = { readonly max: number; readonly name: string };

export type ServiceLimits = {
  /** Bytes of one message, its header included. */
  readonly messageBytes: NamedLimit;
  /** Bytes that it sends in one turn. */
  readonly turnSendBytes: NamedLimit;
  readonly timers: NamedLimit;
};

const trusted: ServiceLimits = {
  messageBytes: { max: limits.messageBytesMax, name: "messageBytesMax" },
  turnSendBytes: { max: limits.turnSendBytesMax, name: "turnSendBytesMax" },
  timers: { max: limits.timersMax, name: "timersMax" },
};

/** `messageBytesMax` is the host's option. */
export function serviceLimits(
  terms: Pick<ServiceTerms, "isTrusted">,
  messageBytesMax: number,
): ServiceLimits {
  const messageBytes = { max: messageBytesMax, name: "messageBytesMax" };
  if (terms.isTrusted) return { ...trusted, messageBytes };
  return {
    messageBytes:
      messageBytesMax <= limits.untrustedMessageBytesMax
        ? messageBytes
        : { max: limits.untrustedMessageBytesMax, name: "untrustedMessageBytesMax" },
    turnSendBytes: { max: limits.untrustedTurnSendBytesMax, name: "untrustedTurnSendBytesMax" },
    timers: { max: limits.untrustedTimersMax, name: "untrustedTimersMax" },
  };
}

/** Bytes of the largest message that a service with these terms may send. */
export function messageBytesMaxOf(terms: ServiceTerms, messageBytesMax: number): number {
  return serviceLimits(terms, messageBytesMax).messageBytes.max;
}
