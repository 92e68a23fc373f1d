// Kernel kit: a kernel with all its parts, a fake clock and a record of what it told its shard.
// Tests only.
// Invariant: `run` returns when no service has work, whatever the kernel's clock says.

import type { ServiceAddress } from "../../wire/address.ts";
import { limits } from "../../wire/limits.ts";
import type { ServiceTerms } from "../../wire/service-terms.ts";
import { Directory } from "../../src/kernel/directory.ts";
import { Kernel, type KernelHooks, type KernelOptions } from "../../src/kernel/kernel.ts";
import { NameTable } from "../../src/kernel/names.ts";
import type { ServiceRecord } from "../../src/kernel/service-record.ts";
import { TurnMark } from "../../src/kernel/turn-mark.ts";
import type { FrameFields } from "./frames.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeOccupant, smallLayout, type OnFrame } from "./fake-occupant.ts";

export const node = 1;

/** Terms of a service that may do all it can. */
export const fakeTerms: ServiceTerms = {
  isTrusted: true,
  owner: "tester",
  memoryMb: 32,
  sliceMs: 0,
  cpuPerSecondMs: 0,
  mailboxDepthMax: 64,
  sendsPerSecondMax: 0,
};

/** A service of the kit: its record and what answers behind it. */
export type FakeService = {
  readonly address: ServiceAddress;
  readonly record: ServiceRecord;
  readonly occupant: FakeOccupant;
};

export type KernelEvents = {
  readonly ended: { address: ServiceAddress; code: string; text: string }[];
  readonly started: { address: ServiceAddress; fault: string | undefined }[];
  readonly overloads: number[];
  readonly faults: string[];
  readonly interrupted: ServiceAddress[];
  readonly debts: string[];
  readonly memLimits: number[];
};

export type KernelKit = {
  readonly kernel: Kernel;
  readonly clock: FakeClock;
  readonly directory: Directory;
  readonly names: NameTable;
  readonly mark: TurnMark;
  readonly events: KernelEvents;
  /** Adds a guest service at the next free address. */
  add(onFrame?: OnFrame, layout?: typeof smallLayout): FakeService;
  /** Adds a guest service with these of its terms. */
  addWith(terms: Partial<ServiceTerms>, onFrame?: OnFrame): FakeService;
  /** Adds a host service at a well-known address. */
  addHost(localId: number, onFrame?: OnFrame): FakeService;
  /** Gives turns until no service has work. */
  run(): void;
};

/** Options for a kernel; hooks that are given replace those that record. */
export type KitOptions = Partial<Omit<KernelOptions, "hooks" | "directory">> & {
  readonly directory?: Directory;
  readonly hooks?: Partial<KernelHooks>;
};

export function makeKernel(options: KitOptions = {}): KernelKit {
  const clock = new FakeClock();
  const events = emptyEvents();
  const shard = options.shard ?? 0;
  const parts = {
    shard,
    directory: new Directory(node, Directory.memory()),
    names: new NameTable(),
    mark: new TurnMark(TurnMark.memory(shard + 1), shard),
    bounds: { depthMax: limits.mailboxDepthMax, bytesMax: limits.mailboxBytesMax },
    weight: 0 as const,
    messageBytesMax: limits.messageBytesMax,
    linkTo: () => undefined,
    ...options,
    hooks: { ...recordingHooks(events), ...options.hooks },
  };
  const kernel = new Kernel({ clock, ...parts });
  const { directory, names, mark } = parts;
  const addAs = (
    address: ServiceAddress,
    identity: { readonly name: string; readonly terms?: ServiceTerms },
    occupant: FakeOccupant,
  ): FakeService => {
    const record = kernel.add(address, identity, occupant, new Uint8Array(0));
    occupant.onFlush = () => kernel.flush(record);
    return { address, record, occupant };
  };
  const addAt = (address: ServiceAddress, onFrame?: OnFrame, layout = smallLayout): FakeService =>
    addAs(address, { name: "fake" }, new FakeOccupant(onFrame, layout));
  return {
    kernel,
    clock,
    directory,
    names,
    mark,
    events,
    add: (onFrame, layout) => addAt(directory.allocate(shard), onFrame, layout),
    addWith: (terms, onFrame) =>
      addAs(
        directory.allocate(shard),
        { name: "fake", terms: { ...fakeTerms, ...terms } },
        new FakeOccupant(onFrame),
      ),
    addHost: (localId, onFrame) => addAt(directory.occupy(localId, shard), onFrame),
    run: () => {
      for (let round = 0; kernel.hasWork; round++) {
        if (round > 100_000) throw new Error("the kernel has work after 100,000 bursts");
        kernel.burst(1);
      }
    },
  };
}

function emptyEvents(): KernelEvents {
  return {
    ended: [],
    started: [],
    overloads: [],
    faults: [],
    interrupted: [],
    debts: [],
    memLimits: [],
  };
}

function recordingHooks(events: KernelEvents): KernelHooks {
  return {
    onStarted: ({ address }, fault) => events.started.push({ address, fault: fault?.message }),
    onEnded: ({ address }, code, text) => events.ended.push({ address, code, text }),
    onOverload: (_record, depth) => events.overloads.push(depth),
    onFault: (_record, what) => events.faults.push(what),
    onInterrupted: ({ address }) => events.interrupted.push(address),
    onDebt: (owner) => events.debts.push(owner),
    onMemLimit: (_record, bytes) => events.memLimits.push(bytes),
    ownStat: (record) => Uint8Array.from([record.mailbox.depth]),
  };
}

/** Has the service send a frame, and gives turns until no service has work. */
export function send(
  { kit }: { readonly kit: KernelKit },
  from: FakeService,
  fields: FrameFields,
): void {
  from.occupant.send(fields);
  kit.kernel.collect(from.record);
  kit.run();
}
