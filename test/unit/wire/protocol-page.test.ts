// Protocol page: every example of docs/protocol.md is what the wire does, byte by byte.

import { describe, expect, test } from "vitest";
import { parseAddress } from "../../../wire/address.ts";
import { CodedError } from "../../../wire/coded-error.ts";
import { decode, encode } from "../../../wire/codec.ts";
import { decodeFault, encodeFault } from "../../../wire/fault.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { SystemCommand } from "../../../wire/system-command.ts";
import { frame } from "../../kit/frames.ts";
import {
  bytesOfHex,
  codeOf,
  hexOf,
  lineOfCode,
  rowsOf,
  valuesOf,
} from "../../kit/protocol-page.ts";

/** Pairs of code in the first two cells of a section's rows. */
const pairsOf = (section: string): [string, string][] =>
  rowsOf(section).flatMap(([first, second]) => {
    const pair = [codeOf(first), codeOf(second)];
    return pair.includes(undefined) ? [] : [pair as [string, string]];
  });

const isWritten = ([value]: [string, string]): boolean => !/^[0-9a-f]{2}( |$)/.test(value);
const written = pairsOf("## Values").filter(isWritten);
const onlyRead = pairsOf("### Read, but never written");
const malformed = rowsOf("### Malformed").flatMap(([bytes]) => codeOf(bytes) ?? []);

describe("values on the protocol page", () => {
  test("are at least as many as there were when this was written", () => {
    expect(written.length).toBeGreaterThanOrEqual(55);
    expect(onlyRead.length).toBeGreaterThanOrEqual(13);
    expect(malformed.length).toBeGreaterThanOrEqual(10);
  });

  test.each(written)("%s is written as %s", (values, hex) => {
    expect(hexOf(encode(valuesOf(values)))).toBe(hex);
  });

  test.each(written)("%s is read from %s", (values, hex) => {
    expect(decode(bytesOfHex(hex))).toStrictEqual(valuesOf(values));
  });

  test.each(onlyRead)("%s is read as %s", (hex, values) => {
    expect(decode(bytesOfHex(hex))).toStrictEqual(valuesOf(values));
  });

  test.each(malformed)("%s is malformed", (hex) => {
    expect(() => decode(bytesOfHex(hex))).toThrow(
      expect.objectContaining({ code: "UNPACK_MALFORMED" }) as Error,
    );
  });
});

describe("frames on the protocol page", () => {
  test("have the bytes of the example", () => {
    const request = frame({
      source: parseAddress(":01000101", 1) ?? 0,
      destination: parseAddress(":01000102", 1) ?? 0,
      session: 5,
      kind: MessageKind.lua,
      deadline: 3000,
      body: encode(["get", 42]),
    });

    const hex = rowsOf("## Frame").flatMap(([, bytes]) => codeOf(bytes) ?? []);
    expect(hexOf(new Uint8Array(request.buffer))).toBe(hex.join(" "));
  });

  test("have the kinds of the table", () => {
    const kinds = rowsOf("### Kinds")
      .slice(1)
      .filter(([number]) => /^\d+$/.test(number ?? ""));

    expect(Object.fromEntries(kinds.map(([number, name]) => [name, Number(number)]))).toEqual(
      MessageKind,
    );
  });

  test("have the system commands of the table", () => {
    const commands = rowsOf("### System frames").filter(([opcode]) => /^\d+$/.test(opcode ?? ""));

    expect(Object.fromEntries(commands.map(([opcode, name]) => [name, Number(opcode)]))).toEqual(
      SystemCommand,
    );
  });
});

describe("the fault on the protocol page", () => {
  const bytes = bytesOfHex(lineOfCode("0a 00"));

  test("has the bytes of the example", () => {
    expect(encodeFault("REMOTE_FAULT", "no such unit", "E_UNIT")).toEqual(bytes);
  });

  test("reads as the error of the example", () => {
    expect(decodeFault(bytes)).toEqual(new CodedError("REMOTE_FAULT", "no such unit", "E_UNIT"));
  });
});
