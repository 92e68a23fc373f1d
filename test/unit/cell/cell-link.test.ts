// Cell link: a cell's process in a stranger's hands writes any frame it likes to its node; only
// what can be true of its services, and what their launches allow, goes on.
// Unit test of src/cell/cell-link.ts on a real kernel.

import { describe, expect, test } from "vitest";
import { CellLink } from "../../../src/cell/cell-link.ts";
import type { Shard } from "../../../src/shard/shard.ts";
import { kernelAddress, makeAddress, wellKnown } from "../../../wire/address.ts";
import type { ServiceAddress } from "../../../wire/address.ts";
import { FrameFlag } from "../../../wire/frame.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { systemHandedOn, systemResolved } from "../../../wire/system-command.ts";
import { commandBody, frame, readFrames, type FrameFields } from "../../kit/frames.ts";
import { makeKernel, type FakeService } from "../../kit/kernel-kit.ts";

const place = 3;
const control = makeAddress(1, wellKnown.shardControl + place);

/** A caller, a stranger and host services on the node; two services in the cell. */
function makeNode() {
  const kit = makeKernel();
  const { kernel, directory } = kit;
  const written: Uint8Array[] = [];
  const asked: ServiceAddress[] = [];
  const link = new CellLink({
    shard: { kernel, directory, options: { messageBytesMax: 65_536, node: 1 } } as unknown as Shard,
    place,
    control,
    guard: (source, words, at) => {
      asked.push(source);
      const isRefused = words[at + 2] === stranger.address;
      return isRefused ? { code: "CAPABILITY_MISSING", text: "not to this one" } : undefined;
    },
    sink: {
      write: (bytes) => written.push(bytes.slice()) > 0,
      writableLength: 0,
      writable: true,
    },
    onPulse: () => {},
    onBroken: () => {},
  });
  const caller = kit.add();
  const stranger = kit.add();
  const hosts = [wellKnown.launcher, wellKnown.shardControl, wellKnown.logger] as const;
  const [launcher, hostControl, logger] = hosts.map((localId) => kit.addHost(localId));
  const [first, second] = [directory.allocate(place), directory.allocate(place)];
  for (const address of [first, second]) link.join(address, "alice");
  kit.run();
  return {
    link,
    caller,
    stranger,
    launcher: launcher as FakeService,
    hostControl: hostControl as FakeService,
    logger: logger as FakeService,
    first,
    second,
    asked,
    /** The cell writes this. */
    say: (fields: FrameFields) => {
      link.onFrame(frame(fields), 0);
      kit.run();
    },
    /** The node sends this to the cell; what the cell gets. */
    send: (fields: FrameFields) => {
      const words = frame(fields);
      link.write(words, 0, words[0] as number);
      link.pump();
      kit.run();
      return written.splice(0).flatMap((bytes) => {
        const copy = Uint32Array.from(new Uint32Array(bytes.slice().buffer));
        return readFrames(copy, copy.length * 4);
      });
    },
  };
}

type Node = ReturnType<typeof makeNode>;

/** The caller asks the first service of the cell. */
const ask = ({ send, caller, first }: Node): void => {
  send({ source: caller.address, destination: first, session: 5 });
};

const handedOn = (node: Node, from: ServiceAddress, to: ServiceAddress): FrameFields => ({
  kind: MessageKind.system,
  source: to,
  destination: node.caller.address,
  session: 5,
  body: commandBody(systemHandedOn, new Uint8Array(Uint32Array.of(from).buffer)),
});

const answerOf = (node: Node, source: ServiceAddress): FrameFields => ({
  kind: MessageKind.response,
  source,
  destination: node.caller.address,
  session: 5,
});

describe("a frame of a cell", () => {
  test("goes on when its source lives there and may send it", () => {
    const node = makeNode();

    node.say({ source: node.first, destination: node.caller.address, body: "hello" });

    expect(node.caller.occupant.received).toMatchObject([{ source: node.first }]);
    expect(node.asked).toEqual([node.first]);
  });

  test("that its source's launch does not allow is dropped", () => {
    const node = makeNode();

    node.say({ source: node.first, destination: node.stranger.address });
    node.say({ source: node.first, destination: node.stranger.address, session: 9 });

    expect(node.stranger.occupant.received).toEqual([]);
    expect(node.link.refused).toBe(2);
  });

  test.each([
    ["in the name of a service elsewhere", (node: Node) => ({ source: node.caller.address })],
    ["in the name of a host service", () => ({ source: makeAddress(1, wellKnown.launcher) })],
    ["in the name of the kernel", () => ({ source: kernelAddress })],
    ["as a reply to one who did not ask", (node: Node) => answerOf(node, node.first)],
    ["as a request handed on", () => ({ flags: FrameFlag.redirected, session: 5 })],
    ["as a piece", () => ({ flags: FrameFlag.more })],
    [
      "as a word of the kernel",
      () => ({ kind: MessageKind.system, body: commandBody(systemResolved) }),
    ],
    [
      "as news of a request that nobody has",
      (node: Node) => handedOn(node, node.second, node.first),
    ],
  ] satisfies [string, (node: Node) => FrameFields][])("%s is dropped", (_what, fields) => {
    const node = makeNode();

    node.say({
      source: node.first,
      destination: node.caller.address,
      ...fields(node),
    });

    expect(node.caller.occupant.received).toEqual([]);
    expect(node.link.refused).toBe(1);
  });
});

describe("the control service of a cell", () => {
  test("speaks to the host's control service and writes log lines", () => {
    const node = makeNode();

    node.say({ source: control, destination: node.hostControl.address, session: 7 });
    node.say({ source: control, destination: node.logger.address, kind: MessageKind.text });

    expect(node.hostControl.occupant.received).toHaveLength(1);
    expect(node.logger.occupant.received).toHaveLength(1);
    expect(node.asked).toEqual([]);
  });

  test("asks nothing of any other, whatever its process is made to say", () => {
    const node = makeNode();
    const flags = FrameFlag.named;

    node.say({ source: control, destination: node.launcher.address, session: 7 });
    node.say({ source: control, destination: node.caller.address, session: 7 });
    node.say({ source: control, destination: node.logger.address, session: 7 });
    node.say({ source: control, destination: 0, flags, body: "\u0009.launcher" });

    expect(node.launcher.occupant.received).toEqual([]);
    expect(node.caller.occupant.received).toEqual([]);
    expect(node.logger.occupant.received).toEqual([]);
    expect(node.link.refused).toBe(4);
  });
});

describe("a request that was handed on", () => {
  test("within the cell is answered by whoever has it there", () => {
    const node = makeNode();
    ask(node);

    node.say(answerOf(node, node.second));
    expect(node.caller.occupant.received).toEqual([]);
    node.say(handedOn(node, node.first, node.second));
    node.say(answerOf(node, node.second));

    expect(node.caller.occupant.received).toMatchObject([
      { kind: MessageKind.system, source: node.second, session: 5 },
      { kind: MessageKind.response, source: node.second, session: 5 },
    ]);
  });

  test("into the cell is told of on the node, and comes there as a plain request", () => {
    const node = makeNode();
    const speaker = new Uint8Array(Uint32Array.of(1, node.stranger.address).buffer);

    const got = node.send({
      source: node.caller.address,
      destination: node.first,
      session: 5,
      flags: FrameFlag.redirected,
      body: Uint8Array.from([...speaker, 1, 2, 3, 4]),
    });

    expect(got).toMatchObject([{ flags: 0, session: 5, body: Uint8Array.of(1, 2, 3, 4) }]);
    expect(node.caller.occupant.received).toMatchObject([
      { kind: MessageKind.system, source: node.first, session: 5 },
    ]);
    node.say(answerOf(node, node.first));
    expect(node.caller.occupant.received).toHaveLength(2);
  });
});
