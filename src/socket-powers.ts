// Socket powers: what the socket service gets of the machine and of shard 0.
// Main thread. Made by host-services.ts.
// Invariant: a message with events is posted whole, or not at all and said so.

import type { Address } from "isonet";
import type { NetPowers } from "../services/host/sockets/net-powers.ts";
import type { SocketsPowers } from "../services/host/sockets/sockets.ts";
import { makeAddress, wellKnown } from "../wire/address.ts";
import { encodeInto } from "../wire/codec.ts";
import { frameHeaderBytes, FrameWord } from "../wire/frame.ts";
import { limits } from "../wire/limits.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { openDatagrams } from "./net/datagram-socket.ts";
import { listenForGate } from "./net/gate-listener.ts";
import { systemNetClock } from "./net/net-clock.ts";
import { resolveHost } from "./net/resolver.ts";
import { dialStream } from "./net/stream-dialer.ts";
import type { Shard } from "./shard/shard.ts";

const clock = systemNetClock;

export const netPowers: NetPowers = {
  dial: (at) => dialStream({ ...at, ...streamOptions }),
  listen: (at) =>
    listenForGate({
      ...at,
      ...streamOptions,
      handshakeMs: limits.connectMs,
      connectionsMax: limits.socketsPerServiceMax,
    }),
  datagrams: (at) => openDatagrams({ ...at, waitingBytesMax: limits.socketWriteBytesMax }),
  resolve: (host) => resolveHost(host, { clock, timeoutMs: limits.resolveMs }),
  clock,
};

const streamOptions = {
  clock,
  warningBytes: limits.socketWarningBytes,
  closeMs: limits.socketCloseMs,
};

type Ends = { readonly source: number; readonly destination: number; readonly session: number };

/** Brings events to services, past the outbox of the service that tells them. */
export class EventPost {
  readonly #shard: Shard;
  readonly #source: number;
  #words = new Uint32Array(limits.socketBatchBytesMax / 2);

  constructor(shard: Shard, node: number) {
    this.#shard = shard;
    this.#source = makeAddress(node, wellKnown.socket);
  }

  /** False: the link to the service is congested, and nothing was posted. */
  // hot: bench gate-echo
  readonly deliver: SocketsPowers["deliver"] = (owner: Address, events) => {
    if (this.#isCongested(owner)) return false;
    let end = encodeInto(events, new Uint8Array(this.#words.buffer), frameHeaderBytes);
    while (end < 0) {
      this.#words = new Uint32Array(this.#words.length * 2);
      end = encodeInto(events, new Uint8Array(this.#words.buffer), frameHeaderBytes);
    }
    this.#post(MessageKind.socket, end, { source: this.#source, destination: owner, session: 0 });
    return true;
  };

  /** A client's frame, to its agent. False: as `deliver`. */
  // hot: bench gate-echo
  readonly deliverFrame: SocketsPowers["deliverFrame"] = (to, { source, session, body }) => {
    if (this.#isCongested(to)) return false;
    const end = frameHeaderBytes + body.length;
    if (this.#words.byteLength < end) this.#words = new Uint32Array(Math.ceil(end / 4));
    new Uint8Array(this.#words.buffer).set(body, frameHeaderBytes);
    this.#post(MessageKind.client, end, { source, destination: to, session });
    return true;
  };

  #isCongested(to: Address): boolean {
    const { directory, index, links } = this.#shard;
    const place = directory.shardOf(to);
    return place !== index && links.linkTo(place)?.isCongested === true;
  }

  #post(kind: number, length: number, { source, destination, session }: Ends): void {
    const words = this.#words;
    words[FrameWord.length] = length;
    words[FrameWord.source] = source;
    words[FrameWord.destination] = destination;
    words[FrameWord.session] = session;
    words[FrameWord.kindAndFlags] = kind;
    words[FrameWord.deadline] = 0;
    this.#shard.kernel.router.post(words, 0);
  }
}
