// Sink: the stream log lines go to, with a bound on what waits in it and an answer to each way it
// can fail.
// Main thread. Filled by log.ts, drained by the stream's asynchronous writes.
// Invariant: the stream's errors end here: a full disk or a closed pipe costs log lines, never the
// host.

import { writeSync } from "node:fs";
import { limits } from "../../wire/limits.ts";

/** What this needs of pino's destination. */
export type SinkStream = {
  write(line: string): boolean;
  reopen(): void;
  destroy(): void;
  on(event: "ready", listener: () => void): unknown;
  on(event: "write", listener: (bytes: number) => void): unknown;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
};

const flushMsMax = 2000; // less than the five seconds a host has for its end
const stderrFd = 2;

export class Sink {
  /** Resolves when lines can be written, rejects when the file cannot be opened. */
  readonly opened: Promise<void>;
  readonly #stream: SinkStream;
  readonly #complain: (text: string) => void;
  #waitingBytes = 0;
  #isBroken = false;
  #errors = 0;
  #onDrained: (() => void) | undefined;

  constructor(stream: SinkStream, complain: (text: string) => void = complainOnStderr) {
    this.#stream = stream;
    this.#complain = complain;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.opened = promise;
    let isOpen = false;
    stream.on("ready", () => {
      isOpen = true;
      resolve();
    });
    stream.on("write", (bytes) => this.#written(bytes));
    stream.on("error", (error) => {
      reject(error);
      if (isOpen) this.#failed(error);
    });
  }

  /** False when logBufferBytesMax wait: the next line is not to be written. */
  get hasRoom(): boolean {
    return !this.#isBroken && this.#waitingBytes < limits.logBufferBytesMax;
  }

  write(line: string): void {
    if (this.#isBroken) return;
    this.#waitingBytes += Buffer.byteLength(line);
    this.#stream.write(line);
  }

  reopen(): void {
    if (!this.#isBroken) this.#stream.reopen();
  }

  /** True when all is written, or can never be; false after two seconds. */
  async flush(): Promise<boolean> {
    if (this.#isBroken || this.#waitingBytes === 0) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), flushMsMax);
    this.#onDrained = () => resolve(true);
    const isFlushed = await promise;
    clearTimeout(timer);
    return isFlushed;
  }

  close(): void {
    this.#isBroken = true;
    this.#stream.destroy();
  }

  #written(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (this.#waitingBytes === 0) this.#onDrained?.();
  }

  /** Lines stay in the buffer and go out with a later write; only a closed pipe is for ever. */
  #failed(error: NodeJS.ErrnoException): void {
    if (error.code === "EPIPE") {
      this.#isBroken = true;
      this.#onDrained?.();
    }
    this.#errors++;
    const isPowerOfTwo = (this.#errors & (this.#errors - 1)) === 0;
    if (isPowerOfTwo) this.#complain(`isonet: log: ${error.message} (error ${this.#errors})`);
  }
}

/** The log cannot tell of its own failure. */
function complainOnStderr(text: string): void {
  try {
    writeSync(stderrFd, `${text}\n`);
  } catch {
    // nobody reads standard error either
  }
}
