// The logger service: from a text message's bytes to a line of the log.
// On an author API that only keeps the protocol it is given.

import type { Address, Protocol } from "isonet";
import { describe, expect, test } from "vitest";
import { logger } from "../../../services/host/logger.ts";
import { limits } from "../../../wire/limits.ts";

const source = 0x0100000c as Address;
const silenced = 0x0100000d as Address;

function startLogger() {
  const lines: unknown[][] = [];
  const lost: unknown[][] = [];
  const protocols: Protocol[] = [];
  logger(
    { registerProtocol: (protocol) => void protocols.push(protocol) },
    {
      write: (...line) => void lines.push(line),
      trace: undefined,
      mayWrite: (address) => address !== silenced,
      lose: (...who) => void lost.push(who),
      nameOf: (address) => `name of ${address.toString(16)}`,
    },
  );
  const [protocol] = protocols;
  const say = (bytes: Uint8Array, speaker = source) => {
    protocol?.dispatch?.(0, speaker, ...(protocol.unpack?.(bytes) ?? []));
  };
  return { lines, lost, protocol, say };
}

function body(level: number, text: string): Uint8Array {
  return Uint8Array.of(level, ...new TextEncoder().encode(text));
}

describe("logger", () => {
  test("handles kind text", () => {
    expect(startLogger().protocol).toMatchObject({ name: "text", id: 0 });
  });

  test("counts the line of one whose owner has had its lines, and does not write it", () => {
    const { lines, lost, say } = startLogger();

    say(body(40, "once more"), silenced);

    expect(lines).toEqual([]);
    expect(lost).toEqual([[":0100000d", "name of 100000d"]]);
  });

  test("writes level, address, name and text of a message", () => {
    const { lines, say } = startLogger();

    say(body(40, "zürich"));

    expect(lines).toEqual([[40, ":0100000c", "name of 100000c", "zürich"]]);
  });

  test("writes a line of logLineBytesMax whole and cuts a longer one, saying so", () => {
    const { lines, say } = startLogger();
    const longest = "x".repeat(limits.logLineBytesMax);

    say(body(30, longest));
    say(body(30, `${longest}123`));

    expect(lines.map((line) => line[3])).toEqual([longest, `${longest} … (3 bytes cut)`]);
  });

  test("cuts between characters", () => {
    const { lines, say } = startLogger();
    const start = "x".repeat(limits.logLineBytesMax - 2);

    say(body(30, `${start}€uro`));

    expect(lines.map((line) => line[3])).toEqual([`${start} … (6 bytes cut)`]);
  });

  test.each([
    ["an empty body", new Uint8Array(0), []],
    ["bytes that are no text", Uint8Array.of(30, 0xff, 0xc3), ["\uFFFD\uFFFD"]],
  ])("survives %s", (_what, bytes, texts) => {
    const { lines, say } = startLogger();

    say(bytes);

    expect(lines.map((line) => line[3])).toEqual(texts);
  });
});
