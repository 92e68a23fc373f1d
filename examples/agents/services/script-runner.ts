// Script runner: calls what the player's script exports, and tells the player when it fails.
// Inside an agent. The script runs in the agent's own isolate: what it breaks is this agent.
// Invariant: `#running` is set while the script has the turn, and stays set when that turn was
// interrupted.

import type { Script } from "./script-api.ts";

const failuresMax = 5; // in a row
const errorTextMax = 300;

export class ScriptRunner {
  /** It has functions that await: what they do then is not seen here. */
  hasAwaited = false;
  readonly #script: Script;
  readonly #tell: (text: string) => void;
  #running = "";
  #interrupts = 0;
  #failures = 0;
  #isStopped = false;

  constructor(script: Script, tell: (text: string) => void) {
    this.#script = script;
    this.#tell = tell;
  }

  /**
   * Tells the player when the turn before was interrupted: neither catch nor finally has run then.
   */
  check(): void {
    const what = this.#running;
    if (what === "") return;
    this.#running = "";
    this.#interrupts++;
    this.#stop(`${what} ran for longer than a turn may (sliceMs) and was interrupted`);
  }

  /** How often turns of this service were interrupted, as the host counts: also behind an await. */
  saw(interrupts: number): void {
    const isNew = interrupts > this.#interrupts;
    this.#interrupts = interrupts;
    if (isNew) this.#stop("what it awaited ran for longer than a turn may (sliceMs)");
  }

  /**
   * What the script returned; undefined when it has no such function, has failed, or is stopped.
   */
  call<K extends keyof Script>(what: K, ...args: Parameters<NonNullable<Script[K]>>): unknown {
    if (this.#isStopped) return undefined;
    this.#running = what;
    let result: unknown;
    try {
      const handler = this.#script[what] as ((...args: unknown[]) => unknown) | undefined;
      if (typeof handler === "function") result = handler(...args);
      if (isThenable(result)) this.#follow(what, result);
      this.#failures = 0;
    } catch (error) {
      this.#failed(what, error);
    }
    this.#running = "";
    return result;
  }

  #follow(what: string, result: PromiseLike<unknown>): void {
    this.hasAwaited = true;
    void result.then(undefined, (error) => this.#failed(what, error));
  }

  has(what: keyof Script): boolean {
    return !this.#isStopped && typeof this.#script[what] === "function";
  }

  #failed(what: string, error: unknown): void {
    this.#failures++;
    this.#tell(`script error in ${what}: ${errorText(error)}`);
    if (this.#failures >= failuresMax) this.#stop(`${failuresMax} errors in a row`);
  }

  #stop(why: string): void {
    this.#isStopped = true;
    this.#tell(`your script is stopped: ${why}; you stay, and can choose or upload another`);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}

/** "TypeError: x is not a function (script.ts:3:7)", whatever was thrown. */
function errorText(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `it threw ${String(error)}`.slice(0, errorTextMax);
    const place = /\bscript\.ts:\d+:\d+/.exec(error.stack ?? "")?.[0];
    const text = `${error.name}: ${error.message}`.slice(0, errorTextMax);
    return place === undefined ? text : `${text} (${place})`;
  } catch {
    return "it threw something that cannot be read";
  }
}
