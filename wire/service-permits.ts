// Service permits: what one untrusted service may do beyond its own affairs, as its launch says.
// Shard 0 only: the host decides, a cell never sees them.
// Made by services/host/launch-allow.ts; kept by services/host/launched.ts; read by
// src/kernel/permits.ts.

export type ServicePermits = {
  /** Kinds of messages by the name or address they may be sent to; `anybody` is a key too. */
  readonly send: ReadonlyMap<string | number, ReadonlySet<number>>;
  /** Services alive that it has launched, and those that these have launched. */
  readonly launchesMax: number;
  readonly namesMax: number;
  /** Settings it may read; `anybody`: each. */
  readonly env: ReadonlySet<string>;
  /** Undefined: no sockets at all. */
  readonly net: NetPermits | undefined;
};

/** A host and a port that may be used; `anybody`: each. */
export type NetPattern = { readonly host: string; readonly port: number | "*" };

export type NetPermits = {
  readonly connect: readonly NetPattern[];
  readonly listen: readonly NetPattern[];
};

/** In `send`: every service but the host's own. In `env`: every setting. */
export const anybody = "*";

export const noPermits: ServicePermits = {
  send: new Map(),
  launchesMax: 0,
  namesMax: 0,
  env: new Set(),
  net: undefined,
};

/** Who an untrusted service is, for whoever looks at what it sends. */
export type Permitted = {
  readonly permits: ServicePermits;
  readonly owner: string;
  /** The service that has launched it; undefined: the host. */
  readonly launcher: number | undefined;
};
