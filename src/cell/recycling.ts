// Recycling: which cells are to be emptied and ended before they have to be: the old ones, the
// large ones, and those whose services have done much harm.
// Main thread, pure: the time and the figures are given to it. Kept by cells.ts.
// Invariant: a cell that drains does so until its process ends; no more than drainingMax do at
// once.

export type RecyclingTerms = {
  /** 0: never for its age. */
  readonly ageMsMax: number;
  readonly memoryBytesMax: number;
  /** Points of offences in one cell. */
  readonly strikesMax: number;
  readonly drainingMax: number;
};

type Life = { readonly sinceMs: number; strikes: number; why: string | undefined };

const drainShare = 0.75; // of its memory: the rest is for the time that it takes
const urgentShare = 0.9;
/** A cell that is large or struck this early would be followed by another one just like it. */
const restMs = 10_000;
const mib = 1024 * 1024;

export class Recycling {
  readonly #terms: RecyclingTerms;
  readonly #nowMs: () => number;
  readonly #lives = new Map<number, Life>();

  constructor(terms: RecyclingTerms, nowMs: () => number) {
    this.#terms = terms;
    this.#nowMs = nowMs;
  }

  /** A cell is in use from now on. */
  opened(place: number): void {
    this.#lives.set(place, { sinceMs: this.#nowMs(), strikes: 0, why: undefined });
  }

  closed(place: number): void {
    this.#lives.delete(place);
  }

  /** A service there has done harm. */
  struck(place: number, points: number): void {
    const life = this.#lives.get(place);
    if (life !== undefined) life.strikes += points;
  }

  isDraining(place: number): boolean {
    return this.#lives.get(place)?.why !== undefined;
  }

  /** Why it is to be emptied, when that is new. */
  look(place: number, rssBytes: number): string | undefined {
    const life = this.#lives.get(place);
    if (life === undefined || life.why !== undefined) return undefined;
    const why = this.#reason(life, rssBytes);
    if (why === undefined || this.#draining >= this.#terms.drainingMax) return undefined;
    life.why = why;
    return why;
  }

  /** It is so large that it is about to be killed. */
  isUrgent(place: number, rssBytes: number): boolean {
    return this.isDraining(place) && rssBytes > this.#terms.memoryBytesMax * urgentShare;
  }

  get #draining(): number {
    let count = 0;
    for (const { why } of this.#lives.values()) if (why !== undefined) count++;
    return count;
  }

  #reason({ sinceMs, strikes }: Life, rssBytes: number): string | undefined {
    const { ageMsMax, memoryBytesMax, strikesMax } = this.#terms;
    const ageMs = Math.round(this.#nowMs() - sinceMs);
    if (ageMsMax > 0 && ageMs >= ageMsMax) return `age ${ageMs} of ${ageMsMax} ms (cellAgeMs)`;
    if (ageMs < restMs) return undefined;
    if (rssBytes > memoryBytesMax * drainShare) {
      const [has, max] = [rssBytes, memoryBytesMax].map((bytes) => Math.round(bytes / mib));
      return `${has} MiB, over three quarters of ${max} (cellMemoryMb)`;
    }
    if (strikes < strikesMax) return undefined;
    return `${strikes} of ${strikesMax} points of offences (cellStrikesMax)`;
  }
}
