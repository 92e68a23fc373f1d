// Permits: what a service's launch allows it to send, and how a refusal says what is missing.
// Unit test of src/kernel/permits.ts: "guest" is alice's, launched by "starter".

import { describe, expect, test } from "vitest";
import { NameTable } from "../../../src/kernel/names.ts";
import { Permits, type Refusal } from "../../../src/kernel/permits.ts";
import { makeAddress, wellKnown, type ServiceAddress } from "../../../wire/address.ts";
import { FrameFlag } from "../../../wire/frame.ts";
import { limits } from "../../../wire/limits.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import {
  anybody,
  noPermits,
  type NetPermits,
  type Permitted,
} from "../../../wire/service-permits.ts";
import { frame, namedBody, type FrameFields } from "../../kit/frames.ts";

const guest = 0x0100_0101 as ServiceAddress;
const mate = 0x0100_0102 as ServiceAddress;
const starter = 0x0100_0103 as ServiceAddress;
const world = 0x0100_0104 as ServiceAddress;
const bank = 0x0100_0105 as ServiceAddress;
const gate = 0x0100_0106 as ServiceAddress; // the host's own, at an address of its own
const host = (localId: number): ServiceAddress => makeAddress(1, localId);

const owners = new Map<ServiceAddress, string>([
  [guest, "alice"],
  [mate, "alice"],
  [starter, "game"],
  [world, "game"],
  [bank, "game"],
]);

type Kit = {
  readonly permits: Permits;
  readonly names: NameTable;
  readonly lookUps: ServiceAddress[];
  check(fields: FrameFields): Refusal | undefined;
  toName(name: string, fields?: FrameFields): Refusal | undefined;
};

function makeKit(
  send: readonly (readonly [string | number, readonly number[]])[] = [],
  callers: readonly ServiceAddress[] = [],
  net?: NetPermits,
): Kit {
  const names = new NameTable();
  const permitted: Permitted = {
    permits: { ...noPermits, send: new Map(send.map(([to, kinds]) => [to, new Set(kinds)])), net },
    owner: "alice",
    launcher: starter,
  };
  const lookUps: ServiceAddress[] = [];
  const permits = new Permits({
    names,
    permittedOf: (source) => (source === guest ? permitted : undefined),
    ownerOf: (address) => {
      lookUps.push(address);
      return owners.get(address);
    },
    isHostOwn: (address) => address === gate || (address & 0xff_ffff) < 0x100,
    isCaller: (source, destination) => source === guest && callers.includes(destination),
  });
  const check = (fields: FrameFields) =>
    permits.check(guest, frame({ source: guest, ...fields }), 0);
  const toName = (name: string, fields: FrameFields = {}) =>
    check({ ...fields, flags: FrameFlag.named, body: namedBody(name, "body") });
  return { permits, names, lookUps, check, toName };
}

const lua = [MessageKind.lua] as const;
const missing = { code: "CAPABILITY_MISSING" };

describe("a service with an empty allow list", () => {
  test.each([
    ["itself", { destination: guest }],
    ["one of its owner, with any kind", { destination: mate, kind: MessageKind.debug }],
    ["the service that launched it", { destination: starter }],
    [
      "the service that launched it, with a kind of an author's own",
      { destination: starter, kind: 20 },
    ],
    ["the logger, with text", { destination: host(wellKnown.logger), kind: MessageKind.text }],
    ["the launcher, which looks at its rights", { destination: host(wellKnown.launcher) }],
    ["the registry", { destination: host(wellKnown.registry) }],
    ["the service manager", { destination: host(wellKnown.serviceManager) }],
    ["the source of chance", { destination: host(wellKnown.random) }],
  ])("may send to %s", (_who, fields) => {
    expect(makeKit().check(fields)).toBeUndefined();
  });

  test.each([
    ["a stranger", { destination: world }],
    ["nobody", { destination: 0x0100_0fff }],
    ["the kernel", { destination: 0 }],
    ["a control service", { destination: host(wellKnown.shardControl) }],
    ["the console", { destination: host(wellKnown.console) }],
    [
      "the launcher, with a debug command",
      { destination: host(wellKnown.launcher), kind: MessageKind.debug },
    ],
    [
      "the source of chance, with a debug command",
      { destination: host(wellKnown.random), kind: MessageKind.debug },
    ],
    [
      "the service that launched it, with a debug command",
      { destination: starter, kind: MessageKind.debug },
    ],
    [
      "the service that launched it, with a word of the kernel",
      { destination: starter, kind: MessageKind.system },
    ],
    [
      "one of its owner, with a word of the kernel",
      { destination: mate, kind: MessageKind.system },
    ],
    ["a stranger, in pieces", { destination: mate, flags: FrameFlag.more }],
    [
      "one of its owner, as a request handed on",
      { destination: mate, flags: FrameFlag.redirected },
    ],
  ])("may not send to %s", (_who, fields) => {
    expect(makeKit().check(fields)).toMatchObject(missing);
  });

  test("may send orders to the service of sockets when it has allow.net, and only then", () => {
    const sockets = host(wellKnown.socket);
    const allowed = makeKit([], [], { connect: [], listen: [] });

    for (const kind of [MessageKind.lua, MessageKind.socket]) {
      expect(allowed.check({ destination: sockets, kind })).toBeUndefined();
      expect(makeKit().check({ destination: sockets, kind })).toMatchObject({
        ...missing,
        text: expect.stringContaining("to :01000008: it has no allow.net, and so no sockets"),
      });
    }
    expect(allowed.check({ destination: sockets, kind: MessageKind.debug })).toMatchObject(missing);
    expect(allowed.check({ destination: world, kind: MessageKind.socket })).toMatchObject(missing);
  });

  test("is told what is missing", () => {
    const kit = makeKit();

    expect(kit.toName(".world")?.text).toBe(
      'service :01000101 (owner alice) may not send "lua" to .world: allow.send does not name it',
    );
    expect(kit.check({ destination: bank, kind: 77 })?.text).toBe(
      "service :01000101 (owner alice) may not send messages of kind 77 to :01000105: " +
        "allow.send does not name it",
    );
  });

  test("does not learn which names exist", () => {
    const kit = makeKit();
    kit.names.bind(".world", world);

    expect(kit.toName(".world")?.code).toBe(kit.toName(".no")?.code);
  });
});

describe("an entry of allow.send", () => {
  test("by name permits the name, and the address it means", () => {
    const kit = makeKit([[".world", lua]]);
    kit.names.bind(".world", world);

    expect([kit.toName(".world"), kit.check({ destination: world })]).toEqual([
      undefined,
      undefined,
    ]);
    expect(kit.check({ destination: bank })).toMatchObject(missing);
  });

  test("by name does not permit the address before, nor after, it has the name", () => {
    const kit = makeKit([[".world", lua]]);

    expect(kit.check({ destination: world })).toMatchObject(missing);
    kit.names.bind(".world", world);
    expect(kit.check({ destination: world })).toBeUndefined();
    kit.names.release(world);
    kit.names.bind(".world", bank);

    expect(kit.check({ destination: world })).toMatchObject(missing);
    expect(kit.check({ destination: bank })).toBeUndefined();
  });

  test("by address permits the address, and a name of it", () => {
    const kit = makeKit([[world, lua]]);
    kit.names.bind(".world", world);

    expect([kit.check({ destination: world }), kit.toName(".world")]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("permits its kinds and a trace tag, and says when a kind is missing", () => {
    const kit = makeKit([[world, [MessageKind.client]]]);

    expect(kit.check({ destination: world, kind: MessageKind.client })).toBeUndefined();
    expect(kit.check({ destination: world, kind: MessageKind.trace })).toBeUndefined();
    expect(kit.check({ destination: world })?.text).toMatch(
      /may not send "lua" to :01000104: allow\.send does not name this kind for it$/,
    );
  });

  test("for anybody permits every service but the host's own", () => {
    const kit = makeKit([[anybody, lua]]);
    kit.names.bind(".gate", gate);

    expect([kit.check({ destination: world }), kit.toName(".nobody")]).toEqual([
      undefined,
      undefined,
    ]);
    expect(kit.check({ destination: gate })).toMatchObject(missing);
    expect(kit.toName(".gate")).toMatchObject(missing);
  });

  test("that names a service of the host's own permits it", () => {
    const kit = makeKit([[".gate", lua]]);
    kit.names.bind(".gate", gate);

    expect([kit.toName(".gate"), kit.check({ destination: gate })]).toEqual([undefined, undefined]);
  });

  test("does not permit a name that is malformed", () => {
    const kit = makeKit([[anybody, lua]]);
    const body = Uint8Array.of(200, 1, 2);

    expect(kit.check({ flags: FrameFlag.named, body, kind: 77 })).toMatchObject(missing);
  });
});

describe("a reply", () => {
  const reply = { kind: MessageKind.response, destination: world, session: 5 };

  test("goes to a caller and to nobody else", () => {
    expect(makeKit([], [world]).check(reply)).toBeUndefined();
    expect(makeKit([[world, lua]]).check(reply)).toMatchObject(missing);
    expect(makeKit([], [world]).toName(".world", reply)).toMatchObject(missing);
  });

  test("that says that the service has ended goes to callers and to those it may send to", () => {
    const farewell = { kind: MessageKind.error, destination: world };

    expect(makeKit([], [world]).check(farewell)).toBeUndefined();
    expect(makeKit([[world, lua]]).check(farewell)).toBeUndefined();
    expect(makeKit().check(farewell)).toMatchObject(missing);
  });
});

describe("what is remembered", () => {
  test("spares a second look at the same destination, until names change", () => {
    const kit = makeKit([[world, lua]]);

    for (let sent = 0; sent < 10; sent++) kit.check({ destination: world });
    expect(kit.lookUps).toEqual([world]);
    kit.names.bind(".other", bank);
    kit.check({ destination: world });

    expect(kit.lookUps).toEqual([world, world]);
  });

  test("is forgotten with the service", () => {
    const kit = makeKit([[world, lua]]);
    kit.check({ destination: world });

    kit.permits.forget(guest);
    kit.check({ destination: world });

    expect(kit.lookUps).toEqual([world, world]);
  });

  test("is bounded", () => {
    const kit = makeKit([[anybody, lua]]);

    for (let index = 0; index <= limits.permitsRememberedMax; index++) {
      kit.check({ destination: 0x0100_1000 + index });
    }
    kit.lookUps.length = 0;
    kit.check({ destination: 0x0100_1000 });

    expect(kit.lookUps).toEqual([0x0100_1000]);
  });

  test("a service whose launch is not known may send nothing", () => {
    const { permits } = makeKit([[anybody, lua]]);

    expect(permits.check(mate, frame({ destination: world }), 0)).toMatchObject(missing);
  });
});
