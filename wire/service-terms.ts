// Service terms: what one service may use, resolved once at its launch. Neutral: host and guest.
// Made by services/host/launch-terms.ts; kept by the kernel with the service's record.
// Invariant: complete: no default is looked up after the launch.

/**
 * When a service is started again at its address: it has ended by a crash, or whatever ended it.
 */
export type RestartPolicy = "never" | "on-crash" | "always";

export type ServiceTerms = {
  /** False: hostile code is expected; it runs in a cell, with the hardened guest runtime. */
  readonly isTrusted: boolean;
  /** Who is charged for its CPU time: services of one owner share one bucket. */
  readonly owner: string;
  /** Heap limit in MiB. */
  readonly memoryMb: number;
  /** A turn longer than this is interrupted, in milliseconds; 0: never. */
  readonly sliceMs: number;
  /** CPU time its owner gets back each second, in milliseconds; 0: as much as there is. */
  readonly cpuPerSecondMs: number;
  /** Messages that wait for it. */
  readonly mailboxDepthMax: number;
  /** Messages it may send each second; 0: as many as it can. */
  readonly sendsPerSecondMax: number;
};
