// Hotfix outcome: what became of the order to change a running module. Neutral.
// Made by src/engine/hotfix.ts, in a shard or a cell; read by the host, which takes a cell's for a
// stranger's (services/host/hotfix-answer.ts).
// Invariant: one of five kinds, each with its reason; "applied" is said of what was proved only.

/** A function of the module: its name, and its line in the new text, from 1. */
export type PatchedFunction = { readonly name: string; readonly line: number };

/** What stands in the way of a live change. */
export type Obstacle = {
  /** Name of the function; "" : the module's top level. */
  readonly function: string;
  /** Line in the new text, from 1. */
  readonly line: number;
  /** The variable that is declared, or captured, otherwise than before; "": none was found. */
  readonly variable: string;
  readonly why: string;
};

export type HotfixOutcome =
  | {
      readonly kind: "applied";
      readonly reason: string;
      readonly functions: readonly PatchedFunction[];
    }
  | { readonly kind: "unchanged"; readonly reason: string }
  | {
      readonly kind: "needs-replacement";
      readonly reason: string;
      readonly obstacles: readonly Obstacle[];
    }
  /** The new text does not compile; line and column from 1. */
  | {
      readonly kind: "rejected";
      readonly reason: string;
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: "busy"; readonly reason: string };
