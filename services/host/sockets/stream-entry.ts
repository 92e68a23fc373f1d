// Stream entry: one connection of a service, between the machine's stream and its owner.
// Shard 0. Told of by its stream; ordered by sockets.ts for its owner.
// Invariant: at most socketReadBytesMax and one chunk are on the way to the owner, unread; `close`
// is told once; nothing is told after it but an error.

import type { Address } from "isonet";
import { isCodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";
import {
  errorTextBytesMax,
  SocketEvent,
  type SocketFigures,
} from "../../../wire/socket-protocol.ts";
import type { ForwardRoute } from "./forward-route.ts";
import type { Stream, StreamHandlers } from "./net-powers.ts";
import type { OwnedSocket, Shelf } from "./owned-socket.ts";
import type { SocketOwner } from "./socket-owner.ts";

export class StreamEntry implements OwnedSocket, StreamHandlers {
  readonly id: number;
  heir: Address | undefined;
  isShared = false;
  readonly #stream: Stream;
  readonly #shelf: Shelf;
  #owner: SocketOwner;
  /** Called when it is started, or gone: nobody waits for its start any more. */
  onSettled: () => void = () => {};
  #isStarted = false;
  #isPaused = false;
  #isReading = false;
  #isClosing = false;
  #hasEnded = false;
  #hasToldClose = false;
  /** Where frames go in place of the owner, and in whose name. */
  #route: ForwardRoute | undefined;
  #client: Address | undefined;
  #unreadBytes = 0;
  #readTick = 0;
  #writeTick = 0;

  constructor(id: number, owner: SocketOwner, stream: Stream, shelf: Shelf) {
    this.id = id;
    this.#owner = owner;
    this.#stream = stream;
    this.#shelf = shelf;
    stream.open(this);
  }

  get owner(): SocketOwner {
    return this.#owner;
  }

  get waitingBytes(): number {
    return this.#stream.waitingBytes;
  }

  get peer(): string {
    return this.#stream.peer;
  }

  start(owner: SocketOwner): boolean {
    if (this.#isClosing || this.#stream.isGone) return false;
    if (owner !== this.#owner) {
      this.unforward();
      owner.takeOver(this);
      this.#owner = owner;
    }
    this.heir = undefined;
    this.#isStarted = true;
    this.onSettled();
    this.#isPaused = false;
    this.#unreadBytes = 0;
    // The new owner has not heard that the peer is silent.
    if (this.#hasEnded) owner.tell(SocketEvent.close, this.id, undefined);
    this.readOn();
    return true;
  }

  /** From here on frames go to an agent, in the name of `client`, or of the owner. */
  forward(route: ForwardRoute, client: Address | undefined): void {
    this.unforward();
    this.#route = route;
    this.#client = client;
    this.isShared = true;
    route.join(this);
    this.readOn();
  }

  unforward(): void {
    this.#route?.leave(this);
    this.#route = undefined;
    this.readOn();
  }

  /** The agent has ended: nobody would hear its clients any more. */
  routeEnded(): void {
    this.#route = undefined;
    if (this.#isClosing) return;
    this.#tellError("its agent has ended");
    this.#hasToldClose = true;
    this.close(); // what the agent has written is sent
  }

  // hot: bench gate-echo
  onData(chunk: Uint8Array): void {
    const route = this.#route;
    if (route !== undefined) {
      this.#readTick = this.#shelf.nowTick();
      route.send(this.#client ?? this.#owner.address, this.id, chunk);
      if (route.isFull) this.readOn();
      return;
    }
    this.#unreadBytes += chunk.length;
    this.#readTick = this.#shelf.nowTick();
    this.#owner.tell(SocketEvent.data, this.id, chunk, chunk.length);
    if (this.#unreadBytes >= limits.socketReadBytesMax || this.#owner.isFull) this.readOn();
  }

  consumed(bytes: number): void {
    this.#unreadBytes = Math.max(0, this.#unreadBytes - bytes);
    if (!this.#isReading) this.readOn();
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.readOn();
  }

  /** Reads when everything allows it, and else does not. */
  readOn(): void {
    const mayRead =
      this.#isStarted &&
      !this.#isPaused &&
      !this.#isClosing &&
      this.#unreadBytes < limits.socketReadBytesMax;
    const sink = this.#route ?? this.#owner;
    const isStalled = mayRead && sink.isFull;
    if (isStalled) sink.stall(this);
    const isToRead = mayRead && !isStalled;
    if (isToRead === this.#isReading) return;
    this.#isReading = isToRead;
    if (isToRead) this.#stream.resume();
    else this.#stream.pause();
  }

  // hot: bench gate-echo
  write(block: Uint8Array, order: { readonly isLow: boolean }): void {
    if (this.#isClosing || this.#stream.isGone) return;
    const waiting = this.#stream.waitingBytes + block.length;
    if (waiting > limits.socketWriteBytesMax) {
      this.fail(`${waiting} bytes wait to be sent (socketWriteBytesMax)`);
    } else if (this.#owner.mayWrite(block.length)) {
      this.#writeTick = this.#shelf.nowTick();
      this.#stream.write(block, order);
    } else {
      this.fail("too many bytes wait on the service's sockets (socketServiceWriteBytesMax)");
    }
  }

  // hot: bench gate-echo
  writeFrame(body: Uint8Array): void {
    let frame: Uint8Array;
    try {
      frame = this.#stream.frameOf(body);
    } catch (error) {
      this.fail(isCodedError(error) ? error.message : String(error));
      return;
    }
    this.write(frame, { isLow: false });
  }

  setNoDelay(on: boolean): void {
    this.#stream.setNoDelay(on);
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#stream.close();
  }

  destroy(): void {
    this.#isClosing = true;
    this.#stream.destroy();
  }

  fail(text: string): void {
    if (this.#isClosing && this.#hasToldClose) return;
    this.#tellError(text);
    this.#hasToldClose = true;
    this.destroy();
  }

  onEnd(): void {
    this.#hasEnded = true;
    this.#tellClose();
  }

  onWarning(kib: number): void {
    this.#owner.tell(SocketEvent.warning, this.id, kib);
  }

  onFlushed(): void {
    this.#tellClose();
  }

  onGone(error: string | undefined): void {
    if (error === undefined || this.#isClosing) this.#tellClose();
    else this.#tellError(error);
    this.#isClosing = true;
    this.onSettled();
    this.unforward();
    this.#shelf.remove(this);
  }

  #tellClose(): void {
    if (this.#hasToldClose) return;
    this.#hasToldClose = true;
    this.#owner.tell(SocketEvent.close, this.id, undefined);
  }

  #tellError(text: string): void {
    this.#owner.tell(SocketEvent.error, this.id, text.slice(0, errorTextBytesMax));
  }

  figures(): SocketFigures {
    return {
      id: this.id,
      address: this.#owner.address,
      type: this.#isClosing ? "CLOSING" : "TCP",
      read: this.#stream.bytesRead,
      write: this.#stream.bytesWritten,
      wbuffer: this.#stream.waitingBytes,
      rtime: this.#readTick,
      wtime: this.#writeTick,
      reading: this.#isReading,
      writing: this.#stream.waitingBytes > 0,
      peer: this.#stream.peer,
      sock: this.#stream.local,
      accept: 0,
    };
  }
}
