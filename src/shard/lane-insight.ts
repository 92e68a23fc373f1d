// Lane insight: recordings and traps in trusted services, whose turns run on the library's pool
// meanwhile: an isolate that meets its memory limit with a session open stops the thread it is on.
// One shard's thread. Called by insight-orders.ts.
// Invariant: the session ends before the service comes to its memory limit (debug-lane.ts).

import { formatAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import type { DebugSession } from "../engine/debug-session.ts";
import { samplingTerms, stopMethod, type RecordingOrder } from "../engine/insight.ts";
import { sharedSession, type Trap, type TrapOrder } from "../engine/trap.ts";
import { DebugLane } from "./debug-lane.ts";
import type { GuestService, GuestServices } from "./guest-services.ts";
import { ended, refuseDebugged } from "./hold-while.ts";
import { begins, recordingText, trapText } from "./insight-lines.ts";
import type { Shard } from "./shard.ts";

const lookMs = 20; // how late the end of a service is noticed

export type LanePlace = {
  readonly shard: Shard;
  readonly guests: GuestServices;
  readonly guest: GuestService;
};

type Order = {
  readonly who: string;
  /** What the log is told once it has begun. */
  readonly line: () => string;
  readonly ms: number;
  readonly onMessage: (text: string) => void;
  readonly begin: (session: DebugSession) => Promise<void>;
  readonly isDone?: () => boolean;
};

export function recordedInLane(
  place: LanePlace,
  order: RecordingOrder,
  ms: number,
): Promise<string> {
  const begin = async (session: DebugSession): Promise<void> => {
    if (order.kind === "cpu") {
      await asked(session, "Profiler.enable");
      await asked(session, "Profiler.setSamplingInterval", { interval: order.intervalUs });
      await asked(session, "Profiler.start");
      return;
    }
    await asked(session, "HeapProfiler.startSampling", samplingTerms(order));
  };
  const line = (): string => recordingText(order, ms);
  const lane = { who: "a recording", line, ms, onMessage: ignore, begin };
  return inLane(place, lane, async (session) => {
    const { profile } = await asked(session, stopMethod(order));
    return JSON.stringify(profile);
  });
}

export function trappedInLane(place: LanePlace, order: TrapOrder, ms: number): Promise<string> {
  const { isolate } = place.guest;
  let trap: Trap | undefined;
  let isHit = false;
  let tell: (text: string) => void = ignore;
  const begin = async (session: DebugSession): Promise<void> => {
    const shared = sharedSession(session);
    tell = (text) => {
      const { method, params } = JSON.parse(text) as { method?: string; params?: object };
      if (method !== undefined) shared.onNotification(method, { ...params });
    };
    trap = await isolate.trap(order, shared);
    void trap.hit.then(() => (isHit = true));
  };
  const onMessage = (text: string): void => tell(text);
  const line = (): string => trapText(trap?.place ?? order.at, ms);
  const lane = { who: "an injection", line, ms, onMessage, begin, isDone: () => isHit };
  return inLane(place, lane, async () => {
    await trap?.remove();
    const where = trap?.place ?? order.at;
    if (!isHit) throw missed(where, ms);
    return where;
  });
}

/** Between a begin and an end of `work`, for `ms`. Fails with INSPECT_FAILED, ADDRESS_DEAD. */
async function inLane<T>(
  { shard, guests, guest }: LanePlace,
  { who, line, ms, onMessage, begin, isDone = never }: Order,
  work: (session: DebugSession) => Promise<T>,
): Promise<T> {
  if (guest.debugger?.isClosing === true) await guest.work;
  refuseDebugged(guest);
  let reason = "";
  const lane = new DebugLane(shard, guests, guest, {
    who,
    pauseMsMax: limits.debugTurnMsMax,
    onMessage,
    onClosed: (text) => (reason = text),
    begin: async (session) => {
      // Out of memory, V8's debugger pauses: time to end the session.
      await asked(session, "Debugger.enable");
      await asked(session, "Debugger.setSkipAllPauses", { skip: true });
      await begin(session);
    },
  });
  await lane.open();
  if (lane.session !== undefined) begins({ shard, guest }, line());
  await over(guest, ms, () => isDone() || lane.isClosing);
  try {
    const { session } = lane;
    if (session !== undefined) return await work(session);
    if (guest.record.state === "ended") throw ended(guest);
    const text = `${who} of ${formatAddress(guest.record.address)} has ended early: ${reason}`;
    throw new CodedError("INSPECT_FAILED", text);
  } finally {
    await lane.close("it is over");
  }
}

async function asked(
  session: DebugSession,
  method: string,
  params: object = {},
): Promise<Record<string, unknown>> {
  const { result, error } = await session.ask(method, params, limits.snapshotMsMax);
  if (error !== undefined) throw new CodedError("INSPECT_FAILED", error.message);
  return result ?? {};
}

export function missed(where: string, ms: number): CodedError {
  const text = `the function at ${where} was not called in ${ms} ms; nothing was injected`;
  return new CodedError("INJECT_MISSED", text);
}

/** Resolves after `ms`, or when the service has ended, or it `isDone`. */
export async function over(guest: GuestService, ms: number, isDone = never): Promise<void> {
  const endMs = performance.now() + Math.min(ms, limits.recordingSecondsMax * 1000);
  for (let left = ms; left > 0; left = endMs - performance.now()) {
    if (guest.record.state === "ended" || isDone()) return;
    await new Promise<void>((resolve) => void setTimeout(resolve, Math.min(left, lookMs)));
  }
}

function never(): boolean {
  return false;
}

function ignore(): void {}
