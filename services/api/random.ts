// Random commands: bytes that nobody can guess. Host service ".random".
// Neutral: the commands' types for callers in both worlds. Implemented by services/host/random.ts.
// Invariant: no byte is given twice.

export type RandomCommands = {
  /** 1 to `randomBytesMax` of them. Fails with ARGUMENT_INVALID. */
  bytes(count: number): Uint8Array;
};
