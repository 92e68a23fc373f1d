// Guard: what the wrappers of an untrusted service's built-ins are made of.
// Guest, untrusted isolates only. Guards are named by permits.ts, made in *-guards.ts and applied
// by wrapper.ts.
// Invariant: a built-in is called with what was checked: what is read twice could be another thing
// the second time.

export type Builtin = (...args: unknown[]) => unknown;

/** What a wrapper does, given its `this` and its arguments, which are its own to change. */
export type Guarded = (self: unknown, args: unknown[]) => unknown;

export type Guard = (builtin: Builtin, name: string) => Guarded;
