// Hotfix: the host service ".hotfix": changes the code of running services, one or all of a module,
// and keeps the ledger of their versions.
// Shard 0. Called by the console and by the host's own API; orders the control services.
// Invariant: one order at a time for a service; the ledger says what was proved, or replaced.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { asThrown, CodedError, isCodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import type {
  HotfixCommands,
  HotfixOptions,
  HotfixReport,
  RollingReport,
  VersionLine,
} from "../api/hotfix.ts";
import { readPatchAnswer, type PatchAnswer } from "./hotfix-answer.ts";
import type { LaunchOrder } from "./launch-order.ts";
import type { VersionLedger } from "./version-ledger.ts";

export type HotfixPowers = {
  readonly ledger: VersionLedger;
  /** Control service of the shard or cell where the service is; undefined: it is nowhere now. */
  readonly controlOf: (address: Address) => Address | undefined;
  /** Resolves when the service is not on its way to another cell. */
  readonly settled: (address: Address) => Promise<void>;
  /** What its place is told to create; a cell can ask for the texts from then on. */
  readonly orderFor: (order: LaunchOrder) => LaunchOrder;
  /** Number of its present life; undefined: it has ended. */
  readonly lifeOf: (address: Address) => number | undefined;
  readonly titleOf: (address: Address) => string;
  /** One of the host's own services, and no guest. */
  readonly isHostOwn: (address: Address) => boolean;
  readonly log: (address: Address, text: string, level?: "warn" | "error") => void;
};

type Aim = { readonly text: string; readonly how: "live" | "reverted" };

const answerMsMax = 60_000; // the shard has its own deadlines; a stuck one ends here
const isDone = (report: HotfixReport): boolean =>
  report.outcome?.kind === "unchanged" || report.how !== "none";

export class Hotfix {
  readonly #isonet: typeof Isonet;
  readonly #powers: HotfixPowers;
  readonly #working = new Map<Address, Promise<unknown>>();

  constructor(isonet: typeof Isonet, powers: HotfixPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
    const commands: { [K in keyof HotfixCommands]: (...args: never[]) => unknown } = {
      hotfix: (address: Address, text: string, options?: HotfixOptions) =>
        this.#asOperator(() => this.apply(address, text, options)),
      hotfixAll: (module: string, text: string, options?: HotfixOptions) =>
        this.#asOperator(() => this.applyAll(module, text, options)),
      revert: (address: Address, options?: HotfixOptions) =>
        this.#asOperator(() => this.revert(address, options)),
      versions: (address?: Address) => this.#asOperator(() => this.versions(address)),
    };
    isonet.commands(commands);
  }

  /** Gives a running service another text of its main module; see HotfixCommands. */
  apply(address: Address, text: string, options: HotfixOptions = {}): Promise<HotfixReport> {
    return this.#alone(address, () => this.#change(address, { text, how: "live" }, options));
  }

  /**
   * Starts the service anew in its own place with the text that it runs; `watch` is for its shard,
   * which has it looked on from there. Fails with REPLACE_FAILED, RECORDING_REFUSED: the service
   * goes on as it was.
   */
  renew(address: Address, watch: (order: LaunchOrder) => unknown): Promise<PatchAnswer> {
    return this.#alone(address, async () => {
      await this.#powers.settled(address);
      const order = this.#powers.ledger.orderOf(address);
      if (order === undefined) throw this.#unknown(address);
      this.#controlOf(address); // before anybody prepares for it
      const answer = await this.#startAnew(order, watch(order));
      const { outcome, heldMs } = answer;
      const how = `${outcome.reason}, held for ${heldMs.toFixed(1)} ms`;
      this.#powers.log(address, `STARTED ANEW in its place: ${how}`);
      return answer;
    });
  }

  revert(address: Address, options: HotfixOptions = {}): Promise<HotfixReport> {
    return this.#alone(address, () => {
      const before = this.#powers.ledger.before(address);
      if (before !== undefined) {
        return this.#change(address, { text: before.text, how: "reverted" }, options);
      }
      const who = this.#isonet.address(address);
      throw new CodedError("HOTFIX_REFUSED", `${who} has run one version only`);
    });
  }

  async applyAll(
    module: string,
    text: string,
    options: HotfixOptions = {},
  ): Promise<RollingReport> {
    const addresses = this.#powers.ledger.ofModule(module);
    if (addresses.length === 0) {
      throw new CodedError("SERVICE_NOT_FOUND", `no service of ${JSON.stringify(module)} runs`);
    }
    const { canaries = 0 } = options;
    const lives = new Map<Address, number | undefined>();
    const reports: HotfixReport[] = [];
    let stopped = "";
    for (const address of addresses) {
      if (lives.size === canaries && canaries > 0) stopped = await this.#watch(lives);
      if (stopped !== "") break;
      if (this.#powers.lifeOf(address) === undefined) continue;
      const report = await this.#report(address, text, options);
      reports.push(report);
      lives.set(address, this.#powers.lifeOf(address));
      const isFine = options.isDryRun === true ? report.outcome !== undefined : isDone(report);
      if (!isFine) stopped = `${report.address}: ${report.error ?? report.outcome?.reason ?? ""}`;
    }
    return { module, reports, stopped, remaining: addresses.length - reports.length };
  }

  versions(address?: Address): Record<string, readonly VersionLine[]> {
    const { ledger } = this.#powers;
    const asked = address === undefined ? ledger.addresses() : [address];
    const lines = asked.map((each): [string, VersionLine[]] => {
      const isAll = address === undefined;
      const own = isAll ? ledger.presentLinesOf(each) : ledger.linesOf(each);
      return [this.#isonet.address(each), own];
    });
    return Object.fromEntries(lines);
  }

  /** Only the host's own services act for an operator. */
  #asOperator<T>(act: () => T): T {
    const source = this.#isonet.context()?.source;
    if (source !== undefined && this.#powers.isHostOwn(source)) return act();
    throw new CodedError("NOT_PERMITTED", "code is changed from the console only");
  }

  #alone<T>(address: Address, work: () => Promise<T>): Promise<T> {
    const before = this.#working.get(address) ?? Promise.resolve();
    const result = before.then(work, work);
    this.#working.set(address, result);
    void this.#forgetBehind(address, result);
    return result;
  }

  async #forgetBehind(address: Address, result: Promise<unknown>): Promise<void> {
    await Promise.allSettled([result]);
    if (this.#working.get(address) === result) this.#working.delete(address);
  }

  async #report(address: Address, text: string, options: HotfixOptions): Promise<HotfixReport> {
    try {
      return await this.apply(address, text, options);
    } catch (error) {
      const thrown = asThrown(error);
      const code = isCodedError(thrown) ? `${thrown.code}: ` : "";
      const said = thrown instanceof Error ? thrown.message : String(thrown);
      return { ...this.#blank(address), error: code + said };
    }
  }

  /** The first of them run the new text: why the others are not to have it. */
  async #watch(lives: ReadonlyMap<Address, number | undefined>): Promise<string> {
    await new Promise((resolve) => void setTimeout(resolve, limits.canaryMs));
    for (const [address, life] of lives) {
      if (this.#powers.lifeOf(address) === life) continue;
      return `${this.#isonet.address(address)} has ended or was restarted with the new text`;
    }
    return "";
  }

  async #change(address: Address, aim: Aim, options: HotfixOptions): Promise<HotfixReport> {
    const { settled, ledger, log } = this.#powers;
    if (typeof aim.text !== "string" || aim.text.length > limits.sourceBytesMax) {
      const most = `${limits.sourceBytesMax} bytes (sourceBytesMax)`;
      throw new CodedError("ARGUMENT_INVALID", `the new text must be text of up to ${most}`);
    }
    await settled(address);
    const control = this.#controlOf(address);
    const { isDryRun = false, isReplacing = false } = options;
    const mode = isDryRun ? "try" : "apply";
    const answer = await this.#ask(control, "patch", [address, aim.text, mode]);
    const { outcome, heldMs } = answer;
    const isLive = outcome.kind === "applied" && !isDryRun;
    if (isLive) {
      ledger.changed(address, aim.text, aim.how);
      log(address, `HOTFIX ${ledger.versionOf(address)}: ${outcome.reason}`);
      return { ...this.#blank(address), outcome, how: "live", heldMs };
    }
    const isStuck = outcome.kind === "needs-replacement" || outcome.kind === "busy";
    if (!isStuck || !isReplacing || isDryRun) return { ...this.#blank(address), outcome, heldMs };
    const replaced = await this.#replace(address, aim);
    return { ...this.#blank(address), outcome, how: "replaced", heldMs: replaced.heldMs };
  }

  /** Plan B. Fails with REPLACE_FAILED: the service goes on as it was. */
  async #replace(address: Address, aim: Aim): Promise<PatchAnswer> {
    const { ledger, log, orderFor } = this.#powers;
    const order = ledger.orderOf(address);
    if (order === undefined) throw this.#unknown(address);
    try {
      const answer = await this.#startAnew({ ...order, mainText: aim.text });
      ledger.changed(address, aim.text, aim.how === "live" ? "replaced" : aim.how);
      log(address, `REPLACED by version ${ledger.versionOf(address)}, ${answer.outcome.reason}`);
      return answer;
    } catch (error) {
      orderFor(order); // a cell finds the text that runs
      throw error;
    }
  }

  async #startAnew(order: LaunchOrder, ...watch: readonly unknown[]): Promise<PatchAnswer> {
    const { address, mainText } = order;
    const control = this.#controlOf(address);
    const { file, root, modules } = this.#powers.orderFor(order);
    const program = { file, root, modules, mainText };
    try {
      const answer = await this.#ask(control, "replace", [address, program, ...watch]);
      if (answer.outcome.kind === "applied") {
        this.#powers.ledger.startedAnew(address);
        return answer;
      }
      throw new CodedError("REPLACE_FAILED", answer.outcome.reason);
    } catch (error) {
      throw asThrown(error);
    }
  }

  async #ask(control: Address, command: string, args: readonly unknown[]): Promise<PatchAnswer> {
    const to = { to: control, timeoutMs: answerMsMax };
    return readPatchAnswer(await this.#isonet.call(to, "lua", command, ...args));
  }

  #controlOf(address: Address): Address {
    const control = this.#powers.controlOf(address);
    if (control !== undefined) return control;
    throw this.#unknown(address);
  }

  #unknown(address: Address): CodedError {
    const who = this.#isonet.address(address);
    return new CodedError("ADDRESS_UNKNOWN", `no guest service runs at the address ${who}`);
  }

  #blank(address: Address): HotfixReport {
    const { ledger, titleOf } = this.#powers;
    const version = ledger.versionOf(address);
    const title = titleOf(address);
    return { address: this.#isonet.address(address), title, how: "none", version, heldMs: 0 };
  }
}
