// Answers: the requests of one user that run, and the answers of those that are done, kept to be
// sent again after a re-connection (reference §6.6, points 1 to 5).
// Guest: part of "isonet/msgserver". Asked for each request; told when its handler is done.
// Invariant: of two requests with one session, the handler sees the second only when the first was
// answered since the latest handshake; what is kept stays within `keptBytesMax`.

import type { LuaNumber } from "./lua-number.ts";

/** A request that runs, or its answer. Made by `ask`, given back to `complete`. */
export type Entry = {
  readonly session: number;
  /** Where the answer goes; undefined: it was sent. */
  returnFd: number | undefined;
  frame: Uint8Array | undefined;
  /** The user's version when it was answered, or asked for again. */
  version: LuaNumber | undefined;
  index: number;
};

export type AnswersOptions = {
  /** Answers that are kept at least, and half of those that are kept at most. */
  readonly expiredNumber: number;
  /** Bytes of answers that are kept; the oldest go first. */
  readonly keptBytesMax: number;
};

/** What becomes of a request. */
export type Asked =
  | { readonly kind: "execute"; readonly entry: Entry }
  | { readonly kind: "again"; readonly fd: number; readonly frame: Uint8Array }
  /** It runs already: the answer goes where it was asked for last. */
  | { readonly kind: "merged" }
  /** It runs already, and was asked for again since the latest handshake. */
  | { readonly kind: "conflict" };

export class Answers {
  readonly #options: AnswersOptions;
  /** By session; those that are done in the order of their index. */
  readonly #entries = new Map<number, Entry>();
  #index = 0;
  #keptBytes = 0;
  #running = 0;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** Requests whose handler has not ended. */
  get running(): number {
    return this.#running;
  }

  /** Requests and answers that are known. */
  get size(): number {
    return this.#entries.size;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** A request has come in on `fd`. What is to be executed must be completed. */
  ask(session: number, fd: number, version: LuaNumber): Asked {
    const known = this.#entries.get(session);
    if (known === undefined) return this.#execute(session, fd);
    if (isSameVersion(known.version, version)) {
      this.#forget(known);
      return known.frame === undefined ? { kind: "conflict" } : this.#execute(session, fd);
    }
    known.returnFd = fd;
    known.version = version;
    known.index = this.#index;
    if (known.frame === undefined) return { kind: "merged" };
    this.#settle(known);
    return { kind: "again", fd, frame: known.frame };
  }

  /** The handler has ended: gives the connection that the answer goes to. */
  complete(entry: Entry, frame: Uint8Array, version: LuaNumber): number | undefined {
    const fd = entry.returnFd;
    this.#running--;
    entry.frame = frame;
    entry.version = version;
    entry.index = this.#index;
    // After a conflict it is forgotten already, and its session may be another request's.
    if (this.#entries.get(entry.session) === entry) this.#keptBytes += frame.length;
    this.#settle(entry);
    return fd;
  }

  #execute(session: number, fd: number): Asked {
    const entry: Entry = {
      session,
      returnFd: fd,
      frame: undefined,
      version: undefined,
      index: 0,
    };
    this.#entries.set(session, entry);
    this.#running++;
    return { kind: "execute", entry };
  }

  /** The answer is sent, for the first time or again. */
  #settle(entry: Entry): void {
    this.#index++;
    entry.returnFd = undefined;
    if (this.#entries.get(entry.session) === entry) {
      this.#entries.delete(entry.session);
      this.#entries.set(entry.session, entry);
    }
    this.#retire();
    this.#shed();
  }

  /** Forgets the older half of the answers, when there are `expiredNumber` in each half. */
  #retire(): void {
    const { expiredNumber } = this.#options;
    if (this.#index < 2 * expiredNumber) return;
    let highest = 0;
    for (const entry of this.#entries.values()) {
      if (entry.returnFd !== undefined) continue;
      if (entry.index < expiredNumber) {
        this.#forget(entry);
      } else {
        entry.index -= expiredNumber;
        highest = Math.max(highest, entry.index);
      }
    }
    this.#index = highest + 1;
  }

  /** Forgets the oldest answers beyond the bytes that may be kept. */
  #shed(): void {
    if (this.#keptBytes <= this.#options.keptBytesMax) return;
    for (const entry of this.#entries.values()) {
      if (entry.frame !== undefined) this.#forget(entry);
      if (this.#keptBytes <= this.#options.keptBytesMax) return;
    }
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.session);
    this.#keptBytes -= entry.frame?.length ?? 0;
  }
}

/** As Lua compares: 2 and 2.0 are one index. */
function isSameVersion(one: LuaNumber | undefined, other: LuaNumber): boolean {
  return one !== undefined && !(one < other) && !(one > other);
}
