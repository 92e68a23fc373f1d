// Router: brings one frame to the mailbox of its destination, to the link of its shard, or back as a fault.
// One shard. Fed by outbox.ts, by the readers of links and by the kernel itself.
// Invariant: a request is accepted by a mailbox or a link, or its source gets exactly one error frame.

import { formatAddress, type ServiceAddress } from "../../wire/address.ts";
import { errorCodes, type ErrorCode } from "../../wire/error-codes.ts";
import { encodeFault } from "../../wire/fault.ts";
import {
  FrameFlag,
  frameHeaderBytes,
  frameHeaderWords,
  FrameWord,
  frameStride,
  isRequest,
} from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { readUtf8 } from "../../wire/utf8.ts";
import type { Directory } from "./directory.ts";
import type { Link } from "./link.ts";
import type { MailboxBounds } from "./mailbox.ts";
import type { NameTable } from "./names.ts";
import type { RunQueue } from "./run-queue.ts";
import type { ServiceRecord } from "./service-record.ts";

export type RouterParts = {
  readonly shard: number;
  readonly directory: Directory;
  readonly names: NameTable;
  readonly runQueue: RunQueue;
  readonly bounds: MailboxBounds;
  /** Link to another shard; undefined when there is none. */
  readonly linkTo: (shard: number) => Link | undefined;
};

export class Router {
  readonly services = new Map<number, ServiceRecord>();
  readonly #parts: RouterParts;
  readonly #isAlive: (address: ServiceAddress) => boolean;
  /** Frames that nobody could be told of: one-way messages to the dead, the unknown and the full. */
  dropped = 0;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#isAlive = (address) => parts.directory.shardOf(address) >= 0;
  }

  /**
   * Posts the frame at word `at`, whose source is true and whose length is checked. Copies it.
   * True when it was accepted; a refused request has been answered.
   */
  // hot: bench call
  post(words: Uint32Array, at: number): boolean {
    const destination = words[at + FrameWord.destination] as ServiceAddress;
    const record = this.services.get(destination);
    if (record !== undefined) return this.#postHere(record, words, at);
    const { directory, shard } = this.#parts;
    const place = directory.shardOf(destination);
    if (place >= 0 && place !== shard) {
      const link = this.#parts.linkTo(place);
      if (link !== undefined) {
        link.write(words, at, words[at] as number);
        return true;
      }
    }
    const isDead = directory.wasAllocated(destination);
    this.refuse(
      words,
      at,
      isDead ? "ADDRESS_DEAD" : "ADDRESS_UNKNOWN",
      this.#whyNobody(destination, isDead),
    );
    return false;
  }

  #postHere(record: ServiceRecord, words: Uint32Array, at: number): boolean {
    if (!record.mailbox.push(words, at, words[at] as number)) {
      const { depthMax, bytesMax } = this.#parts.bounds;
      const { depth, bytes } = record.mailbox;
      this.refuse(
        words,
        at,
        "MAILBOX_FULL",
        `mailbox of ${formatAddress(record.address)} is full: ${depth} of ${depthMax} frames (mailboxDepthMax), ` +
          `${bytes} of ${bytesMax} bytes (mailboxBytesMax)`,
      );
      return false;
    }
    if (isRequest(words, at)) {
      record.noteCaller(words[at + FrameWord.source] as ServiceAddress, this.#isAlive);
    }
    if (!record.isQueued && record.holds === 0 && !record.isInTurn)
      this.#parts.runQueue.push(record);
    return true;
  }

  #whyNobody(destination: ServiceAddress, isDead: boolean): string {
    const address = formatAddress(destination);
    return isDead ? `service ${address} has ended` : `no service has the address ${address}`;
  }

  /**
   * Posts a frame sent to a name: takes the name off, resolves it, goes on as `post`.
   * A malformed name is answered with NAME_INVALID, one without owner with NAME_UNKNOWN.
   */
  postNamed(words: Uint32Array, at: number): boolean {
    const bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4, words[at]);
    const nameLength = bytes[frameHeaderBytes] ?? 0;
    const nameEnd = frameHeaderBytes + 1 + nameLength;
    if (nameLength === 0 || nameEnd > bytes.length) {
      this.refuse(words, at, "NAME_INVALID", "a frame sent to a name holds no name");
      return false;
    }
    const name = readUtf8(bytes, frameHeaderBytes + 1, nameEnd);
    const address = this.#parts.names.resolve(name);
    if (address === undefined) {
      this.refuse(words, at, "NAME_UNKNOWN", `no service has the name ${name}`);
      return false;
    }
    const length = bytes.length - 1 - nameLength;
    const frame = new Uint32Array(frameStride(length) >>> 2);
    frame.set(words.subarray(at, at + frameHeaderWords));
    frame[FrameWord.length] = length;
    frame[FrameWord.destination] = address;
    frame[FrameWord.kindAndFlags] =
      (frame[FrameWord.kindAndFlags] as number) & ~(FrameFlag.named << 8);
    new Uint8Array(frame.buffer, frameHeaderBytes).set(bytes.subarray(nameEnd));
    return this.post(frame, 0);
  }

  /** Answers a request with a fault from its destination; counts a one-way message as dropped. */
  refuse(
    words: Uint32Array,
    at: number,
    code: ErrorCode,
    text: string = errorCodes[code].text,
  ): void {
    if (!isRequest(words, at)) {
      this.dropped++;
      return;
    }
    const source = words[at + FrameWord.source] as ServiceAddress;
    const destination = words[at + FrameWord.destination] as ServiceAddress;
    this.postError(destination, source, words[at + FrameWord.session] as number, code, text);
  }

  /** Posts an error frame. With session 0 it tells that `source` has ended. */
  postError(
    source: ServiceAddress,
    destination: ServiceAddress,
    session: number,
    ...[code, text]: [ErrorCode, string]
  ): void {
    const place = this.#parts.directory.shardOf(destination);
    if (place < 0) return;
    this.post(
      makeFrame(MessageKind.error, { source, destination, session }, encodeFault(code, text)),
      0,
    );
  }
}

/** A frame of its own, with this body. */
export function makeFrame(
  kind: MessageKind,
  ends: { source: number; destination: number; session: number },
  body: Uint8Array,
): Uint32Array {
  const length = frameHeaderBytes + body.length;
  const frame = new Uint32Array(frameStride(length) >>> 2);
  frame[FrameWord.length] = length;
  frame[FrameWord.source] = ends.source;
  frame[FrameWord.destination] = ends.destination;
  frame[FrameWord.session] = ends.session;
  frame[FrameWord.kindAndFlags] = kind;
  new Uint8Array(frame.buffer, frameHeaderBytes).set(body);
  return frame;
}
