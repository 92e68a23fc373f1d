// Fake stream: a connection of the socket service without a machine behind it.
// Test process. Given to stream entries and listeners in place of src/net's.
// Invariant: keeps what was written and whether it is read; tells nothing by itself.

import type { Stream, StreamHandlers } from "../../services/host/sockets/net-powers.ts";

export class FakeStream implements Stream {
  readonly peer = "10.0.0.1:5000";
  readonly local = "10.0.0.2:80";
  isGone = false;
  isReading = false;
  bytesRead = 0;
  bytesWritten = 0;
  waitingBytes = 0;
  handlers: StreamHandlers | undefined;
  readonly done: string[] = [];

  open(handlers: StreamHandlers): void {
    this.handlers = handlers;
  }

  /** The peer sends so many bytes. */
  receive(bytes: number): void {
    this.bytesRead += bytes;
    this.handlers?.onData(new Uint8Array(bytes));
  }

  setNoDelay(on: boolean): void {
    this.done.push(`noDelay ${on}`);
  }

  resume(): void {
    this.isReading = true;
  }

  pause(): void {
    this.isReading = false;
  }

  write(block: Uint8Array): void {
    this.waitingBytes += block.length;
  }

  frameOf(body: Uint8Array): Uint8Array {
    return Uint8Array.of(0, body.length, ...body);
  }

  close(): void {
    this.done.push("close");
  }

  destroy(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.done.push("destroy");
    this.handlers?.onGone(undefined);
  }
}
