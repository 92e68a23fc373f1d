// Parking: what is sent to a service on its way waits, and goes on in order or is refused.

import { expect, test } from "vitest";
import { Parking, parkingPlace } from "../../../src/cell/parking.ts";
import type { ServiceAddress } from "../../../wire/address.ts";
import { FrameWord } from "../../../wire/frame.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { makeFrame } from "../../../src/kernel/router.ts";
import type { Places } from "../../../src/kernel/directory.ts";

const address = 0x0100_0101 as ServiceAddress;

function makeKit() {
  const places = new Map<ServiceAddress, number>([[address, 3]]);
  const posted: number[] = [];
  const refused: string[] = [];
  const answers: number[] = [];
  const session = (words: Uint32Array, at: number): number =>
    words[at + FrameWord.session] as number;
  const parking = new Parking({
    directory: {
      shardOf: (who: ServiceAddress) => places.get(who) ?? -1,
      place: (who: ServiceAddress, place: number) => void places.set(who, place),
    } as unknown as Places,
    router: {
      post: (words, at) => posted.push(session(words, at)) > 0,
      refuse: (_words, _at, code) => void refused.push(code),
    },
    linkTo: () => ({
      write: (words, at) => void answers.push(session(words, at)),
      backlogBytes: 0,
      isCongested: false,
      pump: () => false,
    }),
  });
  const send = (number: number, kind: MessageKind = MessageKind.lua): void => {
    const ends = { source: 7, destination: address, session: number };
    const frame = makeFrame(kind, ends, new Uint8Array(4));
    parking.write(frame, 0, frame[0] as number);
  };
  return { parking, places, posted, refused, answers, send };
}

const bounds = { depthMax: 3, bytesMax: 1024 };

test("messages wait, and go on in their order to where the service is", () => {
  const { parking, places, posted, send } = makeKit();
  parking.park(address, bounds);
  expect(places.get(address)).toBe(parkingPlace);
  for (const number of [1, 2, 3]) send(number);
  expect(posted).toEqual([]);
  expect(parking.backlogBytes).toBeGreaterThan(0);

  parking.arrive(address, 5);
  parking.unpark(address);

  expect(posted).toEqual([1, 2, 3]);
  expect([places.get(address), parking.backlogBytes]).toEqual([5, 0]);
});

test("a service that is being created hears the answers to what it asks", () => {
  const { parking, answers, send } = makeKit();
  parking.park(address, bounds);
  send(1, MessageKind.response);
  parking.arrive(address, 5);
  send(2, MessageKind.response);

  expect(answers).toEqual([2]);
});

test("more messages than its mailbox holds are refused", () => {
  const { parking, refused, send } = makeKit();
  parking.park(address, bounds);
  for (const number of [1, 2, 3, 4]) send(number);

  expect(refused).toEqual(["MAILBOX_FULL"]);
});

test("when the service has ended its messages go where its address leads", () => {
  const { parking, places, posted, send } = makeKit();
  parking.park(address, bounds);
  send(1);
  places.set(address, -1);
  parking.drop(address);

  expect([posted, places.get(address), parking.homeOf(address)]).toEqual([[1], -1, undefined]);
});
