// DES block: the cipher for single blocks of eight bytes (FIPS 46-3). Pure; used by des.ts.
// The tables are the standard's, bits counted from 1 at the highest. Substitution and the
// permutation behind it are one table of 32-bit words, made when this module loads.
// Invariant: a schedule is 16 rounds of eight 6-bit keys; backwards, it deciphers.

const roundCount = 16;
const boxCount = 8;

/** Four rows of 16 hexadecimal digits for each box. */
const boxes = [
  "e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
  "f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
  "a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
  "7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
  "2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
  "c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
  "4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
  "d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
];

// prettier-ignore
const behindBoxes = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
  2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
// prettier-ignore
const highHalfBits = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18,
  10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
];
// prettier-ignore
const lowHalfBits = [
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22,
  14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
// prettier-ignore
const roundKeyBits = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4,
  26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30, 40,
  51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const halfTurns = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

const substituted = substitutions();

/** For each box and each of its 64 inputs, the word it adds to a half. */
function substitutions(): Int32Array {
  const words = new Int32Array(boxCount * 64);
  for (const [box, digits] of boxes.entries()) {
    for (let input = 0; input < 64; input++) {
      const row = ((input >> 4) & 2) | (input & 1);
      const digit = Number.parseInt(digits[row * 16 + ((input >> 1) & 15)] as string, 16);
      const word = digit << (28 - 4 * box);
      let moved = 0;
      for (const bit of behindBoxes) moved = (moved << 1) | ((word >>> (32 - bit)) & 1);
      words[box * 64 + input] = moved;
    }
  }
  return words;
}

/** The keys of all rounds; the lowest bit of each byte of the key does not count. */
export function keySchedule(key: Uint8Array): Uint8Array {
  const bitAt = (bit: number): number =>
    ((key[(bit - 1) >> 3] as number) >> (7 - ((bit - 1) & 7))) & 1;
  let high = 0;
  let low = 0;
  for (const bit of highHalfBits) high = (high << 1) | bitAt(bit);
  for (const bit of lowHalfBits) low = (low << 1) | bitAt(bit);
  const schedule = new Uint8Array(roundCount * boxCount);
  for (const [round, turn] of halfTurns.entries()) {
    high = turnedHalf(high, turn);
    low = turnedHalf(low, turn);
    for (const [index, bit] of roundKeyBits.entries()) {
      const taken = bit <= 28 ? high >> (28 - bit) : low >> (56 - bit);
      const at = round * boxCount + Math.floor(index / 6);
      schedule[at] = ((schedule[at] as number) << 1) | (taken & 1);
    }
  }
  return schedule;
}

function turnedHalf(half: number, turn: number): number {
  return ((half << turn) | (half >>> (28 - turn))) & 0xfff_ffff;
}

/** The same keys from the last round to the first. */
export function reversedSchedule(schedule: Uint8Array): Uint8Array {
  const reversed = new Uint8Array(schedule.length);
  for (let round = 0; round < roundCount; round++) {
    const at = round * boxCount;
    reversed.set(schedule.subarray(at, at + boxCount), schedule.length - boxCount - at);
  }
  return reversed;
}

/** Ciphers the block at `at` of `from` to the same place of `into`, which may be `from`. */
export function cipherBlock(
  schedule: Uint8Array,
  from: Uint8Array,
  into: Uint8Array,
  at: number,
): void {
  // The first permutation: each byte gives every other bit to either half.
  let left = 0;
  let right = 0;
  for (let index = 0; index < 8; index++) {
    const byte = from[at + index] as number;
    for (let row = 0; row < 4; row++) {
      left |= ((byte >> (6 - 2 * row)) & 1) << (24 - 8 * row + index);
      right |= ((byte >> (7 - 2 * row)) & 1) << (24 - 8 * row + index);
    }
  }
  for (let round = 0; round < roundCount; round++) {
    const next = left ^ mixed(right, schedule, round * boxCount);
    left = right;
    right = next;
  }
  // The last permutation is the first one backwards, with the halves changed over.
  for (let index = 0; index < 8; index++) {
    let byte = 0;
    for (let row = 0; row < 4; row++) {
      byte |= ((right >>> (24 - 8 * row + index)) & 1) << (6 - 2 * row);
      byte |= ((left >>> (24 - 8 * row + index)) & 1) << (7 - 2 * row);
    }
    into[at + index] = byte;
  }
}

function mixed(half: number, schedule: Uint8Array, from: number): number {
  let word = 0;
  for (let box = 0; box < boxCount; box++) {
    // Six bits around the four of this box, neighbours on either side included.
    const turn = (4 * box + 31) & 31;
    const input = ((half << turn) | (half >>> (32 - turn))) >>> 26;
    word ^= substituted[box * 64 + (input ^ (schedule[from + box] as number))] as number;
  }
  return word;
}
