// Catch-up: when all that other shards had for the sockets has come here.
// Shard 0. Asked by sockets.ts before it closes a socket that several services write to: the order
// to close may have overtaken the last write, for it has come another way.
// Invariant: what is to be done is done once: after every shard has answered a question that was
// asked later, or its time is up.

export class CatchUp {
  readonly #ask: () => Promise<unknown>;
  #waiting: (() => void)[] = [];
  #isAsking = false;

  /** `ask` resolves when each shard has answered, behind all that it has sent before. */
  constructor(ask: () => Promise<unknown>) {
    this.#ask = ask;
  }

  after(work: () => void): void {
    this.#waiting.push(work);
    if (!this.#isAsking) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const works = this.#waiting;
      this.#waiting = [];
      await this.#ask();
      for (const work of works) work();
    }
    this.#isAsking = false;
  }
}
