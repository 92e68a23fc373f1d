// Request frame: the bodies of a message server's frames, which carry a session behind the content
// (reference §6.6).
// Guest: part of "isonet/msgserver". Fed with frames of strangers.
// Invariant: a session is what the client wrote, 0 to 2^32 - 1, and means nothing else here.

const sessionBytes = 4;

export type RequestFrame = {
  readonly content: Uint8Array;
  readonly session: number;
};

/** Most bytes of an answer's content: what a frame of 65,535 bytes leaves. */
export const answerContentBytesMax = 0xffff - 1 - sessionBytes;

/** Undefined when the frame is too short to have a session. */
export function readRequest(frame: Uint8Array): RequestFrame | undefined {
  const at = frame.length - sessionBytes;
  if (at < 0) return undefined;
  let session = 0;
  for (let index = at; index < frame.length; index++)
    session = session * 256 + (frame[index] as number);
  return { content: frame.subarray(0, at), session };
}

/** Without content: the answer of a request that failed. */
export function answerFrame(content: Uint8Array | undefined, session: number): Uint8Array {
  const length = content?.length ?? 0;
  const frame = new Uint8Array(length + 1 + sessionBytes);
  if (content !== undefined) frame.set(content);
  frame[length] = content === undefined ? 0 : 1;
  for (let index = 0; index < sessionBytes; index++)
    frame[length + 1 + index] = session >>> (24 - 8 * index);
  return frame;
}
