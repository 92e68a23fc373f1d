// Runtime: everything that runs beside an author's code in one service, put together.
// Guest; host services use it in the host's own realm. Made by boot.ts, shard/host-service.ts and
// tests.
// Invariant: parts know each other only through what is handed to them here.

import { CodedError } from "../wire/coded-error.ts";
import { controlBytes } from "../wire/turn-memory.ts";
import { makeApi, type Isonet } from "./api.ts";
import type { Bridge, ServiceIdentity } from "./bridge.ts";
import { Calls } from "./calls.ts";
import { GuestClock } from "./clock.ts";
import { OwnSet } from "./containers.ts";
import { Deadlines } from "./deadlines.ts";
import { Debug } from "./debug.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Forks } from "./forks.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Log } from "./log.ts";
import { Outbox } from "./outbox.ts";
import { Protocols } from "./protocols.ts";
import { Replies } from "./replies.ts";
import { Services } from "./services.ts";
import { SnaxService } from "./snax.ts";
import { Tasks } from "./tasks.ts";
import { textOf, type Target } from "./target.ts";
import { Threads } from "./threads.ts";
import { Timers } from "./timers.ts";
import { Tracer } from "./tracer.ts";
import { TurnLoop } from "./turn-loop.ts";
import { encodeFault } from "../wire/fault.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { Waits } from "./waits.ts";

export type { Bridge, ServiceIdentity } from "./bridge.ts";

export type RuntimeParts = ReturnType<typeof makeParts>;

export type Runtime = {
  /** What "isonet" exports to this service. */
  readonly api: Isonet;
  readonly console: Record<string, (...values: unknown[]) => void>;
  /** Handles the frames in the inbox. Never throws. */
  readonly turn: () => void;
  /** Tells the service who it is. Once, before its module is loaded. */
  readonly assign: (identity: ServiceIdentity) => void;
  /** Gives it what its module exports, when the body has run. Fails with ARGUMENT_INVALID. */
  readonly loaded: (exports: Readonly<Record<string, unknown>>) => void;
};

export function createRuntime(bridge: Bridge): Runtime {
  const parts = makeParts(bridge);
  parts.lifecycle.onExit = () => exitAll(parts);
  const loop = new TurnLoop(bridge, parts.dispatcher, parts.threads);
  return {
    api: makeApi(parts),
    console: parts.log.console(),
    turn: loop.turn,
    assign: (identity) => assign(parts, identity),
    loaded: (exports) => parts.snax.loaded(exports),
  };
}

function makeParts(bridge: Bridge) {
  const control = new Int32Array(bridge.memory, 0, controlBytes / 4);
  const outbox = new Outbox(bridge);
  const threads = new Threads(control);
  const clock = new GuestClock(control, bridge.nowTick);
  const log = new Log(outbox);
  const waits = new Waits(threads, control);
  const protocols = new Protocols();
  const replies = new Replies(outbox, threads);
  const forks = new Forks(threads, log);
  const timers = new Timers({ outbox, waits, threads, forks, clock });
  const tracer = new Tracer(outbox, log, clock);
  const deadlines = new Deadlines(waits, clock, outbox);
  const calls = new Calls({ outbox, waits, threads, clock, deadlines, protocols, tracer });
  const lifecycle = new Lifecycle(threads, outbox);
  const services = new Services(calls);
  const term = (target: Target): void => termAll({ calls, waits, threads }, target);
  const killParts = { threads, forks, timers, waits, replies };
  const tasks = new Tasks(threads, waits, clock);
  const snax = new SnaxService({ protocols, lifecycle, threads, replies });
  const debug = new Debug({ ...killParts, protocols, lifecycle, log, tasks, snax, term });
  const dispatcher = new Dispatcher({
    threads,
    waits,
    protocols,
    replies,
    forks,
    lifecycle,
    calls,
    tracer,
    debug,
    log,
    outbox,
  });
  return {
    ...killParts,
    outbox,
    clock,
    log,
    protocols,
    tracer,
    calls,
    lifecycle,
    services,
    snax,
    tasks,
    debug,
    dispatcher,
    term,
  };
}

function assign(parts: RuntimeParts, identity: ServiceIdentity): void {
  const { address, node } = identity;
  parts.outbox.messageBytesMax = identity.messageBytesMax;
  parts.waits.beginAfter(identity.sessionBefore ?? 0);
  parts.calls.callTimeoutMs = identity.callTimeoutMs;
  parts.clock.startTimeMs = identity.startTimeMs;
  parts.log.node = node;
  parts.services.node = node;
  parts.calls.node = node;
  parts.services.self = address;
  parts.services.ownName = identity.name;
  parts.timers.address = address;
  parts.waits.address = address;
  parts.tracer.address = address;
  // Before it is the author's; what an untrusted or a recorded service gets stands there already.
  // oxlint-disable-next-line no-restricted-properties -- the clock that authors get
  const { now } = Date;
  parts.snax.nowMs = now;
}

/** Fails the calls to `target`, as its end would (skynet.term). */
function termAll(
  { calls, waits, threads }: { calls: Calls; waits: Waits; threads: Threads },
  target: Target,
): void {
  const name = calls.destinationOf(target);
  const address = calls.addressOf(name);
  const fault = new CodedError("ADDRESS_DEAD", `${textOf(name)} counts as ended here (term)`);
  waits.forEach((wait) => {
    const isMeant = wait.callee !== 0 ? wait.callee === address : wait.name === name;
    if (wait.isAwaited && isMeant) waits.fail(wait.session, fault);
  });
  threads.resumedAll();
}

/**
 * Tells everyone who waits on this service, and everyone it waits on (skynet.exit, reference §2.6).
 */
function exitAll({ forks, replies, waits, outbox, threads }: RuntimeParts): void {
  const text = "the service has exited";
  const body = encodeFault("ADDRESS_DEAD", text);
  forks.clear();
  replies.exit("ADDRESS_DEAD", text);
  const told = new OwnSet<number>();
  const fault = new CodedError("SERVICE_EXITED", text);
  waits.forEach((wait) => {
    const { callee, session } = wait;
    if (callee !== 0 && !told.has(callee)) {
      told.add(callee);
      const kind = MessageKind.error;
      outbox.tryBody({ destination: callee, session: 0, kind, deadline: 0, source: 0 }, body);
    }
    if (wait.isAwaited) waits.fail(session, fault);
    else waits.take(session);
  });
  threads.resumedAll();
}
