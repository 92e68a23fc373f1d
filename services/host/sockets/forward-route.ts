// Forward route: the frames of some sockets on their way to one agent, past the gate that owns them
// (reference §6.2).
// Shard 0. Fed by stream-entry.ts; drained by sockets.ts once a round.
// Invariant: frames keep their order; those that the agent has not come to yet are bounded, for it
// is asked, behind every quarter of the bound, whether it has come to that.

import type { Address } from "isonet";
import { limits } from "../../../wire/limits.ts";
import type { OwnedSocket } from "./owned-socket.ts";

export type RouteParts = {
  /** Sends one frame; false: later, for the way there is congested. */
  readonly deliver: (to: Address, frame: ForwardedFrame) => boolean;
  /** Resolves, or rejects, when the agent has come to what was sent before. */
  readonly reached: (to: Address) => Promise<unknown>;
  /** There are frames to send, and were none. */
  readonly onWaiting: (route: ForwardRoute) => void;
  /** Frames that the agent may be behind. */
  readonly framesMax: number;
};

export type ForwardedFrame = {
  readonly source: Address;
  readonly session: number;
  readonly body: Uint8Array;
};

type Forwarded = OwnedSocket & { routeEnded(): void };

export class ForwardRoute {
  readonly address: Address;
  readonly #parts: RouteParts;
  readonly #sockets = new Set<Forwarded>();
  /** Sockets that are not read until there is room. */
  #stalled = new Set<OwnedSocket>();
  /** Frames of this round, and those for which the way was congested. */
  #waiting: ForwardedFrame[] = [];
  /** All that were taken, and their bytes. */
  #frames = 0;
  #bytes = 0;
  /** The same, as it was when the agent was last asked … */
  #askedFrames = 0;
  #askedBytes = 0;
  /** … and of the last question that it has come to. */
  #reachedFrames = 0;
  #reachedBytes = 0;
  isEnded = false;

  constructor(address: Address, parts: RouteParts) {
    this.address = address;
    this.#parts = parts;
  }

  /** True when its sockets are to be read no more for now. */
  get isFull(): boolean {
    return (
      this.#frames - this.#reachedFrames >= this.#parts.framesMax ||
      this.#bytes - this.#reachedBytes >= limits.forwardBytesMax
    );
  }

  join(socket: Forwarded): void {
    this.#sockets.add(socket);
  }

  leave(socket: Forwarded): void {
    this.#sockets.delete(socket);
    this.#stalled.delete(socket);
  }

  /** The socket is read on when there is room. */
  stall(socket: OwnedSocket): void {
    this.#stalled.add(socket);
  }

  // hot: bench gate-echo
  send(source: Address, session: number, body: Uint8Array): void {
    if (this.isEnded) return;
    this.#frames++;
    this.#bytes += body.length;
    if (this.#waiting.push({ source, session, body }) === 1) this.#parts.onWaiting(this);
  }

  /** Sends what waits. False: some could not be sent yet. */
  // hot: bench gate-echo
  flush(): boolean {
    const frames = this.#waiting;
    this.#waiting = [];
    for (let index = 0; index < frames.length; index++) {
      if (this.#parts.deliver(this.address, frames[index] as ForwardedFrame)) continue;
      this.#waiting = frames.slice(index);
      return false;
    }
    const isDue =
      this.#frames - this.#askedFrames >= this.#parts.framesMax / 4 ||
      this.#bytes - this.#askedBytes >= limits.forwardBytesMax / 4;
    if (isDue) this.#ask();
    return true;
  }

  /** Asks behind all that was sent. */
  #ask(): void {
    const frames = this.#frames;
    const bytes = this.#bytes;
    this.#askedFrames = frames;
    this.#askedBytes = bytes;
    const onReached = (): void => {
      this.#reachedFrames = frames;
      this.#reachedBytes = bytes;
      this.#readOn();
    };
    // Whatever the answer is, nothing of what was sent before is on its way any more.
    this.#parts.reached(this.address).then(onReached, onReached);
  }

  #readOn(): void {
    if (this.#stalled.size === 0 || this.isFull) return;
    const stalled = this.#stalled;
    this.#stalled = new Set();
    for (const socket of stalled) socket.readOn();
  }

  /** The agent has ended: its sockets with it. */
  end(): void {
    this.isEnded = true;
    this.#waiting = [];
    for (const socket of this.#sockets) socket.routeEnded();
    this.#sockets.clear();
    this.#stalled.clear();
  }
}
