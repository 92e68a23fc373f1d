// Launch terms: what a new service may use, from its launch options and the host's defaults.
// Shard 0. Used by launcher.ts.
// Invariant: an untrusted service never gets more than the options' readers allow.

import type { LaunchOptions } from "isonet";
import type { ServiceTerms } from "../../wire/service-terms.ts";

/** Of the host's options: what a service gets when its launch says nothing. */
export type TermDefaults = {
  readonly memoryMb: number;
  readonly mailboxDepthMax: number;
  readonly untrustedMemoryMb: number;
  readonly untrustedMailboxMax: number;
  readonly sliceMs: number;
  readonly cpuPerSecondMs: number;
  readonly sendsPerSecondMax: number;
};

export function launchTerms(options: LaunchOptions, defaults: TermDefaults): ServiceTerms {
  const owner = options.owner ?? options.name;
  if (options.trust === "untrusted") {
    return {
      isTrusted: false,
      owner,
      memoryMb: options.memoryMb ?? defaults.untrustedMemoryMb,
      sliceMs: options.sliceMs ?? defaults.sliceMs,
      cpuPerSecondMs: options.cpuPerSecondMs ?? defaults.cpuPerSecondMs,
      mailboxDepthMax: options.mailboxMax ?? defaults.untrustedMailboxMax,
      sendsPerSecondMax: defaults.sendsPerSecondMax,
    };
  }
  return {
    isTrusted: true,
    owner,
    memoryMb: options.memoryMb ?? defaults.memoryMb,
    sliceMs: options.sliceMs ?? 0,
    cpuPerSecondMs: options.cpuPerSecondMs ?? 0,
    mailboxDepthMax: options.mailboxMax ?? defaults.mailboxDepthMax,
    sendsPerSecondMax: 0,
  };
}
