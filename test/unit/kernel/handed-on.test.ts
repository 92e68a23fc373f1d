// Handed on: by which hands a request came, until it is answered.

import { expect, test } from "vitest";
import { HandedOn } from "../../../src/kernel/handed-on.ts";
import { limits } from "../../../wire/limits.ts";
import { frame } from "../../kit/frames.ts";

const caller = 0x0100_0101;
const self = 0x0100_0102;

const request = (session: number): Uint32Array =>
  frame({ source: caller, destination: self, session });
const reply = (session: number): Uint32Array =>
  frame({ source: self, destination: caller, session });

test("gives the hands of a request once", () => {
  const handedOn = new HandedOn();
  handedOn.note(request(5), 0, [1, 2]);

  expect(handedOn.take(request(6), 0)).toEqual([]);
  expect(handedOn.take(request(5), 0)).toEqual([1, 2]);
  expect(handedOn.take(request(5), 0)).toEqual([]);
});

test("forgets them when the request is answered", () => {
  const handedOn = new HandedOn();
  handedOn.note(request(5), 0, [1]);

  handedOn.answered(reply(5), 0);

  expect(handedOn.take(request(5), 0)).toEqual([]);
});

test("forgets the oldest beyond handedOnMax", () => {
  const handedOn = new HandedOn();
  for (let session = 1; session <= limits.handedOnMax + 1; session++) {
    handedOn.note(request(session), 0, [session]);
  }

  expect(handedOn.take(request(1), 0)).toEqual([]);
  expect(handedOn.take(request(2), 0)).toEqual([2]);
});
