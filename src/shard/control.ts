// Control: the host service of each shard through which the host works on that shard's services.
// One per worker thread, at wellKnown.shardControl + index. Called by the launcher, the registry
// and the console.
// Invariant: only services of shard 0, the host's own, are obeyed.

import { formatAddress, makeAddress, wellKnown, type ServiceAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { isDoubling } from "../../wire/doubling.ts";
import type { ServiceEnding } from "../../wire/service-ending.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import type { HeapFigures, InjectedScript } from "../engine/engine.ts";
import { hasExited } from "../kernel/kernel.ts";
import type { ServiceRecord } from "../kernel/service-record.ts";
import { debugOrders } from "./debug-orders.ts";
import type { CreateOrder, GuestService, GuestServices } from "./guest-services.ts";
import { holdWhile } from "./hold-while.ts";
import { begins } from "./insight-lines.ts";
import { Recorders } from "./recorders.ts";
import type { HostService } from "./host-service.ts";
import { insightOrders } from "./insight-orders.ts";
import { replacements } from "./replacing.ts";
import { patchService, type PatchMode } from "./patching.ts";
import { Shadows, type ReportMoment } from "./shadows.ts";
import type { Shard } from "./shard.ts";

export type ServiceFigures = {
  /** Seconds of CPU. */
  readonly cpu: number;
  readonly message: number;
  readonly mqlen: number;
  /** Suspended logical threads, as the service says. */
  readonly task: number;
  readonly turns: number;
  readonly turnMs: number;
  readonly sent: number;
  readonly refused: number;
  readonly expired: number;
  readonly faults: number;
  readonly interrupts: number;
  /** Requests that it answered with an error. */
  readonly errors: number;
  readonly timers: number;
  readonly state: string;
};

export type Collection = {
  readonly beforeBytes: number;
  readonly afterBytes: number;
  readonly ms: number;
};

/**
 * Registers the control commands on `service`; `guests` holds the shard's isolates; a cell has
 * `more`.
 */
export function control(
  shard: Shard,
  guests: GuestServices,
  service: HostService,
  more: Record<string, Handler> = {},
): void {
  const isonet = service.api;
  const hostControl = makeAddress(shard.options.node, wellKnown.shardControl);
  guests.recorders = new Recorders(shard, isonet);
  const shadows = new Shadows(shard, guests.pool);
  guests.shadows = shadows;
  const tellEnded = (address: ServiceAddress, ending: ServiceEnding): void =>
    isonet.send(hostControl, "lua", "ended", address, ending);
  shard.events = {
    onStarted: (record, fault) => guests.started(record, fault),
    onEnded: (record, code, text) => {
      guests.ended(record, code, text);
      const { isKept, incarnation } = record;
      const ending = { code, text, isKept, hasExited: hasExited(record, code), incarnation };
      if (!record.hasMoved) tellEnded(record.address, ending);
    },
    onInterrupted: (record) =>
      interrupted(shard, guests, record, (...told) =>
        isonet.send(hostControl, "lua", "struck", ...told),
      ),
    onMemLimit: (record, bytes) => guests.limitMemory(record.address, bytes),
    cpuMs: (record) => guests.get(record.address)?.isolate.cpuMs() ?? record.stat.turnMs,
  };
  isonet.commands(
    guarded(shard, service, {
      kill: (address: ServiceAddress) => {
        void guests.get(address)?.debugger?.close("the service was killed");
        return kill(shard, address, tellEnded);
      },
      ...debugOrders(shard, guests, service),
      ...lifeCommands(shard, guests),
      replace: replacements(shard, guests, service),
      shadows: () => shadows.reports(),
      shadowReport: (address: ServiceAddress, moment: ReportMoment) =>
        shadows.report(address, moment),
      shadowStop: (address: ServiceAddress) => shadows.stop(address),
      ...insightCommands(shard, guests),
      ...insightOrders(shard, guests),
      ...more,
    }),
  );
}

/** A trusted service's author reads the log; an untrusted one's owner gets a strike. */
function interrupted(
  shard: Shard,
  guests: GuestServices,
  record: ServiceRecord,
  tellStruck: (address: ServiceAddress, figures: Record<string, number>) => void,
): void {
  const { address, terms, stat } = record;
  // The first, the second, the fourth …: a script can have twenty a second for ever.
  if (isDoubling(stat.interrupts)) {
    const limit = terms.sliceMs > 0 ? `${terms.sliceMs} ms (sliceMs)` : "turnMsMax";
    const text = `a turn was interrupted: longer than ${limit}, or by an operator's signal`;
    shard.log("error", address, text);
  }
  // On a machine that is overloaded the slice ends by the clock: that is nobody's offence.
  if (terms.isTrusted || record.turnCpuMs < terms.sliceMs / 2) return;
  const isolate = guests.get(address)?.isolate;
  tellStruck(address, {
    interrupts: stat.interrupts,
    cpuSeconds: (isolate?.cpuMs() ?? 0) / 1000,
    heapBytes: isolate?.heap().usedBytes ?? 0,
    messages: stat.messages,
    mailbox: record.mailbox.depth,
  });
}

type Handler = (...args: never[]) => unknown;

/** Refuses every command whose sender is not a host service. */
function guarded(
  shard: Shard,
  service: HostService,
  table: Record<string, Handler>,
): Record<string, Handler> {
  const guard = (handler: Handler): Handler => {
    return (...args) => {
      const source = service.api.context()?.source;
      if (source === undefined || !shard.directory.isHost(source)) {
        const who = source === undefined ? "nobody" : formatAddress(source);
        throw new CodedError(
          "NOT_PERMITTED",
          `control obeys the host's own services only, not ${who}`,
        );
      }
      return handler(...args);
    };
  };
  return Object.fromEntries(Object.entries(table).map(([name, handler]) => [name, guard(handler)]));
}

type TellEnded = (address: ServiceAddress, ending: ServiceEnding) => void;

/**
 * Ends a service for good. False when no service has the address; one whose creation order has
 * expired is let go.
 */
function kill(shard: Shard, address: ServiceAddress, tellEnded: TellEnded): boolean {
  const { kernel, directory, index } = shard;
  const text = `service ${formatAddress(address)} was killed`;
  const record = kernel.services.get(address);
  if (record !== undefined) {
    record.restart = "never";
    if (record.trial !== undefined) record.trial.isAbandoned = true;
    kernel.end(record, "ADDRESS_DEAD", text);
    return true;
  }
  if (directory.shardOf(address) !== index) return false;
  directory.release(address);
  const ending = { text, isKept: false, hasExited: false, incarnation: 0 };
  tellEnded(address, { ...ending, code: "ADDRESS_DEAD" });
  return false;
}

function lifeCommands(shard: Shard, guests: GuestServices): Record<string, Handler> {
  const { kernel, names } = shard;
  return {
    create: (order: CreateOrder, ...args: unknown[]) => guests.create(order, args),
    bind: (name: string, address: ServiceAddress) => names.bind(name, address),
    unbind: (address: ServiceAddress) => names.release(address),
    endless: (address: ServiceAddress) => {
      const record = kernel.services.get(address);
      if (record !== undefined) record.wasEndless = true;
    },
    clearCache: () => guests.programs.clear(),
    logoff: (address: ServiceAddress) => guests.recorders?.stop(address, "logoff") === true,
    inject: (address: ServiceAddress, script: InjectedScript) => {
      const guest = guests.find(address);
      return holdWhile(shard, guest, () => {
        begins({ shard, guest }, `an injection of ${script.filename}`);
        return guest.isolate.stashInjected(script);
      });
    },
    patch: (address: ServiceAddress, text: string, mode: PatchMode) =>
      patchService(shard, guests.find(address), text, mode),
    signal: (address: ServiceAddress, number: number) => {
      const guest = guests.find(address);
      shard.log("info", address, `recv a signal ${number}`);
      if (number === 0) guest.debugger?.interrupt();
      if (number !== 1) return;
      const { usedBytes } = guest.isolate.heap();
      shard.log("info", address, `Current Memory ${(usedBytes / 1024).toFixed(3)}K`);
    },
  };
}

function insightCommands(shard: Shard, guests: GuestServices): Record<string, Handler> {
  const figures = (record: ServiceRecord): ServiceFigures =>
    serviceFigures(record, guests.get(record.address));
  const heap = (record: ServiceRecord): HeapFigures | undefined =>
    guests.get(record.address)?.isolate.heap();
  const each = <T>(
    address: ServiceAddress | undefined,
    read: (record: ServiceRecord) => T,
  ): Record<string, T> => {
    const answers: Record<string, T> = {};
    for (const record of shard.kernel.services.values()) {
      if (address !== undefined && record.address !== address) continue;
      if (guests.get(record.address) === undefined) continue;
      const answer = read(record);
      if (answer !== undefined) answers[formatAddress(record.address)] = answer;
    }
    return answers;
  };
  return {
    owners: () => shard.kernel.owners(),
    list: () => [...shard.kernel.services.keys()],
    stat: (address?: ServiceAddress) => each(address, figures),
    mem: (address?: ServiceAddress) => each(address, heap),
    gc: async (address?: ServiceAddress) => {
      const answers: Record<string, Collection> = {};
      for (const guest of Array.from(guests.values())) {
        const { record } = guest;
        if (address !== undefined && record.address !== address) continue;
        if (record.state === "ended") continue;
        if (address === undefined && guest.debugger !== undefined) continue;
        answers[formatAddress(record.address)] = await holdWhile(shard, guest, () =>
          collect(guest),
        );
      }
      return answers;
    },
  };
}

function serviceFigures(record: ServiceRecord, guest: GuestService | undefined): ServiceFigures {
  const { messages, turns, turnMs, sent, refused, expired, faults } = record.stat;
  const { interrupts, errors } = record.stat;
  return {
    cpu: (guest?.isolate.cpuMs() ?? turnMs) / 1000,
    message: messages,
    mqlen: record.mailbox.depth,
    task: record.occupant.memory.control[ControlWord.suspended] as number,
    turns,
    turnMs,
    sent,
    refused,
    expired,
    faults,
    interrupts,
    errors,
    timers: record.timers.size,
    state: record.state,
  };
}

async function collect(guest: GuestService): Promise<Collection> {
  const beforeBytes = guest.isolate.heap().usedBytes;
  const start = performance.now();
  await guest.isolate.collect();
  const ms = performance.now() - start;
  return { beforeBytes, afterBytes: guest.isolate.heap().usedBytes, ms };
}
