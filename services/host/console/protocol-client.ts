// Protocol client: V8's debugging protocol as questions and answers, for the console's debugger.
// Shard 0. Fed by debug-talk.ts with what its attachment hears.
// Invariant: every question ends: by its answer, after answerMs, or with the attachment.

import { CodedError } from "../../../wire/coded-error.ts";
import type { Attachment, ProtocolMessage } from "../debugging.ts";

const answerMs = 10_000;

type Result = Readonly<Record<string, unknown>>;

export class ProtocolClient {
  readonly #attachment: Attachment;
  readonly #asked = new Map<number, (message: ProtocolMessage) => void>();
  #lastId = 0;

  constructor(attachment: Attachment) {
    this.#attachment = attachment;
  }

  /** Fails with INJECT_FAILED and what V8 says, CALL_TIMEOUT. */
  async ask(method: string, params: object = {}): Promise<Result> {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<ProtocolMessage>();
    this.#asked.set(id, resolve);
    this.#attachment.send(id, JSON.stringify({ id, method, params }));
    const timer = setTimeout(() => resolve({}), answerMs);
    const { result, error } = await promise;
    clearTimeout(timer);
    this.#asked.delete(id);
    if (error !== undefined) throw new CodedError("INJECT_FAILED", error.message);
    if (result !== undefined) return result;
    throw new CodedError("CALL_TIMEOUT", `${method}: no answer from the service`);
  }

  answered(message: ProtocolMessage): void {
    this.#asked.get(message.id ?? 0)?.(message);
  }

  end(): void {
    for (const resolve of this.#asked.values()) resolve({});
  }
}
