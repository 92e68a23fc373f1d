// Reads of the socket library over any split of the byte stream, and any moment of its chunks.

import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import * as socket from "../../library/socket.ts";
import { makeAddress, wellKnown } from "../../wire/address.ts";
import { packDatagramAddress, unpackDatagramAddress } from "../../wire/datagram-address.ts";
import { SocketEvent } from "../../wire/socket-protocol.ts";
import { guest, settle } from "../kit/fake-guest.ts";

vi.mock("isonet", async () => (await import("../kit/fake-guest.ts")).guest.api);

const host = makeAddress(1, wellKnown.socket);
let lastId = 0;

type Read = { readonly count: number } | { readonly separator: string };
type Result = string | undefined;

/** What the reads give when all bytes are there from the start. */
function expected(stream: string, reads: readonly Read[]): { results: Result[]; rest: string } {
  let left = stream;
  const results = reads.map((read): Result => {
    if ("count" in read) {
      if (left.length < read.count) return undefined;
      const taken = left.slice(0, read.count);
      left = left.slice(read.count);
      return taken;
    }
    const at = left.indexOf(read.separator);
    if (at < 0) return undefined;
    const line = left.slice(0, at);
    left = left.slice(at + read.separator.length);
    return line;
  });
  return { results, rest: left };
}

async function actual(
  chunks: readonly { readonly text: string; readonly isLate: boolean }[],
  reads: readonly Read[],
): Promise<{ results: Result[]; rest: string }> {
  const id = ++lastId;
  guest.answers.set("open", () => id);
  await socket.open("127.0.0.1:1");
  const results: Result[] = [];
  const reading = (async () => {
    for (const read of reads) {
      if ("separator" in read) {
        results.push(await socket.readLine(id, read.separator));
      } else {
        const bytes = await socket.read(id, read.count);
        results.push(bytes === undefined ? undefined : Buffer.from(bytes).toString("latin1"));
      }
    }
    return Buffer.from(await socket.readAll(id)).toString("latin1");
  })();
  for (const { text, isLate } of chunks) {
    if (isLate) await settle();
    guest.receive("socket", host, SocketEvent.data, id, Buffer.from(text, "latin1"));
  }
  guest.receive("socket", host, SocketEvent.close, id, undefined);
  return { results, rest: await reading };
}

const alphabet = fc.constantFrom("a", "b", "\r", "\n", ";");
const streams = fc.string({ unit: alphabet, maxLength: 120 });
const reads = fc.array(
  fc.oneof(
    fc.record({ count: fc.nat({ max: 20 }) }),
    fc.record({ separator: fc.constantFrom("\n", "\r\n", ";", "ab", "aab") }),
  ),
  { maxLength: 12 },
);
const cuts = fc.array(fc.tuple(fc.nat({ max: 120 }), fc.boolean()), { maxLength: 20 });

/** The stream in pieces, cut at the given places. */
function split(stream: string, places: readonly (readonly [number, boolean])[]) {
  const sorted = [...places, [stream.length, false] as const].toSorted(([a], [b]) => a - b);
  let from = 0;
  return sorted.map(([to, isLate]) => {
    const text = stream.slice(from, Math.max(from, to));
    from = Math.max(from, to);
    return { text, isLate };
  });
}

describe("reads of a socket", () => {
  test("give the same, however the stream is split and whenever its pieces come", async () => {
    await fc.assert(
      fc.asyncProperty(streams, reads, cuts, async (stream, wanted, places) => {
        expect(await actual(split(stream, places), wanted)).toEqual(expected(stream, wanted));
      }),
      { numRuns: 300 },
    );
  });
});

describe("where a datagram is from", () => {
  test("reads as the address that it was made of", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat({ max: 65_535 }), (address, port) => {
        const packed = packDatagramAddress({ host: address, port }) as Uint8Array;
        const read = unpackDatagramAddress(packed) as { host: string; port: number };

        expect(read.port).toBe(port);
        expect(packDatagramAddress(read)).toEqual(packed);
      }),
    );
  });

  test("is nothing else than 7 or 19 bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        const isAddress =
          (bytes[0] === 1 && bytes.length === 7) || (bytes[0] === 2 && bytes.length === 19);

        expect(unpackDatagramAddress(bytes) !== undefined).toBe(isAddress);
      }),
    );
  });
});
