// Door protocols of the example world: what a player's bytes become, split anywhere.

import { describe, expect, test } from "vitest";
import {
  frameProtocol,
  lineProtocol,
  type DoorProtocol,
} from "../../../examples/agents/host/door-protocols.ts";
import { gateLimits } from "../../../examples/agents/host/gate-limits.ts";

function open(protocol: DoorProtocol) {
  const texts: string[] = [];
  const answers: string[] = [];
  const broken: string[] = [];
  const reader = protocol.reader({
    onText: (text) => texts.push(text),
    onAnswer: (text) => answers.push(text),
    onBroken: (text) => broken.push(text),
  });
  const push = (text: string): void => reader.push(Buffer.from(text));
  return { texts, answers, broken, reader, push };
}

describe("the line door", () => {
  test("makes a text of each line, and of the last one without an end", () => {
    const door = open(lineProtocol);

    door.push("look\r\nsa");
    door.push("y hi\nquit");
    door.reader.finish();

    expect(door.texts).toEqual(["look", "say hi", "quit"]);
  });

  test("makes one text of an upload, its lines as they are", () => {
    const door = open(lineProtocol);

    door.push("upload\nlet a = 1;\n\n  look\n.\nlook\n");

    expect(door.texts).toEqual(["upload\nlet a = 1;\n\n  look", "look"]);
    expect(door.answers).toEqual(["go on: the lines of the script, then a line with a dot"]);
  });

  test("takes an upload of uploadBytesMax, and refuses one byte more but not what follows", () => {
    const door = open(lineProtocol);
    const line = "x".repeat(1023);
    const lines = Array.from({ length: gateLimits.uploadBytesMax / 1024 }, () => line).join("\n");

    door.push(`upload\n${lines}\n.\n`);
    door.push(`upload\n${lines}x\n.\nlook\n`);

    expect(door.texts).toEqual([`upload\n${lines}`, "look"]);
    expect(door.answers.at(-1)).toBe("the script has 32769 bytes; at most 32768 are taken");
  });

  test("takes a line of lineBytesMax, and breaks at one byte more", () => {
    const door = open(lineProtocol);

    door.push(`${"x".repeat(gateLimits.lineBytesMax)}\n`);
    door.push(`${"y".repeat(gateLimits.lineBytesMax + 1)}\n`);

    expect(door.texts.map(({ length }) => length)).toEqual([gateLimits.lineBytesMax]);
    expect(door.broken).toEqual(["a line has at most 2048 bytes; good bye"]);
  });
});

describe("the gate", () => {
  test("makes a text of each frame, and a frame of each text", () => {
    const gate = open(frameProtocol);
    const bytes = Buffer.concat(
      ["say grüß dich", "upload\nlet a;"].map((text) => Buffer.from(frameProtocol.encode(text))),
    );

    for (const byte of bytes) gate.reader.push(Buffer.of(byte));

    expect(gate.texts).toEqual(["say grüß dich", "upload\nlet a;"]);
  });
});
