// Supervisor: restarts services that have ended, or gives them up.
// Shard 0. Told by launcher.ts of every start and every end; starts and releases through it.
// Invariant: a service it has is starting, running, or waiting for its restart with its address
// suspended; it leaves when it has ended for good.

import type { Address } from "isonet";
import type { ServiceEnding } from "../../wire/service-ending.ts";
import { asThrown, isCodedError } from "../../wire/coded-error.ts";
import { Checkpoints, type CheckpointPowers } from "./checkpoints.ts";
import { RestartHistory, type EndCause } from "./restart-history.ts";
import type { ResolvedRestart } from "./restart-terms.ts";

/** Why a service has ended: a code, or "exited" or "killed", and a text. */
export type EndReason = { readonly code: string; readonly text: string };

/** What a new life of a service begins with. */
export type Rebirth = { readonly incarnation: number; readonly state: Uint8Array | undefined };

export type SupervisorPowers = CheckpointPowers & {
  readonly nowMs: () => number;
  /** From 0 to less than 1. */
  readonly random: () => number;
  /**
   * Starts the service again at its address. Resolves when it is ready, or has exited meanwhile.
   */
  readonly restart: (address: Address, rebirth: Rebirth) => Promise<void>;
  /** It has ended and will be restarted. */
  readonly onCrash: (address: Address, reason: EndReason) => void;
  /** It has ended for good: its address and names are to be released. */
  readonly onGone: (address: Address, reason: EndReason) => void;
};

type Supervised = {
  readonly terms: ResolvedRestart;
  readonly history: RestartHistory;
  phase: "starting" | "running" | "waiting";
  /** How often it was restarted; also the number of its present life. */
  restarts: number;
  /** Somebody wants it to end for good. */
  isKilled: boolean;
  /** Its end, when that was told before its start was. */
  earlyEnding: ServiceEnding | undefined;
  stopWaiting: () => void;
};

export class Supervisor {
  readonly #powers: SupervisorPowers;
  readonly #services = new Map<Address, Supervised>();
  readonly #checkpoints: Checkpoints;

  constructor(powers: SupervisorPowers) {
    this.#powers = powers;
    this.#checkpoints = new Checkpoints(powers);
  }

  /** A service is about to be started for the first time. */
  watch(address: Address, terms: ResolvedRestart): void {
    if (terms.policy === "never") return;
    this.#services.set(address, {
      terms,
      history: new RestartHistory(terms),
      phase: "starting",
      restarts: 0,
      isKilled: false,
      earlyEnding: undefined,
      stopWaiting: () => {},
    });
  }

  /** Its first start has succeeded. */
  started(address: Address): void {
    const service = this.#services.get(address);
    if (service !== undefined) this.#running(address, service);
  }

  /** Its first start has failed, or it has ended for good. */
  forget(address: Address): void {
    this.#services.get(address)?.stopWaiting();
    this.#services.delete(address);
    this.#checkpoints.forget(address);
  }

  restartsOf(address: Address): number {
    return this.#services.get(address)?.restarts ?? 0;
  }

  isWaiting(address: Address): boolean {
    return this.#services.get(address)?.phase === "waiting";
  }

  /** The host stops: nothing is restarted any more. */
  stop(): void {
    for (const address of this.#services.keys()) this.forget(address);
  }

  /**
   * It is to end for good. True when that is done: it was waiting for its restart; else its shard
   * is to end it.
   */
  kill(address: Address): boolean {
    const service = this.#services.get(address);
    if (service === undefined) return false;
    service.isKilled = true;
    if (service.phase !== "waiting") return false;
    this.#giveUp(address, { code: "killed", text: "it was killed before its restart" });
    return true;
  }

  /** True when the supervisor sees to it; false: it has ended for good. */
  ended(address: Address, ending: ServiceEnding): boolean {
    const service = this.#services.get(address);
    if (service === undefined || !ending.isKept) {
      this.forget(address);
      return false;
    }
    if (ending.incarnation !== service.restarts) return true; // the start has told of it
    if (service.phase === "starting") service.earlyEnding = ending;
    else if (service.phase === "running") this.#hasEnded(address, service, ending);
    return true;
  }

  #running(address: Address, service: Supervised): void {
    service.phase = "running";
    const { earlyEnding } = service;
    if (earlyEnding !== undefined) {
      service.earlyEnding = undefined;
      this.#hasEnded(address, service, earlyEnding);
    } else if (service.terms.checkpointMs > 0) {
      this.#checkpoints.begin(address, service.terms.checkpointMs);
    }
  }

  #hasEnded(address: Address, service: Supervised, ending: ServiceEnding): void {
    const cause = ending.isInnocent === true ? "neighbour" : "own";
    this.#crashed(address, service, reasonOf(ending), cause);
  }

  #crashed(
    address: Address,
    service: Supervised,
    reason: EndReason,
    cause: EndCause = "own",
  ): void {
    const { history, terms, isKilled } = service;
    this.#checkpoints.pause(address);
    if (isKilled) {
      this.#giveUp(address, { code: "killed", text: reason.text });
      return;
    }
    const verdict = history.ended(this.#powers.nowMs(), this.#powers.random(), cause);
    const { code, text } = reason;
    if (verdict.kind === "give-up") {
      const { restartsMax, seconds } = terms;
      const last = `the last end: ${code}, ${text}`;
      const limit =
        `given up: it has ended more than ${restartsMax} times in ${seconds} s ` +
        `(restartsMax); ${last}`;
      this.#powers.log(address, limit, "error");
      this.#giveUp(address, { code: "RESTART_LIMIT", text: limit });
      return;
    }
    service.phase = "waiting";
    this.#powers.log(address, `ended (${code}): restart in ${verdict.afterMs} ms; ${text}`, "warn");
    this.#powers.onCrash(address, reason);
    service.stopWaiting = this.#powers.after(verdict.afterMs, () => {
      void this.#restart(address, service);
    });
  }

  async #restart(address: Address, service: Supervised): Promise<void> {
    service.phase = "starting";
    service.earlyEnding = undefined;
    service.restarts++;
    const rebirth = {
      incarnation: service.restarts,
      state: this.#checkpoints.latest(address),
    };
    try {
      await this.#powers.restart(address, rebirth);
      if (this.#services.get(address) !== service) return;
      const from = rebirth.state === undefined ? "" : `, ${rebirth.state.length} bytes of state`;
      this.#powers.log(address, `RESTART ${service.restarts}${from}`);
      this.#running(address, service);
    } catch (error) {
      if (this.#services.get(address) !== service) return;
      // Who wanted it killed has told its shard, which tells of the end.
      if (service.isKilled) service.phase = "running";
      else this.#crashed(address, service, faultOf(error));
    }
  }

  #giveUp(address: Address, reason: EndReason): void {
    this.forget(address);
    this.#powers.onGone(address, reason);
  }
}

/** What a monitor is told of an ending. */
export function reasonOf({ code, text, hasExited }: ServiceEnding): EndReason {
  return { code: hasExited ? "exited" : code, text };
}

function faultOf(error: unknown): EndReason {
  const thrown = asThrown(error);
  if (isCodedError(thrown)) return { code: thrown.code, text: thrown.message };
  return { code: "SERVICE_INIT_FAILED", text: String(thrown) };
}
