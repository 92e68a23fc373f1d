// Streams: bodies that this service's answers are made of, while the host asks for their pieces.
// Guest: part of the library "isonet/http".
// Invariant: a stream is forgotten, and its `finally` run, when it ends or its peer has gone.

import { limits } from "../../wire/limits.ts";
import { pieceOf } from "./body.ts";

type Stream = { readonly source: AsyncIterator<unknown>; left: Uint8Array };

const noBytes = new Uint8Array();
const streams = new Map<number, Stream>();
let lastId = 0;

export function openStream(source: AsyncIterator<unknown>): number {
  streams.set(++lastId, { source, left: noBytes });
  return lastId;
}

/** The next piece; undefined at the end. */
export async function nextPiece(id: number): Promise<Uint8Array | undefined> {
  const stream = streams.get(id);
  if (stream === undefined) throw new Error(`there is no stream ${id}`);
  while (stream.left.length === 0) {
    const { done, value } = await stream.source.next();
    if (done === true) {
      streams.delete(id);
      return undefined;
    }
    stream.left = pieceOf(value);
  }
  const piece = stream.left.subarray(0, limits.httpPieceBytes);
  stream.left = stream.left.subarray(piece.length);
  return piece;
}

/** Nobody wants the rest. */
export async function dropStream(id: number): Promise<void> {
  const stream = streams.get(id);
  streams.delete(id);
  await stream?.source.return?.();
}
