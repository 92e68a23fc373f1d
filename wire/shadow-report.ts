// Shadow report: what a patched copy of a service has done beside it. Neutral.
// Made by src/shard/shadow.ts, in a shard or a cell; read by the host, which takes a cell's for a
// stranger's (services/host/shadow-answer.ts).
// Invariant: counts only go up; a shadow that has ended says why, and does not begin again.

/** The first frame that the copy sent otherwise. */
export type ShadowDifference = {
  /** Number of the turn since the shadow began; 0 is the module's body. */
  readonly input: number;
  /** Number of the frame among those of its turn, from 0; log lines do not count. */
  readonly frame: number;
  /** What the service sent, and what its copy did. */
  readonly original: string;
  readonly copy: string;
};

export type ShadowReport = {
  /** Of the service. */
  readonly address: number;
  /** Why it has ended; "": it goes on. */
  readonly ending: string;
  readonly ms: number;
  /** Turns that the copy has had. */
  readonly inputs: number;
  /** Bytes of the service's turns that wait for the copy. */
  readonly behindBytes: number;
  /** Frames, the copy's and the service's side by side. */
  readonly compared: number;
  readonly different: number;
  readonly first: ShadowDifference | undefined;
  /** Requests that the copy answered with an error, and its rejections that nobody handled. */
  readonly errors: number;
  /** Log lines of the copy, which nobody reads. */
  readonly logLines: number;
  /** CPU time in milliseconds since the shadow began: of the copy, and of the service. */
  readonly cpuMs: number;
  readonly originalCpuMs: number;
};
