// Recording: the bytes of a recorded service's file: records of little-endian 32-bit words.
// Neutral. Written by shard/recorder.ts and the host, read by shard/recording-file.ts;
// docs/protocol.md has it byte by byte.
// Invariant: a record is whole, with its checksum, or it is the torn end of the file.
//
//   word 0  length       of the record in bytes, this word and the checksum included
//   word 1  kind
//   …       body
//   last    checksum     of all words before it

/** The first record's body begins with it: "ISOR". */
export const recordingMagic = 0x524f_5349;
export const recordingFormat = 1;

export const RecordKind = {
  /** The host's: magic, format, then packed facts of the service. */
  start: 1,
  /** Packed: modules and identity. */
  program: 2,
  /** One input and what came of it; the first is the module's body, which has no messages. */
  turn: 3,
  /** The outbox was read in mid-turn, because it was full; belongs to the turn that follows. */
  flush: 4,
  /** Packed: why it ends. */
  end: 5,
} as const;

export const RecordResult = { completed: 0, yielded: 1, interrupted: 2, dead: 3 } as const;

/** Words of a record around its body. */
export const recordFrameWords = 3;
/** Words of a turn's body before its frames. */
export const turnHeaderWords = 7;
export const flushHeaderWords = 2;

/** Of the words in [from, to). */
// hot: bench record
export function recordChecksum(words: Uint32Array, from: number, to: number): number {
  let sum = 0x811c_9dc5 | 0;
  for (let at = from; at < to; at++) sum = checksumStep(sum, words[at] as number);
  return sum >>> 0;
}

/** The checksum, as a signed word, with one word more. */
// hot: bench record
export function checksumStep(sum: number, word: number): number {
  const mixed = Math.imul(sum ^ word, 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}

/** A record with a packed body; `head` stands before it. */
export function packedRecord(
  kind: number,
  packed: Uint8Array,
  head: readonly number[] = [],
): Uint32Array {
  const bodyWords = head.length + 1 + ((packed.length + 3) >>> 2);
  const words = new Uint32Array(bodyWords + recordFrameWords);
  words.set([words.byteLength, kind, ...head, packed.length]);
  new Uint8Array(words.buffer, (head.length + recordFrameWords) * 4).set(packed);
  words[words.length - 1] = recordChecksum(words, 0, words.length - 1);
  return words;
}
