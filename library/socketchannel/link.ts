// Link: one connection of a channel, and the requests that wait for their responses on it.
// Guest: part of the library "isonet/socketchannel". Made by channel.ts for each connect.
// Invariant: a request that waits is settled once: by its response, or by the end of the link.

import { error as logError, fork, sleep, wait, wakeup } from "isonet";
import * as socket from "isonet/socket";
import type { SocketData } from "isonet/socket";
import type { ChannelSocket, OrderedResponse, SessionResponse } from "isonet/socketchannel";
import { CodedError } from "../../wire/coded-error.ts";

const tickMs = 10;

/** A request that waits: what its response came to. */
type Waiting = {
  readonly respond: OrderedResponse | undefined;
  readonly parts: unknown[];
  outcome: { readonly ok: boolean; readonly value: unknown } | undefined;
};

export type LinkOptions = {
  /** "127.0.0.1:6379", for people. */
  readonly where: string;
  readonly response: SessionResponse | undefined;
  readonly timeoutMs: number;
  readonly overload: ((isOverloaded: boolean) => unknown) | undefined;
};

export function broken(where: string, why = "the connection has ended"): CodedError {
  return new CodedError("CHANNEL_BROKEN", `[Error: socket] ${where}: ${why}`);
}

export class Link {
  readonly #id: number;
  readonly #options: LinkOptions;
  readonly #reader: ChannelSocket;
  /** Order mode: the oldest first. */
  #ordered: Waiting[] = [];
  readonly #sessions = new Map<number | string, Waiting>();
  #isOpen = true;
  #isDispatching = false;
  #isOverloaded = false;

  constructor(id: number, options: LinkOptions) {
    this.#id = id;
    this.#options = options;
    this.#reader = readerOf(id, options.where);
    socket.warning(id, (_id, kib) => this.#warned(kib));
    socket.onClose(id, () => this.#closedByPeer());
    const { response } = options;
    if (response !== undefined) fork(() => this.#dispatchBySession(response));
  }

  /** False also when the peer has gone and nobody has noticed. */
  get isOpen(): boolean {
    return this.#isOpen && socket.disconnected(this.#id) === false;
  }

  /** False when it cannot be written to any more. */
  write(data: SocketData, padding: readonly SocketData[] | undefined): boolean {
    if (padding === undefined) return socket.write(this.#id, data);
    return [data, ...padding].every((block) => socket.lwrite(this.#id, block));
  }

  /** Waits for a response, which is read by the function, or named by the session. */
  async answer(response: OrderedResponse | number | string): Promise<unknown> {
    const isOrdered = typeof response === "function";
    const waiting: Waiting = {
      respond: isOrdered ? response : undefined,
      parts: [],
      outcome: undefined,
    };
    this.#enter(waiting, response);
    const { timeoutMs } = this.#options;
    if (timeoutMs > 0) await sleep(Math.ceil(timeoutMs / tickMs), waiting);
    else await wait(waiting);
    if (waiting.outcome === undefined) this.#timedOut(waiting, response);
    const { ok, value } = waiting.outcome as NonNullable<Waiting["outcome"]>;
    if (ok) return value;
    throw asError(value);
  }

  #enter(waiting: Waiting, response: OrderedResponse | number | string): void {
    if (!this.#isOpen) throw broken(this.#options.where);
    if (typeof response !== "function") {
      if (this.#options.response === undefined) {
        throw new CodedError("ARGUMENT_INVALID", "a session needs a channel with `response`");
      }
      this.#sessions.set(response, waiting);
      return;
    }
    if (this.#options.response !== undefined) {
      throw new CodedError("ARGUMENT_INVALID", "a channel with `response` has requests by session");
    }
    this.#ordered.push(waiting);
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    fork(() => this.#dispatchByOrder());
  }

  #timedOut(waiting: Waiting, response: OrderedResponse | number | string): void {
    const { where, timeoutMs } = this.#options;
    const error = new CodedError("CALL_TIMEOUT", `${where}: no response in ${timeoutMs} ms`);
    waiting.outcome = { ok: false, value: error };
    // Its response would be taken for that of the next request.
    if (typeof response === "function") this.end(error);
    else this.#sessions.delete(response);
  }

  async #dispatchByOrder(): Promise<void> {
    while (this.#isOpen) {
      const waiting = this.#ordered[0];
      if (waiting?.respond === undefined) break;
      try {
        const [ok, result, more = false] = await waiting.respond(this.#reader);
        if (ok && more) waiting.parts.push(result);
        else this.#settle(this.#ordered.shift(), ok, result);
      } catch (error) {
        this.end(error);
      }
    }
    this.#isDispatching = false;
  }

  async #dispatchBySession(response: SessionResponse): Promise<void> {
    const { where } = this.#options;
    while (this.#isOpen) {
      try {
        const [session, ok = false, result, more = false] = await response(this.#reader);
        if (session === undefined) throw broken(where, "a response names no session");
        const waiting = this.#sessions.get(session);
        if (waiting === undefined) {
          logError(`socket: unknown session : ${session}`);
        } else if (ok && more) {
          waiting.parts.push(result);
        } else {
          this.#sessions.delete(session);
          this.#settle(waiting, ok, result);
        }
      } catch (error) {
        this.end(error);
      }
    }
  }

  #settle(waiting: Waiting | undefined, ok: boolean, result: unknown): void {
    if (waiting === undefined || waiting.outcome !== undefined) return;
    const { parts } = waiting;
    if (ok && parts.length > 0) parts.push(result);
    waiting.outcome = { ok, value: ok && parts.length > 0 ? parts : result };
    wakeup(waiting);
  }

  /** Closes the connection; every request that waits fails with the error. */
  end(error: unknown = broken(this.#options.where)): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    fork(() => socket.close(this.#id));
    const waiting = [...this.#ordered, ...this.#sessions.values()];
    this.#ordered = [];
    this.#sessions.clear();
    for (const one of waiting) this.#settle(one, false, error);
  }

  /** While requests wait their dispatcher notices, when it has read what there is. */
  #closedByPeer(): void {
    if (!this.#isOpen || this.#isDispatching || this.#options.response !== undefined) return;
    logError(`socket closed by peer : ${this.#options.where}`);
    this.end();
  }

  #warned(kib: number): void {
    const { overload, where } = this.#options;
    const isOverloaded = kib > 0;
    if (isOverloaded && (this.#isOverloaded || overload === undefined)) {
      logError(`WARNING: ${kib} K bytes need to send out (${where})`);
    } else if (isOverloaded !== this.#isOverloaded) {
      overload?.(isOverloaded);
    }
    this.#isOverloaded = isOverloaded;
  }
}

function readerOf(id: number, where: string): ChannelSocket {
  const whole = async <T>(bytes: Promise<T | undefined>): Promise<T> => {
    const read = await bytes;
    if (read === undefined) throw broken(where);
    return read;
  };
  return {
    read: (count) => whole(socket.read(id, count)),
    readLine: (separator) => whole(socket.readLine(id, separator)),
    readUntil: (separator) => whole(socket.readUntil(id, separator)),
  };
}

function asError(value: unknown): unknown {
  return value instanceof Error ? value : new Error(String(value));
}
