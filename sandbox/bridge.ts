// Bridge: all that the guest runtime has of the world outside: a buffer, a flush, and who it is.
// Guest (and host services). Given by the engine's boot, by the host service, or by a test.
// Invariant: only primitives and one buffer cross; a hostile guest gains nothing by calling flush:
// it costs it time.

import type { TurnMemoryLayout } from "../wire/turn-memory.ts";

export type Bridge = {
  readonly memory: ArrayBufferLike;
  readonly layout: TurnMemoryLayout;
  /** Has the host read the outbox in mid-turn: 0, or the number of an error code. */
  readonly flush: () => number;
  /** Told after each frame is written; for host services, which write outside turns. */
  readonly onWrite?: () => void;
  /**
   * Ticks of the host's clock, for host services, which act outside turns; without it those of the
   * turn's start.
   */
  readonly nowTick?: () => number;
  /**
   * True when the host enters again as long as the inbox is not read (isolates): see turn-loop.ts.
   */
  readonly mayPause: boolean;
};

/** Who the service is; told once, before its module is loaded. */
export type ServiceIdentity = {
  readonly address: number;
  readonly node: number;
  readonly name: string;
  readonly callTimeoutMs: number;
  readonly messageBytesMax: number;
  readonly startTimeMs: number;
  /** Its sessions begin after this one; 0 unless an earlier service had its address. */
  readonly sessionBefore?: number;
};
