// Two shards: what crosses the link while a service on the other side ends.
// Unit test of src/kernel over src/link/ring.ts; random traffic is test/simulation.
// Invariant: nothing crosses unless the test reads the link.

import { describe, expect, test } from "vitest";
import { Directory } from "../../../src/kernel/directory.ts";
import { RingReader, ringMemory, RingWriter } from "../../../src/link/ring.ts";
import { decodeFault } from "../../../wire/fault.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { makeKernel, node, send, type FakeService, type KernelKit } from "../../kit/kernel-kit.ts";

type Side = { readonly kit: KernelKit; readonly reader: RingReader };

/** Shards 0 and 1, joined by two rings. */
function makeSides(): [Side, Side] {
  const directory = new Directory(node, Directory.memory());
  const rings = [ringMemory(4096), ringMemory(4096)] as const;
  const side = (shard: 0 | 1): Side => {
    const other = 1 - shard;
    const links = new Map([[other, new RingWriter(rings[shard], () => {})]]);
    const reader = new RingReader(rings[other] as SharedArrayBuffer);
    return { kit: makeKernel({ shard, directory, linkTo: (place) => links.get(place) }), reader };
  };
  return [side(0), side(1)];
}

/** Reads what crossed and gives turns; the number of frames that crossed. */
function read({ kit, reader }: Side): number {
  const frames = reader.read((words, at) => kit.kernel.router.post(words, at), 1000);
  kit.run();
  return frames;
}

const heard = ({ occupant }: FakeService): [number, number, string][] =>
  occupant.received.map((seen) => [
    seen.kind,
    seen.session,
    seen.kind === MessageKind.error ? decodeFault(seen.body).code : "",
  ]);

describe("a request to a service on the other shard", () => {
  test("that ended while the request was on its way is answered from over there", () => {
    const [here, there] = makeSides();
    const [caller, callee] = [here.kit.add(), there.kit.add()];
    send(here, caller, { destination: callee.address, session: 7 });
    there.kit.kernel.end(callee.record, "MEMORY_LIMIT", "too much");

    expect([read(there), read(here)]).toEqual([1, 1]);
    expect(heard(caller)).toEqual([[MessageKind.error, 7, "ADDRESS_DEAD"]]);
  });

  test("that has ended is answered on this side", () => {
    const [here, there] = makeSides();
    const [caller, callee] = [here.kit.add(), there.kit.add()];
    there.kit.kernel.end(callee.record, "MEMORY_LIMIT", "too much");

    send(here, caller, { destination: callee.address, session: 7 });

    expect(read(there)).toBe(0);
    expect(heard(caller)).toEqual([[MessageKind.error, 7, "ADDRESS_DEAD"]]);
  });

  test("that ends with the request in its hands is ended by the news of it", () => {
    const [here, there] = makeSides();
    const [caller, callee] = [here.kit.add(), there.kit.add()];
    send(here, caller, { destination: callee.address, session: 7 });
    read(there);

    there.kit.kernel.end(callee.record, "MEMORY_LIMIT", "too much");
    read(here);

    expect(heard(caller)).toEqual([[MessageKind.error, 0, "MEMORY_LIMIT"]]);
  });

  test("that replied and ended is heard in this order", () => {
    const [here, there] = makeSides();
    const caller = here.kit.add();
    const callee = there.kit.add();
    send(here, caller, { destination: callee.address, session: 7 });
    read(there);

    const response = { kind: MessageKind.response, destination: caller.address, session: 7 };
    send(there, callee, response);
    there.kit.kernel.end(callee.record, "ADDRESS_DEAD", "killed");
    read(here);

    expect(heard(caller)).toEqual([
      [MessageKind.response, 7, ""],
      [MessageKind.error, 0, "ADDRESS_DEAD"],
    ]);
  });

  test("makes nothing go to and fro when caller and callee have both ended", () => {
    const [here, there] = makeSides();
    const [caller, callee] = [here.kit.add(), there.kit.add()];
    send(here, caller, { destination: callee.address, session: 7 });
    here.kit.kernel.end(caller.record, "ADDRESS_DEAD", "killed");
    there.kit.kernel.end(callee.record, "ADDRESS_DEAD", "killed");

    expect([read(there), read(here), read(there)]).toEqual([1, 0, 0]);
  });
});
