// Shadowing: patched copies beside running services, as an operator has them begin, looks at them
// and ends them.
// Shard 0. Used by the console; orders the control services.
// Invariant: a place speaks for its own services only.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { asThrown, CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import type { ShadowReport } from "../../wire/shadow-report.ts";
import type { LaunchOrder } from "./launch-order.ts";
import { readShadowReport, readShadowReports } from "./shadow-answer.ts";
import type { ControlsByPlace } from "./shard-controls.ts";

export type ShadowingPowers = ControlsByPlace & {
  /** Where a guest is; negative: it has no place now. */
  readonly placeOf: (address: Address) => number;
  /** Has a running service start anew in its own place, looked on from there. */
  readonly renew: (address: Address, watch: (order: LaunchOrder) => unknown) => Promise<unknown>;
  readonly seeds: () => readonly number[];
};

const answerMsMax = 10_000;

export class Shadowing {
  readonly #isonet: typeof Isonet;
  readonly #powers: ShadowingPowers;

  constructor(isonet: typeof Isonet, powers: ShadowingPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
  }

  /**
   * A copy with this text runs beside the service, which is started anew in its own place: both
   * begin with the same state. Resolves when the copy has had its first turn.
   * Fails with RECORDING_REFUSED, REPLACE_FAILED, SERVICE_LOAD_FAILED, ADDRESS_UNKNOWN.
   */
  async start(address: Address, source: string, msMax: number): Promise<ShadowReport> {
    if (source.length > limits.sourceBytesMax) {
      const most = `${limits.sourceBytesMax} bytes (sourceBytesMax)`;
      throw new CodedError("ARGUMENT_INVALID", `the copy's text must have up to ${most}`);
    }
    const seeds = this.#powers.seeds();
    await this.#powers.renew(address, () => ({ kind: "shadow", source, seeds, msMax }));
    return this.#ask(address, "shadowReport", answerMsMax, "begun");
  }

  /** Resolves when the shadow has ended. Fails with RECORDING_REFUSED. */
  ended(address: Address, withinMs: number): Promise<ShadowReport> {
    const waitMs = withinMs + limits.shadowFinishMsMax + answerMsMax;
    return this.#ask(address, "shadowReport", waitMs, "ended");
  }

  /** Ends it behind what its service has had until now. Fails with RECORDING_REFUSED. */
  stop(address: Address): Promise<ShadowReport> {
    return this.#ask(address, "shadowStop", answerMsMax);
  }

  /** Those that run, and the last that have ended. A place that does not answer is left out. */
  async list(): Promise<ShadowReport[]> {
    const asked = Array.from(this.#powers.controls, async ([place, to]) => {
      const answer: unknown = await this.#isonet.call(
        { to, timeoutMs: answerMsMax },
        "lua",
        "shadows",
      );
      return readShadowReports(answer).filter(({ address }) => {
        const home = this.#powers.placeOf(address as Address);
        return home === place || home < 0;
      });
    });
    const answers = await Promise.allSettled(asked);
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  }

  async #ask(
    address: Address,
    command: string,
    timeoutMs: number,
    ...more: readonly unknown[]
  ): Promise<ShadowReport> {
    const { controls, placeOf } = this.#powers;
    const to = controls.at(placeOf(address));
    if (to === undefined) {
      const who = this.#isonet.address(address);
      throw new CodedError("ADDRESS_UNKNOWN", `no guest service runs at the address ${who}`);
    }
    try {
      const answer = await this.#isonet.call({ to, timeoutMs }, "lua", command, address, ...more);
      return { ...readShadowReport(answer), address };
    } catch (error) {
      throw asThrown(error);
    }
  }
}
