// Shard links: the ways from one shard to the others, and from them to it.
// One thread. Made from the rings of the host's threads, or in a cell; shard 0 adds its cells.
// Invariant: a place without a link of its own is reached by way of shard 0, where there is a link
// to that.

import type { Link, LinkReader } from "../kernel/link.ts";
import { TurnMark } from "../kernel/turn-mark.ts";
import { RingReader, RingWriter } from "../link/ring.ts";
import type { HostMemory } from "./host-memory.ts";
import { wakeShard } from "./sleeper.ts";

export type OutgoingLink = Link & { readonly hasBacklog: boolean };

type FrameHandler = (words: Uint32Array, at: number) => void;

type Incoming = { readonly reader: LinkReader; readonly onFrame: FrameHandler | undefined };

export class ShardLinks {
  readonly #outgoing = new Map<number, OutgoingLink>();
  readonly #incoming = new Map<number, Incoming>();

  /** `onFrame` takes the frames of a place that is not trusted, in place of the shard's router. */
  add(
    place: number,
    link: { readonly writer: OutgoingLink; readonly reader: LinkReader; onFrame?: FrameHandler },
  ): void {
    this.#outgoing.set(place, link.writer);
    this.#incoming.set(place, { reader: link.reader, onFrame: link.onFrame });
  }

  remove(place: number): void {
    this.#outgoing.delete(place);
    this.#incoming.delete(place);
  }

  linkTo(place: number): OutgoingLink | undefined {
    return this.#outgoing.get(place) ?? this.#outgoing.get(0);
  }

  get hasIncoming(): boolean {
    for (const { reader } of this.#incoming.values()) if (!reader.isEmpty) return true;
    return false;
  }

  get hasBacklog(): boolean {
    for (const writer of this.#outgoing.values()) if (writer.hasBacklog) return true;
    return false;
  }

  /** Hands on what other places sent, at most `framesMax` of each. True when there was any. */
  read(post: FrameHandler, framesMax: number): boolean {
    let frames = 0;
    for (const { reader, onFrame } of this.#incoming.values()) {
      frames += reader.read(onFrame ?? post, framesMax);
    }
    return frames > 0;
  }

  /** Moves on what waits behind the links; true when something moved. */
  pump(): boolean {
    let moved = false;
    for (const writer of this.#outgoing.values()) {
      if (writer.hasBacklog && writer.pump()) moved = true;
    }
    return moved;
  }
}

/** Links of a thread of the host to all its other threads. */
export function ringLinks(index: number, memory: HostMemory): ShardLinks {
  const links = new ShardLinks();
  for (let other = 0; other < memory.shards; other++) {
    if (other === index) continue;
    const { words } = new TurnMark(memory.marks, other);
    const outgoing = memory.rings[index * memory.shards + other] as SharedArrayBuffer;
    const incoming = memory.rings[other * memory.shards + index] as SharedArrayBuffer;
    const writer = new RingWriter(outgoing, () => wakeShard(words));
    links.add(other, { writer, reader: new RingReader(incoming) });
  }
  return links;
}
