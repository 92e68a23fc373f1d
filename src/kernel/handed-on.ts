// Handed on: requests that others passed on to one service, each with everyone who had it before.
// One shard. Kept in a service's record, from the request's arrival until it is answered.
// Invariant: at most handedOnMax requests; the oldest is forgotten, and its caller told of the last
// hand only.

import { FrameWord } from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";

export class HandedOn {
  readonly #hands = new Map<string, readonly number[]>();

  /** The request at word `at` has come, by these hands. */
  note(words: Uint32Array, at: number, hands: readonly number[]): void {
    this.#hands.set(keyOf(words[at + FrameWord.source], words[at + FrameWord.session]), hands);
    if (this.#hands.size <= limits.handedOnMax) return;
    for (const oldest of this.#hands.keys()) {
      this.#hands.delete(oldest);
      return;
    }
  }

  /** It is handed on once more. */
  take(words: Uint32Array, at: number): readonly number[] {
    const key = keyOf(words[at + FrameWord.source], words[at + FrameWord.session]);
    const hands = this.#hands.get(key) ?? [];
    this.#hands.delete(key);
    return hands;
  }

  /** The reply at word `at` answers it. */
  answered(words: Uint32Array, at: number): void {
    this.#hands.delete(keyOf(words[at + FrameWord.destination], words[at + FrameWord.session]));
  }
}

function keyOf(caller: number | undefined, session: number | undefined): string {
  return `${caller}/${session}`;
}
