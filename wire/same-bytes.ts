// Same bytes: compares a proof with what it must be. Neutral: host and guest.
// Invariant: the time it takes depends on the lengths alone, so it does not tell a forger how many
// bytes are right.

export function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index++)
    difference |= (one[index] as number) ^ (other[index] as number);
  return difference === 0;
}
