// Built-in limits: how much one call of a built-in may take on in an untrusted service. Neutral;
// kept by sandbox/prelude. V8 does not interrupt a built-in: these keep each below a tenth of a
// second or two on an idle machine.
// Checked against docs/limits.md by test/tidy. Apart from limits.ts: the runtime needs none of
// them.

export const builtinLimits = {
  /**
   * Characters that one call of a built-in may read or make in an untrusted service, where each
   * costs a nanosecond or so.
   */
  builtinTextMax: 4 * 1024 * 1024,
  /** Characters where each costs some hundred nanoseconds: normalize, localeCompare, URIs. */
  builtinSlowTextMax: 256 * 1024,
  /** Elements, or characters of JSON or under a pattern, that one call may go through. */
  builtinItemsMax: 1024 * 1024,
  /** Characters of code in one call of Function or eval. */
  builtinCodeMax: 64 * 1024,
  /** Bits of a bigint that is made from a text, or made into one. */
  builtinBigintBitsMax: 262_144,
} as const;
