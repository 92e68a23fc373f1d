// Shard links: who is reached by which link, and whose frames are looked at first.

import { describe, expect, test } from "vitest";
import { RingReader, ringMemory, RingWriter } from "../../../src/link/ring.ts";
import { ShardLinks } from "../../../src/shard/shard-links.ts";
import { FrameWord } from "../../../wire/frame.ts";
import { frame } from "../../kit/frames.ts";

/** Ends of two rings, one for each direction, between a shard and another place. */
function makeEnds() {
  const [out, back] = [ringMemory(256), ringMemory(256)];
  return {
    link: { writer: new RingWriter(out, () => {}), reader: new RingReader(back) },
    other: { writer: new RingWriter(back, () => {}), reader: new RingReader(out) },
  };
}

function write(writer: RingWriter, session: number, bytes = 32): void {
  const words = frame({ session, body: new Uint8Array(bytes - 24) });
  writer.write(words, 0, bytes);
}

/** Notes the sessions of frames. */
function recorder() {
  const sessions: (number | undefined)[] = [];
  const take = (words: Uint32Array, at: number): void => {
    sessions.push(words[at + FrameWord.session]);
  };
  return { sessions, take };
}

describe("shard links", () => {
  test("lead to a place by its own link, and by shard 0 where it has none", () => {
    const links = new ShardLinks();
    const [zero, three] = [makeEnds(), makeEnds()];
    expect(links.linkTo(3)).toBeUndefined();
    links.add(0, zero.link);
    links.add(3, three.link);

    expect(links.linkTo(3)).toBe(three.link.writer);
    expect(links.linkTo(7)).toBe(zero.link.writer);
    links.remove(3);
    expect(links.linkTo(3)).toBe(zero.link.writer);
  });

  test("hand frames to the router, those of a place that is not trusted to its own handler", () => {
    const links = new ShardLinks();
    const [trusted, cell] = [makeEnds(), makeEnds()];
    const [router, guard] = [recorder(), recorder()];
    links.add(1, trusted.link);
    links.add(5, { ...cell.link, onFrame: guard.take });
    write(trusted.other.writer, 1);
    write(cell.other.writer, 2);

    expect(links.hasIncoming).toBe(true);
    expect(links.read(router.take, 10)).toBe(true);
    expect([router.sessions, guard.sessions]).toEqual([[1], [2]]);
    expect([links.hasIncoming, links.read(router.take, 10)]).toEqual([false, false]);
  });

  test("read no more of one place than of another in a round", () => {
    const links = new ShardLinks();
    const [loud, quiet] = [makeEnds(), makeEnds()];
    const { sessions, take } = recorder();
    links.add(1, loud.link);
    links.add(2, quiet.link);
    for (let session = 1; session <= 5; session++) write(loud.other.writer, session);
    write(quiet.other.writer, 9);

    links.read(take, 2);

    expect(sessions).toEqual([1, 2, 9]);
  });

  test("read nothing of a place that was removed", () => {
    const links = new ShardLinks();
    const cell = makeEnds();
    const { sessions, take } = recorder();
    links.add(5, cell.link);
    write(cell.other.writer, 1);
    links.remove(5);

    expect([links.hasIncoming, links.read(take, 10), sessions]).toEqual([false, false, []]);
  });

  test("move on what waits behind them", () => {
    const links = new ShardLinks();
    const { link, other } = makeEnds();
    links.add(1, link);
    for (let session = 1; session <= 20; session++) write(link.writer, session);
    expect([links.hasBacklog, links.pump()]).toEqual([true, false]);

    const { sessions, take } = recorder();
    while (other.reader.read(take, 100) > 0) links.pump();

    expect([sessions.length, links.hasBacklog]).toEqual([20, false]);
  });
});
