// Stalled stream: a destination of log lines that writes nothing until it is told to.
// Used by the tests of log.ts and sink.ts in place of pino's.

import { EventEmitter } from "node:events";
import type { SinkStream } from "../../../src/log/sink.ts";

export class StalledStream extends EventEmitter implements SinkStream {
  readonly lines: string[] = [];
  bytes = 0;
  reopened = 0;
  isDestroyed = false;

  write(line: string): boolean {
    this.lines.push(line);
    this.bytes += Buffer.byteLength(line);
    return false;
  }

  reopen(): void {
    this.reopened++;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  drain(): void {
    const bytes = this.bytes;
    this.bytes = 0;
    this.emit("write", bytes);
  }

  fail(code: string): void {
    this.emit("error", Object.assign(new Error(`${code}: it failed`), { code }));
  }
}
