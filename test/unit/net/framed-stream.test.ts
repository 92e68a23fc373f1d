// Framed stream: a connection that gives whole frames, when it may, and ends for what it must.

import { describe, expect, test } from "vitest";
import { FramedStream } from "../../../src/net/framed-stream.ts";
import { prefixFrame } from "../../../src/net/prefixed-frames.ts";
import type { StreamHandlers, StreamSocket } from "../../../src/net/stream-socket.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";

/** A framed stream over a stream that the test plays. */
function play({ idleMs = 0, bodyBytesMax = 100 } = {}) {
  const seen: string[] = [];
  const clock = new FakeNetClock();
  let handlers: StreamHandlers | undefined;
  let isReading = false;
  const written: Uint8Array[] = [];
  const below = {
    open: (given: StreamHandlers) => (handlers = given),
    resume: () => (isReading = true),
    pause: () => (isReading = false),
    write: (block: Uint8Array) => written.push(block),
    close: () => seen.push("closed"),
    destroy: () => {
      seen.push("destroyed");
      handlers?.onGone(undefined);
    },
  } as unknown as StreamSocket;
  const stream = new FramedStream(below, { clock, prefixBytes: 2, bodyBytesMax, idleMs });
  stream.open({
    onData: (frame) => seen.push(Buffer.from(frame).toString("latin1")),
    onEnd: () => seen.push("end"),
    onWarning: () => {},
    onFlushed: () => {},
    onGone: (error) => seen.push(`gone: ${error}`),
  });
  const come = (bytes: Uint8Array): void => handlers?.onData(bytes);
  return {
    seen,
    clock,
    stream,
    written,
    come,
    end: () => handlers?.onEnd(),
    isRead: () => isReading,
  };
}

const silent: StreamHandlers = {
  onData: () => {},
  onEnd: () => {},
  onWarning: () => {},
  onFlushed: () => {},
  onGone: () => {},
};
const three = Buffer.concat(["a", "b", "c"].map((text) => prefixFrame(Buffer.from(text))));

describe("a framed stream", () => {
  test("gives each frame of a chunk", () => {
    const { seen, stream, come } = play();
    stream.resume();

    come(three);

    expect(seen).toEqual(["a", "b", "c"]);
  });

  test("gives nothing while it is paused, in the middle of a chunk as well", () => {
    const { seen, stream, come } = play();
    stream.resume();
    come(three.subarray(0, 3));
    stream.pause();

    come(three.subarray(3));
    const before = [...seen];
    stream.resume();

    expect([before, seen]).toEqual([["a"], ["a", "b", "c"]]);
  });

  test("stays paused when whoever gets its last kept frame pauses it again", () => {
    const { seen, stream, come, isRead } = play();
    stream.resume();
    stream.pause();
    come(three.subarray(0, 3));
    stream.open({ ...silent, onData: () => stream.pause() });

    stream.resume();
    come(three.subarray(3));

    expect([seen, isRead()]).toEqual([[], false]);
  });

  test("tells the end behind the frames that were kept", () => {
    const { seen, stream, come, end } = play();
    stream.resume();
    stream.pause();
    come(three);
    end();
    const before = [...seen];

    stream.resume();
    stream.resume();

    expect([before, seen]).toEqual([[], ["a", "b", "c", "end"]]);
  });

  test("ends for a frame that is announced too long", () => {
    const { seen, stream, come } = play({ bodyBytesMax: 10 });
    stream.resume();

    come(Uint8Array.of(0, 11, 1));

    expect(seen).toEqual(["destroyed", "gone: a frame of 11 bytes; at most 10"]);
  });

  test("ends when nothing comes for idleMs, but not while it is not read", () => {
    const { seen, stream, clock, come } = play({ idleMs: 1000 });
    stream.resume();
    clock.advance(900);
    come(three);
    stream.pause();
    clock.advance(5000);
    const before = [...seen];

    stream.resume();
    clock.advance(1000);

    expect([before, seen.slice(3)]).toEqual([
      ["a", "b", "c"],
      ["destroyed", "gone: silent for 1000 ms"],
    ]);
    expect(clock.pending).toBe(0);
  });

  test("gives nothing more of a chunk when it is closed in its middle", () => {
    const { seen, stream, come } = play();
    stream.resume();
    come(three.subarray(0, 3));
    stream.close();

    come(three.subarray(3));

    expect(seen).toEqual(["a", "closed"]);
  });

  test("frames bodies as it reads them", () => {
    const { stream } = play({ bodyBytesMax: 10 });

    expect([...stream.frameOf(Uint8Array.of(7))]).toEqual([0, 1, 7]);
    expect(() => stream.frameOf(new Uint8Array(11))).toThrow(
      expect.objectContaining({ code: "MESSAGE_TOO_LARGE" }),
    );
  });
});
