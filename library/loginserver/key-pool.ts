// Key pool: the keys of logins, cut from random bytes that are fetched for many of them at once.
// Guest: part of "isonet/loginserver", one in each slave. Filled by the host's source of chance.
// Invariant: no byte goes into two keys, and none stays here once it has been given.

import { randomKey } from "../../wire/crypt/random-key.ts";

/** What a slave draws for one connection: eight bytes each, and not zero. */
export type LoginKeys = { readonly challenge: Uint8Array; readonly serverKey: Uint8Array };

const keyBytes = 8;
const loginBytes = 2 * keyBytes;
const poolBytes = 1024; // 64 logins: a call for each would be a sixth message of a login

export class KeyPool {
  readonly #draw: (count: number) => Promise<Uint8Array>;
  #bytes: Uint8Array = new Uint8Array();
  #used = 0;
  #filling: Promise<void> | undefined;

  /** `draw` gives as many random bytes as it is asked for. */
  constructor(draw: (count: number) => Promise<Uint8Array>) {
    this.#draw = draw;
  }

  /** Fails as `draw` does; the next one tries again. */
  async take(): Promise<LoginKeys> {
    // Those that waited for one filling may have emptied it before this one.
    while (this.#bytes.length - this.#used < loginBytes) {
      await (this.#filling ??= this.#fill());
    }
    return { challenge: this.#key(), serverKey: this.#key() };
  }

  async #fill(): Promise<void> {
    try {
      this.#bytes = await this.#draw(poolBytes);
      this.#used = 0;
    } finally {
      this.#filling = undefined;
    }
  }

  #key(): Uint8Array {
    const bytes = this.#bytes.subarray(this.#used, this.#used + keyBytes);
    this.#used += keyBytes;
    const key = randomKey(() => bytes);
    bytes.fill(0);
    return key;
  }
}
