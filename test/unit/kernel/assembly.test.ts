// Assembly: a message out of pieces.
// Unit test of src/kernel/assembly.ts.
// Invariant: a piece is a frame whose body is a part of the message's.

import { describe, expect, test } from "vitest";
import { Assembly } from "../../../src/kernel/assembly.ts";
import { FrameFlag } from "../../../wire/frame.ts";
import { frame, seeFrame, textOf } from "../../kit/frames.ts";

function assemble(pieces: readonly Uint32Array[], bytesMax = 1000): Assembly {
  const assembly = new Assembly(pieces[0] as Uint32Array, 0, bytesMax);
  for (const piece of pieces) assembly.add(piece, 0);
  return assembly;
}

const piece = (body: string | Uint8Array, session = 7): Uint32Array =>
  frame({ session, flags: FrameFlag.more | FrameFlag.named, body });

describe("assembly", () => {
  test("joins the bodies of all pieces, odd lengths included", () => {
    const assembly = assemble([piece("abc"), piece("de"), piece(""), piece("f")]);

    const message = seeFrame(assembly.words, 0);
    expect(textOf(message)).toBe("abcdef");
    expect(message.length).toBe(30);
  });

  test("has the header of the first piece without its flag for more", () => {
    const assembly = assemble([piece("abc", 7), piece("de", 11)]);

    const message = seeFrame(assembly.words, 0);
    expect([message.session, message.flags]).toEqual([7, FrameFlag.named]);
  });

  test("grows over pieces of many sizes without losing a byte", () => {
    const bodies = [1, 70_000, 100_001, 300_002].map((size, index) =>
      new Uint8Array(size).fill(index + 1),
    );

    const assembly = assemble(
      bodies.map((body) => piece(body)),
      1_000_000,
    );

    const message = seeFrame(assembly.words, 0);
    const counts = [1, 2, 3, 4].map(
      (byte) => message.body.filter((other) => other === byte).length,
    );
    expect(counts).toEqual([1, 70_000, 100_001, 300_002]);
  });

  test("takes the message that reaches its bound", () => {
    const assembly = assemble([piece("abc"), piece("defg")], 31);

    expect(assembly.isOver).toBe(false);
    expect(textOf(seeFrame(assembly.words, 0))).toBe("abcdefg");
  });

  test("keeps only the header of a message that passes its bound, and skips what follows", () => {
    const assembly = assemble([piece("abc"), piece("defgh"), piece("i")], 31);

    expect(assembly.isOver).toBe(true);
    expect(seeFrame(assembly.words, 0)).toMatchObject({ length: 24, session: 7 });
    expect(assembly.words.length).toBe(6);
  });

  test("is over its bound with the first piece when that is too large", () => {
    expect(assemble([piece("abcdefgh")], 31).isOver).toBe(true);
  });
});
