// Containment figures: what a host tells of its untrusted services: their processes, what their
// owners have done, and what was stopped. Neutral.
// Made by the host, shown by its console and by the isonet command.
// Invariant: JSON carries them as they are.

/** One process of untrusted services. */
export type CellFigures = {
  readonly place: number;
  readonly pid: number;
  readonly state: "starting" | "running" | "draining" | "spare" | "quarantine";
  readonly services: number;
  /** Messages that wait there. */
  readonly waiting: number;
  readonly rssBytes: number;
  readonly ageMs: number;
  /** Frames from it that were dropped, because they could not be true or were not allowed. */
  readonly refused: number;
};

/** quarantined: its services share no cell with others; refused: it can launch none. */
export type Standing = "free" | "quarantined" | "refused";

/** One owner's record. */
export type OwnerStrikes = {
  readonly owner: string;
  readonly points: number;
  readonly standing: Standing;
  /** Offences since its record began. */
  readonly slice: number;
  readonly memory: number;
  readonly cell: number;
};

/** One post-mortem record: why a service was stopped, or the cell it was in. */
export type Incident = {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly kind: "slice" | "memory" | "cell-lost";
  /** Text address; "" when nobody was in its turn. */
  readonly address: string;
  readonly title: string;
  readonly owner: string;
  readonly text: string;
  /** First digits of the hash of the program's text. */
  readonly version: string;
  /** Headers of the last messages that reached it, the latest last. */
  readonly messages: readonly string[];
  /** What is known of the service then: CPU seconds, heap bytes, messages. */
  readonly figures: Readonly<Record<string, number>>;
  /** V8's last words, with the stack when it printed one. */
  readonly stderr: string;
  /** Services that went down with it. */
  readonly alsoLost: number;
};
