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
import { systemNetClock } from "./net/net-clock.ts";
import { resolveHost } from "./net/resolver.ts";
import { dialStream } from "./net/stream-dialer.ts";
import { listenForStreams } from "./net/stream-listener.ts";
import type { Shard } from "./shard/shard.ts";

const clock = systemNetClock;

export const netPowers: NetPowers = {
  dial: (at) => dialStream({ ...at, ...streamOptions }),
  listen: (at) => listenForStreams({ ...at, ...streamOptions, handshakeMs: limits.connectMs }),
  datagrams: (at) => openDatagrams({ ...at, waitingBytesMax: limits.socketWriteBytesMax }),
  resolve: (host) => resolveHost(host, { clock, timeoutMs: limits.resolveMs }),
  clock,
};

const streamOptions = {
  clock,
  warningBytes: limits.socketWarningBytes,
  closeMs: limits.socketCloseMs,
};

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
    const { directory, index, links, kernel } = this.#shard;
    const place = directory.shardOf(owner);
    if (place !== index && links.linkTo(place)?.isCongested === true) return false;
    let end = encodeInto(events, new Uint8Array(this.#words.buffer), frameHeaderBytes);
    while (end < 0) {
      this.#words = new Uint32Array(this.#words.length * 2);
      end = encodeInto(events, new Uint8Array(this.#words.buffer), frameHeaderBytes);
    }
    const words = this.#words;
    words[FrameWord.length] = end;
    words[FrameWord.source] = this.#source;
    words[FrameWord.destination] = owner;
    words[FrameWord.session] = 0;
    words[FrameWord.kindAndFlags] = MessageKind.socket;
    words[FrameWord.deadline] = 0;
    kernel.router.post(words, 0);
    return true;
  };
}
