// Numbers of the wire: sessions, error codes, kinds, commands and limits.

import { describe, expect, test } from "vitest";
import { CodedError } from "../../../wire/coded-error.ts";
import { errorCodeOf, errorCodes, errorNumber, type ErrorCode } from "../../../wire/error-codes.ts";
import { frameHeaderBytes } from "../../../wire/frame.ts";
import { limits } from "../../../wire/limits.ts";
import { MessageKind, messageKindMax } from "../../../wire/message-kind.ts";
import { nextSession, sessionMax } from "../../../wire/session.ts";
import { SystemCommand } from "../../../wire/system-command.ts";
import {
  controlBytes,
  ControlWord,
  inboxOffset,
  outboxOffset,
  turnMemoryBytes,
} from "../../../wire/turn-memory.ts";

const codes = Object.keys(errorCodes) as ErrorCode[];

const hasTwice = (numbers: readonly number[]): boolean => new Set(numbers).size < numbers.length;

describe("the session after", () => {
  test.each([
    [0, 1],
    [1, 2],
    [sessionMax - 1, sessionMax],
    [sessionMax, 1],
  ])("%i is %i", (session, next) => {
    expect(nextSession(session)).toBe(next);
  });
});

describe("error codes", () => {
  test("have each a number of its own, which fits into two bytes", () => {
    const numbers = codes.map(errorNumber);

    expect(hasTwice(numbers)).toBe(false);
    expect(numbers.filter((number) => !(number > 0 && number <= 0xffff))).toEqual([]);
  });

  test("are found by their number", () => {
    expect(codes.map((code) => errorCodeOf(errorNumber(code)))).toEqual(codes);
  });

  test("of a later version are REMOTE_FAULT", () => {
    expect([0, 65_535].map(errorCodeOf)).toEqual(["REMOTE_FAULT", "REMOTE_FAULT"]);
  });

  test("are on the error that is thrown", () => {
    const error = new CodedError("NAME_TAKEN", "the name x is taken", "E_X");

    expect(error).toMatchObject({ name: "CodedError", code: "NAME_TAKEN", remoteCode: "E_X" });
    expect(error).toBeInstanceOf(Error);
  });
});

describe("kinds and commands", () => {
  test("have each a number of its own, kinds one byte", () => {
    const kinds = Object.values(MessageKind);

    expect(hasTwice(kinds)).toBe(false);
    expect(Math.max(...kinds)).toBeLessThanOrEqual(messageKindMax);
    expect(hasTwice(Object.values(SystemCommand))).toBe(false);
  });
});

describe("turn memory", () => {
  test("has room for every control word, then inbox, then outbox, each at a word's start", () => {
    const layout = { inboxBytes: limits.inboxBytes, outboxBytes: limits.outboxBytes };

    expect(Math.max(...Object.values(ControlWord)) * 4).toBeLessThan(controlBytes);
    expect(hasTwice(Object.values(ControlWord))).toBe(false);
    expect(inboxOffset()).toBe(controlBytes);
    expect(outboxOffset(layout)).toBe(controlBytes + limits.inboxBytes);
    expect(turnMemoryBytes(layout)).toBe(outboxOffset(layout) + limits.outboxBytes);
    expect([inboxOffset() % 4, outboxOffset(layout) % 4]).toEqual([0, 0]);
  });
});

describe("limits", () => {
  test("leave room for what must fit into one another", () => {
    expect(limits.faultTextBytesMax).toBeLessThan(limits.inboxBytes - frameHeaderBytes);
    expect(limits.messageBytesMax).toBeLessThanOrEqual(limits.mailboxBytesMax);
    expect(limits.nameBytesMax).toBeLessThan(256);
  });
});
