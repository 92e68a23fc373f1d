// Reader: messages of a connection that its service reads instead of handling them.
// Guest: part of the library "isonet/websocket".
// Invariant: the peer is held back until what it has sent before is read.

import type { SocketData, SocketHandlers } from "isonet/websocket";
import { CodedError } from "../../wire/coded-error.ts";

type Waiting = (data: SocketData | undefined) => void;

export class Reader {
  readonly #unread: { readonly data: SocketData; readonly taken: () => void }[] = [];
  #waiting: Waiting | undefined;
  #isOver = false;

  /** The handlers, with those of this reader among them. */
  around(handlers: SocketHandlers): SocketHandlers {
    return {
      ...handlers,
      message: (_id, data) => this.#came(data),
      close: (id, code, reason) => {
        this.#isOver = true;
        this.#waiting?.(undefined);
        return handlers.close?.(id, code, reason);
      },
    };
  }

  #came(data: SocketData): Promise<void> | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) {
      waiting(data);
      return undefined;
    }
    return new Promise((taken) => void this.#unread.push({ data, taken }));
  }

  read(id: number): Promise<SocketData | undefined> {
    if (this.#waiting !== undefined) {
      throw new CodedError("ARGUMENT_INVALID", `connection ${id} is being read already`);
    }
    const first = this.#unread.shift();
    first?.taken();
    if (first !== undefined || this.#isOver) return Promise.resolve(first?.data);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
