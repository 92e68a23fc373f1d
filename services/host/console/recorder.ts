// Recorder: fetches recordings of services from their shards and cells, and writes them into files.
// Shard 0. Used by the console's insight commands.
// Invariant: what a cell sends is no longer than it said, in pieces as asked for; a file that is
// not whole and not what it should be is removed.

import type { Address } from "isonet";
import { CodedError } from "../../../wire/coded-error.ts";
import type { ErrorCode } from "../../../wire/error-codes.ts";
import { limits } from "../../../wire/limits.ts";
import type { InsightPowers, ProfileFile } from "./insight-powers.ts";
import type { Isonet } from "./command.ts";

export type Written = { readonly path: string; readonly bytes: number };

/** Discards itself. */
export type Recorded = Written & { readonly discard: () => Promise<void> };

const pieceMsMax = 10_000;
const messageSlackBytes = 512; // header, and the form of the value

export class Recorder {
  readonly #isonet: Isonet;
  readonly #powers: InsightPowers;

  constructor(isonet: Isonet, powers: InsightPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
  }

  /** Writes a heap snapshot of the service into a new file. */
  snapshot(address: Address, name: string): Promise<Recorded> {
    return this.#fetch(address, name, {
      words: ["snapshot", address],
      withinMs: limits.snapshotMsMax,
    });
  }

  /** Records for some time; the service goes on meanwhile. */
  record(address: Address, name: string, what: { order: object; ms: number }): Promise<Recorded> {
    const { order, ms } = what;
    this.#powers.guardProfiling();
    return this.#fetch(address, name, {
      words: ["record", address, order, ms],
      withinMs: ms + limits.snapshotMsMax,
    });
  }

  async #fetch(
    address: Address,
    name: string,
    order: { readonly words: readonly unknown[]; readonly withinMs: number },
  ): Promise<Recorded> {
    const to = this.#powers.controlOf(address);
    const file = await this.#powers.createFile(name); // before it costs the service anything
    try {
      const captured = await this.#ask(to, order.words, order.withinMs);
      const { id, bytes } = checked(captured);
      await this.#write(to, { id, bytes }, file);
      await file.close();
      return { path: file.path, bytes, discard: () => file.discard() };
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  /** One piece after the other: the next is asked for when the last is written. */
  async #write(to: Address, captured: { id: number; bytes: number }, file: ProfileFile) {
    const { id, bytes } = captured;
    const roomBytes = this.#powers.messageBytesMax - messageSlackBytes;
    const pieceBytes = Math.min(limits.snapshotPieceBytes, roomBytes);
    for (let left = bytes; left > 0;) {
      const expected = Math.min(left, pieceBytes);
      const piece = await this.#ask(to, ["piece", id, pieceBytes], pieceMsMax);
      if (!(piece instanceof Uint8Array) || piece.length !== expected) {
        throw new CodedError(
          "INSPECT_FAILED",
          "a piece of the recording is not as it was asked for",
        );
      }
      await file.write(piece);
      left -= expected;
    }
  }

  async #ask(to: Address, words: readonly unknown[], timeoutMs: number): Promise<unknown> {
    return askControl(this.#isonet, { to, timeoutMs }, words);
  }
}

const ownCodes = [
  "INSPECT_FAILED",
  "INSPECT_BUSY",
  "INJECT_FAILED",
  "INJECT_MISSED",
  "ADDRESS_UNKNOWN",
  "ADDRESS_DEAD",
] as const satisfies ErrorCode[];

/** Asks a control service; its errors are the operator's. */
export async function askControl(
  isonet: Isonet,
  to: { readonly to: Address; readonly timeoutMs: number },
  words: readonly unknown[],
): Promise<unknown> {
  try {
    const answer: unknown = await isonet.call(to, "lua", ...words);
    return answer;
  } catch (error) {
    const { remoteCode } = error as { remoteCode?: unknown };
    const code = ownCodes.find((each) => each === remoteCode);
    if (code === undefined) throw error;
    throw new CodedError(code, (error as Error).message);
  }
}

function checked(value: unknown): { id: number; bytes: number } {
  const { id, bytes } = (value ?? {}) as { id?: unknown; bytes?: unknown };
  const isSize = typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes > 0;
  if (typeof id === "number" && isSize && bytes <= limits.snapshotBytesMax) return { id, bytes };
  throw new CodedError("INSPECT_FAILED", "the size of the recording is not one");
}
