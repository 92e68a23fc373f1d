// Turn mark: what a shard is doing, in shared words that other threads may read at any time.
// Written by the shard before and after each turn, read by the monitor and the shard's warden.
// Invariant: `version` is odd exactly while a turn runs, and each turn has a version of its own.

export const MarkWord = {
  /** Odd in a turn; goes up by one as a turn starts and as it ends. */
  version: 0,
  /** Address of the service in its turn. */
  destination: 1,
  /** Source of the first frame of its batch. */
  source: 2,
  /** 1 while the shard's thread sleeps and wants a wake-up. */
  asleep: 3,
  /** Order to the warden: 0 none, 1 interrupt, 2 dispose, 3 quit. */
  wardenOrder: 4,
  /** Goes up each time the warden interrupts a turn. */
  interrupts: 5,
  /** Services on the shard. */
  services: 6,
  /** Frames waiting in all its mailboxes, as of the last burst. */
  load: 7,
  /**
   * 1 while the warden works on the isolate in its turn: it must not be disposed or inspected
   * meanwhile. 2 when it has acted, until the shard has taken notice.
   */
  wardenBusy: 8,
  /** The service that the warden's order is for: a turn of another one is left alone. */
  wardenTarget: 9,
  /** Slice of the service in its turn in milliseconds; 0: it has none of its own. */
  sliceMs: 10,
} as const;

const markWords = 16;

export class TurnMark {
  readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer, shard: number) {
    this.words = new Int32Array(memory, shard * markWords * 4, markWords);
  }

  static memory(shards: number): SharedArrayBuffer {
    return new SharedArrayBuffer(shards * markWords * 4);
  }

  /**
   * Says whose code may run from here on; 0: nobody's. For whoever finds the process dead: only a
   * cell's mark keeps it where another process sees it.
   */
  blame(_address: number): void {}

  begin(destination: number, source: number, sliceMs = 0): void {
    const { words } = this;
    words[MarkWord.destination] = destination;
    words[MarkWord.source] = source;
    words[MarkWord.sliceMs] = sliceMs;
    Atomics.store(words, MarkWord.version, (words[MarkWord.version] as number) + 1);
  }

  /**
   * True when the warden has acted on the turn, or may still: it says that it is busy, then looks
   * at the version; here the version changes first, then busy is looked at.
   */
  end(): boolean {
    const { words } = this;
    Atomics.store(words, MarkWord.version, (words[MarkWord.version] as number) + 1);
    return Atomics.load(words, MarkWord.wardenBusy) !== 0;
  }
}
