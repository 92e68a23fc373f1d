// Slaves: the services that do the key work, in turn (reference §6.4).
// Guest: part of "isonet/loginserver". Asked by the master for each connection.
// Invariant: over any run of connections, two slaves get the same number of them, give or take one.

export class Slaves<S> {
  readonly #slaves: readonly S[];
  #turn = 0;

  /** At least one. */
  constructor(slaves: readonly S[]) {
    this.#slaves = slaves;
  }

  next(): S {
    const slave = this.#slaves[this.#turn] as S;
    this.#turn = (this.#turn + 1) % this.#slaves.length;
    return slave;
  }
}
