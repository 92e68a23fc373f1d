// Trail: the headers of the last messages that went to one untrusted service.
// Main thread. Kept by cell-link.ts, read when the service is found to have stopped its cell.
// Invariant: a few words for each message and nothing of its body: it costs the relay nanoseconds.

import { formatAddress, type ServiceAddress } from "../../wire/address.ts";
import { FrameWord } from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";

const length = 8; // a power of 2
const mask = length - 1;
const wordsEach = 4;

const kindNames = new Map<number, string>(
  Object.entries(MessageKind).map(([name, number]) => [number, name]),
);

export class Trail {
  readonly #words = new Uint32Array(length * wordsEach);
  #count = 0;

  note(words: Uint32Array, at: number): void {
    const to = (this.#count++ & mask) * wordsEach;
    this.#words[to] = words[at + FrameWord.source] as number;
    this.#words[to + 1] = words[at + FrameWord.session] as number;
    this.#words[to + 2] = words[at + FrameWord.kindAndFlags] as number;
    this.#words[to + 3] = words[at + FrameWord.length] as number;
  }

  /** One line for each, the latest last. */
  lines(): string[] {
    const first = Math.max(0, this.#count - length);
    return Array.from({ length: this.#count - first }, (_, index) => this.#line(first + index));
  }

  #line(number: number): string {
    const at = (number & mask) * wordsEach;
    const [source, session, kindAndFlags, bytes] = this.#words.subarray(at, at + wordsEach);
    const kind = (kindAndFlags as number) & 0xff;
    const name = kindNames.get(kind) ?? String(kind);
    const from = formatAddress(source as ServiceAddress);
    return `#${number + 1} ${name} from ${from}, session ${session}, ${bytes} bytes`;
  }
}
