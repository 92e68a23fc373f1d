// Clients: the connections of one gate: who is let in, who may be read, who has gone
// (reference §6.1).
// Guest: the inside of "isonet/gateserver". Told of what happens by gateserver.ts; pure.
// Invariant: a connection counts from its accept to its end, whether it was let in or not, so at
// most maxclient - 1 are in.

/**
 * "connected"; "ended": the client sends no more, and is kept until closeClient. One that is
 * unknown was refused, or has been closed here.
 */
type Standing = "connected" | "ended";

export class Clients {
  readonly #standings = new Map<number, Standing>();
  #count = 0;
  #maxclient = 0;

  /** Connections that count. */
  get count(): number {
    return this.#count;
  }

  setMax(maxclient: number): void {
    this.#maxclient = maxclient;
  }

  /** A connection was accepted: false when it is one too many. Its end is told in either case. */
  accept(fd: number): boolean {
    this.#count++;
    if (this.#count >= this.#maxclient) return false;
    this.#standings.set(fd, "connected");
    return true;
  }

  /** A connection has ended, or its client sends no more. */
  end(fd: number): void {
    this.#count--;
    if (this.#standings.has(fd)) this.#standings.set(fd, "ended");
  }

  isConnected(fd: number): boolean {
    return this.#standings.get(fd) === "connected";
  }

  /** False: it is unknown, or closed already. */
  close(fd: number): boolean {
    return this.#standings.delete(fd);
  }
}
