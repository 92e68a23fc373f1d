// Downloads: files that commands of the dashboard have written, offered to its page.
// Shard 0. Fed with the commands' results by web-face.ts, which also sends the files.
// Invariant: a path comes from a command's result and from nowhere else; a page names a file by the
// number it was given.

/** Offers that are kept; the oldest go, their files stay. */
const offersMax = 64;

export class Downloads {
  readonly #paths = new Map<number, string>();
  #last = 0;

  /** Where the page finds the file that a result tells of; undefined when it tells of none. */
  offer(result: unknown): string | undefined {
    if (typeof result !== "object" || result === null) return undefined;
    const { path } = result as { path?: unknown };
    if (typeof path !== "string") return undefined;
    this.#paths.set(++this.#last, path);
    if (this.#paths.size > offersMax) this.#paths.delete(this.#last - offersMax);
    return `/api/file/${this.#last}`;
  }

  /** The file at such a place. */
  pathOf(place: string): string | undefined {
    const number = /^\/api\/file\/(\d{1,9})$/.exec(place)?.[1];
    return number === undefined ? undefined : this.#paths.get(Number(number));
  }
}
