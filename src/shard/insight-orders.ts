// Insight orders: what the node asks a shard or a cell to look at in one of its services: heap
// snapshots, recordings over turns, and traps in its functions.
// One worker thread, or a cell. Part of the control service; ordered by the console
// Invariant: a session is opened and ended while the service is held, and is over before its
// isolate is disposed; one piece of such work at a time on one service; the log says of each what
// begins, once its session is open.

import { formatAddress, type ServiceAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import type { RecordingOrder } from "../engine/insight.ts";
import type { TrapOrder } from "../engine/trap.ts";
import { Captures, type Captured } from "./captures.ts";
import type { GuestService, GuestServices } from "./guest-services.ts";
import { ended, held, holdWhile, inLine } from "./hold-while.ts";
import { begins, recordingText, trapText } from "./insight-lines.ts";
import { missed, over, recordedInLane, trappedInLane, type LanePlace } from "./lane-insight.ts";
import type { Shard } from "./shard.ts";

export type InsightOrders = {
  readonly snapshot: (address: ServiceAddress) => Promise<Captured>;
  readonly record: (
    address: ServiceAddress,
    order: RecordingOrder,
    ms: number,
  ) => Promise<Captured>;
  readonly piece: (id: number, bytesMax: number) => Uint8Array;
  readonly discard: (id: number) => void;
  /** Resolves with the place of the function when it was called. Fails with INJECT_MISSED. */
  readonly trap: (address: ServiceAddress, order: TrapOrder, ms: number) => Promise<string>;
};

export function insightOrders(shard: Shard, guests: GuestServices): InsightOrders {
  const captures = new Captures();
  const busy = new Set<GuestService>();
  const alone = async <T>(address: ServiceAddress, work: Work<T>): Promise<T> => {
    const guest = guests.find(address);
    if (busy.has(guest)) {
      const text = `${formatAddress(address)} is being recorded, or waits for an injection`;
      throw new CodedError("INSPECT_BUSY", text);
    }
    busy.add(guest);
    try {
      return await work(guest);
    } finally {
      busy.delete(guest);
    }
  };
  const captured = async (fill: () => Promise<void>): Promise<Captured> => {
    captures.begin();
    try {
      await fill();
    } catch (error) {
      captures.drop();
      throw error;
    }
    return captures.finish();
  };
  return {
    snapshot: (address) =>
      alone(address, (guest) =>
        captured(() =>
          holdWhile(shard, guest, () => {
            begins({ shard, guest }, "a heap snapshot");
            return guest.isolate.snapshot((text) => captures.add(text));
          }),
        ),
      ),
    record: (address, order, ms) =>
      alone(address, (guest) =>
        captured(async () => {
          const record = guest.record.terms.isTrusted ? recordedInLane : recorded;
          captures.add(await record({ shard, guests, guest }, order, ms));
        }),
      ),
    piece: (id, bytesMax) => captures.piece(id, bytesMax),
    discard: (id) => captures.drop(id),
    trap: (address, order, ms) =>
      alone(address, (guest) => {
        const trap = guest.record.terms.isTrusted ? trappedInLane : trapped;
        return trap({ shard, guests, guest }, order, ms);
      }),
  };
}

type Work<T> = (guest: GuestService) => Promise<T>;

/**
 * Other work on the isolate, and its disposal, wait until the recording is over; a service that
 * ends meanwhile ends it.
 */
function recorded({ shard, guest }: LanePlace, order: RecordingOrder, ms: number): Promise<string> {
  return inLine(guest, async () => {
    const recording = await held(shard, guest, () => guest.isolate.record(order));
    begins({ shard, guest }, recordingText(order, ms));
    await over(guest, ms);
    return held(shard, guest, () => recording.stop());
  });
}

function trapped({ shard, guest }: LanePlace, order: TrapOrder, ms: number): Promise<string> {
  return inLine(guest, async () => {
    const trap = await held(shard, guest, () => guest.isolate.trap(order));
    begins({ shard, guest }, trapText(trap.place, ms));
    let isHit = false;
    const hit = trap.hit.then(() => (isHit = true));
    await Promise.race([hit, over(guest, ms, () => isHit)]);
    // What V8 tells comes through the event loop: a call of the last moment is heard here.
    await held(shard, guest, () => trap.remove());
    if (isHit) return trap.place;
    if (guest.record.state === "ended") throw ended(guest);
    throw missed(trap.place, ms);
  });
}
