// Recording file: takes the records of a service apart, from its file or as its recorder makes
// them.
// Any thread. Used by the replay and by shadows.
// Invariant: hostile input: each length is checked before what it counts is read.

import { decode } from "../../wire/codec.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import {
  flushHeaderWords,
  recordChecksum,
  recordFrameWords,
  recordingFormat,
  recordingMagic,
  RecordKind,
  turnHeaderWords,
} from "../../wire/recording.ts";

export type RecordedStart = {
  readonly address: number;
  readonly name: string;
  readonly isTrusted: boolean;
  readonly memoryMb: number;
  readonly moment: string;
  readonly timeZone: string;
  readonly node: string;
};

export type RecordedProgram = {
  readonly main: string;
  readonly files: readonly (readonly [string, string])[];
  /** Importer, specifier, path. */
  readonly links: readonly (readonly [string, string, string])[];
  /** JSON of a ServiceIdentity. */
  readonly identity: string;
  readonly seeds: readonly number[];
};

export type RecordedFlush = { readonly returned: number; readonly outbox: Uint32Array };

export type RecordedTurn = {
  readonly nowTicks: number;
  readonly nowMicros: number;
  readonly clockSeconds: number;
  readonly clockMs: number;
  readonly result: number;
  readonly inbox: Uint32Array;
  readonly outbox: Uint32Array;
  readonly flushes: readonly RecordedFlush[];
};

export type Recording = {
  readonly start: RecordedStart;
  readonly program: RecordedProgram;
  /** The first is the module's body. */
  readonly turns: readonly RecordedTurn[];
  /** Why it ends; undefined: it is cut off. */
  readonly ending: string | undefined;
};

/** What was read so far; turns are taken out by whoever plays them. */
export type Found = {
  start?: RecordedStart;
  program?: RecordedProgram;
  turns: RecordedTurn[];
  flushes: RecordedFlush[];
  ending?: string;
};

/** Fails with RECORDING_INVALID. */
export function readRecording(bytes: Uint8Array): Recording {
  // A copy: a Buffer may begin anywhere in its memory.
  const words = new Uint32Array(new Uint8Array(bytes.subarray(0, bytes.length & ~3)).buffer);
  const found: Found = { turns: [], flushes: [] };
  const read = readRecords(found, words);
  // What is torn off at the end: the host ended in mid-record.
  if (read === 0 && words.length > 0) throw invalid(`a record of ${words[0]} bytes at byte 0`);
  const { start, program, turns, ending } = found;
  if (start === undefined) throw invalid("it is empty");
  if (program === undefined || turns.length === 0) {
    throw invalid(`${start.name} did not come to life: ${ending ?? "the file is cut off"}`);
  }
  return { start, program, turns, ending };
}

/**
 * Reads the records that are whole; gives the words they have. What is behind them may become whole
 * with more. Fails with RECORDING_INVALID.
 */
export function readRecords(found: Found, words: Uint32Array): number {
  let at = 0;
  while (at < words.length) {
    const length = (words[at] as number) >>> 2;
    if ((words[at] as number) % 4 !== 0 || length < recordFrameWords) {
      throw invalid(`a record of ${words[at]} bytes at byte ${at * 4}`);
    }
    const last = at + length - 1;
    if (last >= words.length) break;
    if (recordChecksum(words, at, last) !== words[last]) {
      throw invalid(`the record at byte ${at * 4} is damaged: its checksum does not fit`);
    }
    readRecord(found, words.subarray(at, last));
    at += length;
  }
  return at;
}

function readRecord(found: Found, words: Uint32Array): void {
  const kind = words[1];
  if (found.start === undefined && kind !== RecordKind.start) throw invalid("it does not begin so");
  if (kind === RecordKind.start) {
    if (words[2] !== recordingMagic) throw invalid("it does not begin as a recording does");
    if (words[3] !== recordingFormat) {
      throw invalid(`its format is ${words[3]}; this version reads ${recordingFormat}`);
    }
    found.start = checkedStart(packed(words, 4));
  } else if (kind === RecordKind.program) {
    found.program = checkedProgram(packed(words, 2));
  } else if (kind === RecordKind.turn) {
    readTurn(found, words);
  } else if (kind === RecordKind.flush) {
    const outboxWords = (words[3] ?? 0) >>> 2;
    const outbox = words.subarray(2 + flushHeaderWords);
    if (outbox.length !== outboxWords) throw invalid("a flush of another length");
    found.flushes.push({ returned: words[2] as number, outbox });
  } else if (kind === RecordKind.end) {
    found.ending = String(packed(words, 2));
  } else {
    throw invalid(`a record of kind ${kind}`);
  }
}

function readTurn(found: Found, words: Uint32Array): void {
  const head = Array.from(words.subarray(2, 2 + turnHeaderWords));
  const [nowTicks, clockSeconds, clockMs, result, inboxBytes, outboxBytes, nowMicros] = head;
  const [inWords, outWords] = [(inboxBytes as number) >>> 2, (outboxBytes as number) >>> 2];
  const frames = words.subarray(2 + turnHeaderWords);
  const isSound =
    frames.length === inWords + outWords &&
    inWords * 4 <= limits.inboxBytes &&
    outWords * 4 <= limits.outboxBytes;
  if (!isSound) throw invalid("a turn of another length");
  found.turns.push({
    nowTicks: nowTicks as number,
    nowMicros: nowMicros as number,
    clockSeconds: clockSeconds as number,
    clockMs: clockMs as number,
    result: result as number,
    inbox: frames.subarray(0, inWords),
    outbox: frames.subarray(inWords),
    flushes: found.flushes,
  });
  found.flushes = [];
}

function packed(words: Uint32Array, at: number): unknown {
  const length = words[at] ?? -1;
  const room = (words.length - at - 1) * 4;
  if (length < 0 || length > room) throw invalid("packed values of another length");
  const bytes = new Uint8Array(words.buffer, words.byteOffset + (at + 1) * 4, length);
  try {
    return decode(bytes)[0];
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function checkedStart(value: unknown): RecordedStart {
  const start = value as RecordedStart;
  const isSound =
    typeof start === "object" &&
    start !== null &&
    typeof start.address === "number" &&
    typeof start.name === "string" &&
    typeof start.isTrusted === "boolean" &&
    typeof start.memoryMb === "number" &&
    typeof start.timeZone === "string";
  if (!isSound) throw invalid("its first record does not say whose it is");
  return start;
}

function checkedProgram(value: unknown): RecordedProgram {
  const program = value as RecordedProgram;
  const isSound =
    typeof program === "object" &&
    program !== null &&
    typeof program.main === "string" &&
    typeof program.identity === "string" &&
    isListOf(program.files, 2, "string") &&
    isListOf(program.links, 3, "string") &&
    Array.isArray(program.seeds) &&
    program.seeds.every((seed) => Number.isInteger(seed));
  if (!isSound) throw invalid("its program is not whole");
  return program;
}

function isListOf(value: unknown, size: number, type: string): boolean {
  if (!Array.isArray(value)) return false;
  return (value as unknown[]).every(
    (row) => Array.isArray(row) && row.length === size && row.every((item) => typeof item === type),
  );
}

function invalid(text: string): CodedError {
  return new CodedError("RECORDING_INVALID", `the recording cannot be read: ${text}`);
}
