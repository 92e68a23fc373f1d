// Transcript: what the other side of a conversation has said, and waiting for what it will say.
// Test processes only. Fed by the clients of a test.
// Invariant: `saw` looks behind what it found last; a deadline that passes shows the whole
// transcript.

const deadlineMs = 15_000;

export class Transcript {
  readonly #who: string;
  #text = "";
  #seen = 0;
  #hasEnded = false;
  #look: () => void = () => {};

  constructor(who: string) {
    this.#who = who;
  }

  get text(): string {
    return this.#text;
  }

  add(text: string): void {
    this.#text += text;
    this.#look();
  }

  /** Nothing more will come. */
  end(): void {
    this.#hasEnded = true;
    this.#look();
  }

  /** The next match, in what has been said since the last one or will be. */
  saw(pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const refuse = (why: string): void =>
      reject(new Error(`${this.#who} ${why} ${pattern}; the whole transcript:\n${this.#text}`));
    const timer = setTimeout(() => refuse("has not said in time"), deadlineMs);
    this.#look = () => {
      const match = pattern.exec(this.#text.slice(this.#seen));
      if (match === null) {
        if (this.#hasEnded) refuse("has ended without");
        return;
      }
      this.#seen += match.index + match[0].length;
      resolve(match);
    };
    this.#look();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#look = () => {};
    });
  }
}
