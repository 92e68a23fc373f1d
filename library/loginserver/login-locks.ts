// Login locks: which users are logging in at this moment (reference §6.4, multi-login).
// Guest: part of "isonet/loginserver". Taken by the master around each login handler.
// Invariant: without `multilogin`, the login handler never runs twice at once for one user.

export class LoginLocks {
  readonly #isMultilogin: boolean;
  readonly #taken = new Set<unknown>();

  constructor({ isMultilogin }: { readonly isMultilogin: boolean }) {
    this.#isMultilogin = isMultilogin;
  }

  /** False: this user is logging in already, which 406 says. */
  take(uid: unknown): boolean {
    if (this.#isMultilogin) return true;
    if (this.#taken.has(uid)) return false;
    this.#taken.add(uid);
    return true;
  }

  /** The handler has returned or failed. */
  release(uid: unknown): void {
    this.#taken.delete(uid);
  }
}
