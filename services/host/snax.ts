// Snax: the host service ".snax": ends snax services by their own exit function, and patches them.
// Shard 0. Called by snax.kill and snax.hotfix of every service; the service's answer comes back.
// Invariant: an untrusted service ends only what it may kill, and patches nothing.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { CodedError, isCodedError } from "../../wire/coded-error.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { limits } from "../../wire/limits.ts";
import type { SnaxCommands } from "../api/snax.ts";
import type { CallerRights } from "./caller-rights.ts";
import type { HotfixPowers } from "./hotfix.ts";

export type SnaxPowers = Pick<HotfixPowers, "controlOf" | "settled" | "ledger" | "log"> & {
  readonly rights: CallerRights;
};

const filename = "snax-patch.js";
/** What a patch fails with that has replaced nothing. */
const refusals: ReadonlySet<string> = new Set<ErrorCode>([
  "ARGUMENT_INVALID",
  "HOTFIX_REFUSED",
  "INJECT_FAILED",
  "PROTOCOL_UNKNOWN",
]);
/** Those below are the launcher's and the console's. */
const firstId = 2 ** 31;

export class Snax {
  readonly #isonet: typeof Isonet;
  readonly #powers: SnaxPowers;
  #lastId = firstId;

  constructor(isonet: typeof Isonet, powers: SnaxPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
    const commands: { [K in keyof SnaxCommands]: (...args: never[]) => unknown } = {
      kill: (address: Address, args: readonly unknown[]) => this.#kill(address, args),
      hotfix: (address: Address, source: string, args: readonly unknown[]) =>
        this.#hotfix(address, source, args),
    };
    isonet.commands(commands);
  }

  #kill(address: Address, args: readonly unknown[]): Promise<unknown> {
    this.#powers.rights.checkKill(this.#isonet.context()?.source, address);
    return this.#tell(address, "snax", ["exit", ...args]);
  }

  async #hotfix(address: Address, source: string, args: readonly unknown[]): Promise<unknown> {
    const { rights, settled, controlOf, ledger, log } = this.#powers;
    rights.refuseUntrusted(this.#isonet.context()?.source, "patch services");
    if (typeof source !== "string" || source.length > limits.sourceBytesMax) {
      const most = `${limits.sourceBytesMax} bytes (sourceBytesMax)`;
      throw new CodedError("ARGUMENT_INVALID", `a patch must be text of up to ${most}`);
    }
    await settled(address);
    const control = controlOf(address);
    if (control === undefined) {
      const who = this.#isonet.address(address);
      throw new CodedError("ADDRESS_UNKNOWN", `no guest service runs at the address ${who}`);
    }
    const id = ++this.#lastId;
    await this.#isonet.call(control, "lua", "inject", address, { id, source, filename });
    const applied = (): void => {
      log(address, `SNAX HOTFIX ${ledger.methodsPatched(address, source)}: methods were replaced`);
    };
    try {
      const result = await this.#tell(address, "debug", ["PATCH", id, ...args]);
      applied();
      return result;
    } catch (error) {
      // All else comes from the patch's own `hotfix`: the methods were replaced before.
      if (!isCodedError(error) || !refusals.has(error.code)) applied();
      throw error;
    }
  }

  async #tell(address: Address, protocol: string, values: readonly unknown[]): Promise<unknown> {
    const answer: unknown = await this.#isonet.call(address, protocol, ...values);
    return answer;
  }
}
