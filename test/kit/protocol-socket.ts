// Protocol socket: a test's own DevTools: a WebSocket that speaks V8's debugging protocol.
// Test processes only.

import { WebSocket } from "ws";

export type Heard = {
  readonly id?: number;
  readonly method?: string;
  readonly params: Record<string, never>;
  readonly result?: Record<string, never>;
  readonly error?: { readonly message: string };
};

export class ProtocolSocket {
  readonly #socket: WebSocket;
  readonly #heard: Heard[] = [];
  readonly #closed = Promise.withResolvers<string>();
  readonly #looks: (() => void)[] = [];
  #lastId = 0;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#socket = new WebSocket(url, { headers });
    this.#socket.on("message", (data: Buffer) => {
      this.#heard.push(JSON.parse(data.toString()) as Heard);
      for (const look of this.#looks.splice(0)) look();
    });
    this.#socket.on("error", (error) => this.#closed.resolve(error.message));
    this.#socket.on("close", (_, reason) => this.#closed.resolve(reason.toString()));
  }

  /** Why the connection has ended. */
  get closed(): Promise<string> {
    return this.#closed.promise;
  }

  async opened(): Promise<this> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.once("open", () => resolve());
    await promise;
    return this;
  }

  async ask(method: string, params: object = {}): Promise<Heard> {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return this.#take((heard) => heard.id === id);
  }

  saw(method: string): Promise<Heard> {
    return this.#take((heard) => heard.method === method);
  }

  /** As a cable that is pulled out. */
  drop(): void {
    this.#socket.terminate();
  }

  async #take(isIt: (heard: Heard) => boolean): Promise<Heard> {
    for (;;) {
      const index = this.#heard.findIndex(isIt);
      if (index >= 0) return this.#heard.splice(index, 1)[0] as Heard;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#looks.push(resolve);
      await promise;
    }
  }
}
