// Launcher: the host service ".launcher": starts, lists, measures and ends guest services
// (reference §9.1, §9.2).
// Shard 0. Called by every service's newService and kill, and by the console.
// Invariant: `launch` answers once for every request; an address whose service did not come to life
// is released.

import type * as Isonet from "isonet";
import type { Address, Ended, LaunchOptions } from "isonet";
import { formatAddress, nodeOf } from "../../wire/address.ts";
import { asThrown, CodedError, isCodedError } from "../../wire/coded-error.ts";
import type {
  Collection,
  HeapFigures,
  Injection,
  LauncherCommands,
  Missing,
  OwnerFigures,
  Scope,
  ServiceFigures,
} from "../api/launcher.ts";
import { limits } from "../../wire/limits.ts";
import type { ServiceEnding } from "../../wire/service-ending.ts";
import { checkedState } from "../../wire/service-state.ts";
import type { ServiceTerms } from "../../wire/service-terms.ts";
import type { CallerRights } from "./caller-rights.ts";
import { readAllow } from "./launch-allow.ts";
import { checkAllowFits, readLaunchOptions } from "./launch-options.ts";
import { launchTerms, type TermDefaults } from "./launch-terms.ts";
import type { Launched as LaunchedServices } from "./launched.ts";
import { Monitors } from "./monitors.ts";
import { restartTerms } from "./restart-terms.ts";
import { Relocation, type CellMoves } from "./relocation.ts";
import type { LaunchOrder } from "./launch-order.ts";
import { serviceTitle } from "./service-title.ts";
import { figureOf, isMissing, ownersOf, serviceFields } from "./shard-answers.ts";
import { askShards, type ControlsByPlace, type ShardControls } from "./shard-controls.ts";
import { reasonOf, Supervisor, type EndReason, type Rebirth } from "./supervisor.ts";

export type LauncherPowers = ControlsByPlace & {
  /** Forgets the texts that are kept for cells. */
  readonly clearSources: () => void;
  /** File and root directory of a service. Fails with SERVICE_NOT_FOUND. */
  readonly find: (name: string) => { readonly file: string; readonly root: string };
  /**
   * Place for a new service: a shard, `near` another service when that is a guest, or a cell.
   * Fails with CELLS_FULL, OWNER_REFUSED, NOT_AVAILABLE.
   */
  readonly place: (terms: ServiceTerms, near: Address | undefined) => number | Promise<number>;
  readonly resolveName: (name: string) => Address | undefined;
  /** What the place is told to create: a cell has no files of its own. */
  readonly orderFor: (place: number, order: LaunchOrder) => LaunchOrder;
  readonly allocate: (place: number, owner: string) => Address;
  readonly release: (address: Address) => void;
  /** Places the address of a service that is restarted on a shard. */
  readonly move: (address: Address, place: number, owner: string) => void;
  /** Keeps the address of a service that could not be restarted. */
  readonly suspend: (address: Address) => void;
  /** True when the address was given out once. */
  readonly wasAllocated: (address: Address) => boolean;
  /** The names of the service are free again. */
  readonly forgetNames: (address: Address) => void;
  readonly shardOf: (address: Address) => number;
  /**
   * Interrupts, or disposes, the turn that runs in this service; nothing happens when none does.
   */
  readonly interrupt: (address: Address, how: "interrupt" | "dispose") => void;
  readonly nowMs: () => number;
  /** From 0 to less than 1. */
  readonly random: () => number;
  readonly startMsMax: number;
  readonly defaults: TermDefaults;
  readonly rights: CallerRights;
  readonly launched: LaunchedServices;
  readonly cells: CellMoves;
  /** For `list`: that an operator has changed its code; "" as a rule. */
  readonly remarkOf: (address: Address) => string;
  readonly log: (address: Address, text: string, level?: "warn" | "error") => void;
};

/** How to start a service once more. */
type Again = {
  readonly options: LaunchOptions;
  readonly order: LaunchOrder;
  readonly args: readonly unknown[];
};

type Launched = {
  readonly title: string;
  shard: number;
  isKilled: boolean;
  /** How often it was moved to another cell: each time its address begins a new life. */
  moves: number;
  /** Of a supervised or untrusted service only: arguments and module texts can be large. */
  readonly again: Again | undefined;
};

const endTurnsMs = 50; // between orders to end the turn of a service that is to die
const shardSlackMs = 30_000; // the shard keeps the time; it may have to start first, or be busy

export class Launcher {
  readonly #isonet: typeof Isonet;
  readonly #powers: LauncherPowers;
  readonly #services = new Map<Address, Launched>();
  readonly #supervisor: Supervisor;
  readonly #monitors = new Monitors();
  readonly relocation: Relocation;
  #lastInjection = 0;

  constructor(isonet: typeof Isonet, powers: LauncherPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
    this.#supervisor = this.#makeSupervisor();
    this.relocation = this.#makeRelocation();
    const commands: { [K in keyof LauncherCommands]: (...args: never[]) => unknown } = {
      launch: (options: LaunchOptions, ...args: unknown[]) => this.#launch(options, args),
      list: () => this.#asTrusted(() => this.#list()),
      stat: (scope?: Scope) => this.#asTrusted(() => this.#stat(scope)),
      mem: (scope?: Scope) => this.#asTrusted(() => this.#figures<HeapFigures>("mem", scope)),
      gc: (scope?: Scope) => this.#asOperator(() => this.#figures<Collection>("gc", scope)),
      owners: () => this.#asTrusted(() => this.#owners()),
      kill: (address: Address) => this.#kill(address),
      monitor: (address: Address) => this.#monitor(address),
      inject: (address: Address, source: string, filename: string, args: readonly string[]) =>
        this.#asOperator(() => this.#inject(address, { source, filename, args })),
      signal: (address: Address, number: number) =>
        this.#asOperator(() => this.#signal(address, number)),
      clearCache: () =>
        this.#asOperator(() => {
          powers.clearSources();
          return askShards(isonet, powers, "clearCache", []);
        }),
    };
    isonet.commands(commands);
  }

  /** A service has ended, on whatever shard. */
  ended(address: Address, ending: ServiceEnding): void {
    this.#monitors.forgetWatcher(address);
    this.#powers.launched.left(address);
    const moves = this.#services.get(address)?.moves ?? 0;
    const incarnation = ending.incarnation - moves;
    if (this.#supervisor.ended(address, { ...ending, incarnation })) return;
    if (ending.isKept) this.#powers.release(address);
    this.#gone(address, reasonOf(ending));
  }

  /** Whether a service whose cell is gone keeps its address, and which of its lives it was. */
  lifeOf(address: Address): Pick<ServiceEnding, "isKept" | "incarnation"> {
    const { again, moves = 0 } = this.#services.get(address) ?? {};
    const isKept = again !== undefined && again.order.restart !== "never";
    return { isKept, incarnation: this.#supervisor.restartsOf(address) + moves };
  }

  /** Ends every untrusted service of an owner for good. */
  endOwner(owner: string, text: string): void {
    for (const { address } of this.#powers.launched.untrustedOf(owner)) {
      this.#powers.log(address, `ended: ${text}`, "error");
      void this.#kill(address).catch(() => {}); // its cell may go meanwhile: that ends it too
    }
  }

  /** The host stops: nothing is restarted any more. */
  stop(): void {
    this.#supervisor.stop();
  }

  /**
   * Asks a service for its packed state, as its exportState handler gives it. Fails with
   * COMMAND_UNKNOWN (it has none), CALL_TIMEOUT, MESSAGE_TOO_LARGE, and as calls do.
   */
  async exportState(address: Address): Promise<Uint8Array> {
    const to = { to: address, timeoutMs: limits.exportMsMax };
    const state = await this.#isonet.rawCall(to, "debug", this.#isonet.pack("EXPORT"));
    return checkedState(state, limits.checkpointBytesMax);
  }

  #makeSupervisor(): Supervisor {
    const { log, nowMs, random, release } = this.#powers;
    return new Supervisor({
      log,
      nowMs,
      random,
      after: (ms, act) => {
        const timer = setTimeout(act, ms).unref();
        return () => clearTimeout(timer);
      },
      exportState: (address) => this.exportState(address),
      restart: (address, rebirth) => this.#restart(address, rebirth),
      onCrash: (address, reason) => this.#monitors.tell({ address, ...reason, restarts: true }),
      onGone: (address, reason) => {
        release(address);
        this.#gone(address, reason);
      },
    });
  }

  #makeRelocation(): Relocation {
    const { cells, log, place, orderFor, startMsMax } = this.#powers;
    return new Relocation(this.#isonet, {
      cells,
      log,
      orderFor,
      place: (terms) => place(terms, undefined),
      controlOf: (shard) => this.#controlOf(shard),
      createMsMax: startMsMax + shardSlackMs,
      find: (address) => {
        const launched = this.#services.get(address);
        if (launched?.again === undefined) return undefined;
        if (launched.again.order.terms.isTrusted) return undefined;
        const { again, shard, isKilled } = launched;
        const { isKept, incarnation } = this.lifeOf(address);
        return { ...again, shard, isKilled, isSupervised: isKept, life: incarnation };
      },
      settleAt: (address, shard) => {
        const launched = this.#services.get(address);
        if (launched !== undefined) Object.assign(launched, { shard, moves: launched.moves + 1 });
      },
    });
  }

  /** A service has ended for good. */
  #gone(address: Address, { code, text }: EndReason): void {
    const reason = this.#services.get(address)?.isKilled === true ? "killed" : code;
    this.#services.delete(address);
    this.#powers.forgetNames(address);
    this.#powers.launched.ended(address);
    this.#monitors.tell({ address, code: reason, text, restarts: false });
  }

  /** Replies at once when the service has ended, else at its end. */
  #monitor(address: Address): Ended | undefined {
    this.#powers.rights.checkWatch(this.#source, address);
    const { shardOf, wasAllocated } = this.#powers;
    const source = this.#isonet.context()?.source ?? this.#isonet.self();
    if (this.#services.has(address) || shardOf(address) >= 0) {
      this.#monitors.add(address, source, () => this.#isonet.response());
      return undefined;
    }
    const text = `service ${this.#text(address)} has ended`;
    if (wasAllocated(address)) return { address, code: "ADDRESS_DEAD", text, restarts: false };
    throw new CodedError("ADDRESS_UNKNOWN", `no service has the address ${this.#text(address)}`);
  }

  /** Name and arguments of a guest service, as text; "" when there is none. */
  titleOf(address: Address): string {
    return this.#services.get(address)?.title ?? "";
  }

  get #source(): Address | undefined {
    return this.#isonet.context()?.source;
  }

  #asTrusted<T>(act: () => T): T {
    this.#powers.rights.refuseUntrusted(this.#source, "look at services");
    return act();
  }

  /** Only the host's own services act for an operator. */
  #asOperator<T>(act: () => T): T {
    const source = this.#source;
    if (source !== undefined && this.#powers.shardOf(source) === 0) return act();
    throw new CodedError("NOT_PERMITTED", "the launcher obeys this command from the console only");
  }

  async #launch(given: unknown, args: readonly unknown[]): Promise<Address | undefined> {
    const launcher = this.#source;
    const asked = readLaunchOptions(given);
    const permits = readAllow(asked.allow, nodeOf(this.#isonet.self()));
    const options = this.#powers.rights.checkLaunch(launcher, asked, permits);
    checkAllowFits(options);
    const { file, root } = this.#powers.find(options.name);
    const terms = launchTerms(options, this.#powers.defaults);
    const shard = await this.#powers.place(terms, this.#nearOf(options));
    this.#powers.rights.checkRoom(launcher);
    const address = this.#powers.allocate(shard, terms.owner);
    const title = serviceTitle(options.name, args);
    const { name, modules } = options;
    this.#powers.launched.add(address, { terms, permits, launcher });
    const restart = restartTerms(options);
    const program = { address, name, file, root, modules };
    const { record: isRecorded } = options;
    const order = { ...program, terms, restart: restart.policy, incarnation: 0, isRecorded };
    const isOnce = restart.policy === "never" && terms.isTrusted;
    const again = isOnce ? undefined : { options, order, args };
    this.#services.set(address, { title, shard, isKilled: false, moves: 0, again });
    this.#supervisor.watch(address, restart);
    try {
      const isAlive = await this.#create(shard, order, args);
      if (!isAlive) return undefined;
      this.#powers.log(address, `LAUNCH ${title}`);
      this.#supervisor.started(address);
      return address;
    } catch (error) {
      this.#supervisor.forget(address);
      this.#services.delete(address);
      this.#powers.launched.ended(address);
      throw error;
    }
  }

  async #restart(address: Address, rebirth: Rebirth): Promise<void> {
    const launched = this.#services.get(address);
    if (launched?.again === undefined) return;
    const { options, order, args } = launched.again;
    const shard = await this.#powers.place(order.terms, this.#nearOf(options));
    if (this.#services.get(address) !== launched) return;
    launched.shard = shard;
    this.#powers.move(address, shard, order.terms.owner);
    const incarnation = rebirth.incarnation + launched.moves;
    await this.#create(launched.shard, { ...order, ...rebirth, incarnation }, args);
  }

  async #create(shard: number, order: LaunchOrder, args: readonly unknown[]): Promise<boolean> {
    const { startMsMax } = this.#powers;
    const to = this.#controlOf(shard);
    try {
      const timeoutMs = startMsMax + shardSlackMs;
      return (await this.#isonet.call(
        { to, timeoutMs },
        "lua",
        "create",
        this.#powers.orderFor(shard, order),
        ...args,
      )) as boolean;
    } catch (error) {
      const thrown = asThrown(error);
      if (!isCodedError(thrown) || thrown.code !== "CALL_TIMEOUT") {
        if (order.incarnation === 0) this.#powers.release(order.address);
        else this.#powers.suspend(order.address);
        throw thrown;
      }
      this.#supervisor.kill(order.address);
      // The shard releases the address when it comes to the order to end the service.
      this.#powers.interrupt(order.address, "dispose");
      this.#isonet.send(to, "lua", "kill", order.address);
      const who = `${order.name} (${formatAddress(order.address)})`;
      throw new CodedError(
        "SERVICE_INIT_FAILED",
        `${who} was not ready in time and was ended: its shard or its caller's deadline is over`,
      );
    }
  }

  #nearOf({ near }: LaunchOptions): Address | undefined {
    if (typeof near !== "string") return near;
    return this.#isonet.parseAddress(near) ?? this.#powers.resolveName(near);
  }

  #controlOf(shard: number): Address {
    const control = this.#powers.controls.at(shard);
    if (control !== undefined) return control;
    throw new CodedError("ADDRESS_UNKNOWN", "no guest service has this address");
  }

  #list(): Record<string, string> {
    return Object.fromEntries(
      [...this.#services].map(([address, { title }]) => [
        this.#text(address),
        title + this.#powers.remarkOf(address) + this.#restartsText(address),
      ]),
    );
  }

  #restartsText(address: Address): string {
    const restarts = this.#supervisor.restartsOf(address);
    if (this.#supervisor.isWaiting(address)) return ` (to be restarted, ${restarts} restarts)`;
    return restarts === 0 ? "" : ` (${restarts} restarts)`;
  }

  async #stat(scope?: Scope): Promise<Record<string, ServiceFigures | Missing>> {
    const figures = await this.#figures<Omit<ServiceFigures, "restarts">>("stat", scope);
    const entries = Object.entries(figures).map(([key, figure]) => {
      if (typeof figure === "string") return [key, figure] as const;
      const address = this.#isonet.parseAddress(key) as Address;
      // What the host itself refused it counts as refused, too.
      const refused = figure.refused + this.#powers.launched.refusalsOf(address);
      const restarts = this.#supervisor.restartsOf(address);
      return [key, { ...figure, refused, restarts }] as const;
    });
    return Object.fromEntries(entries);
  }

  #text(address: Address): string {
    return this.#isonet.address(address);
  }

  /**
   * Figures of all services, or of the one in the scope; a shard's failure stands for each of its
   * services.
   */
  async #figures<T>(
    command: keyof typeof serviceFields,
    scope: Scope = {},
  ): Promise<Record<string, T | Missing>> {
    const { address, timeoutTicks } = scope;
    const asked = this.#controlsFor(address);
    const args = address === undefined ? [] : [address];
    const byShard = await askShards<Record<string, T>>(
      this.#isonet,
      asked,
      command,
      args,
      timeoutTicks,
    );
    const figures: Record<string, T | Missing> = {};
    for (const [known, { shard }] of this.#services) {
      const answer = this.#supervisor.isWaiting(known) ? "RESTARTING" : byShard.get(shard);
      if (answer === undefined || (address !== undefined && known !== address)) continue;
      const key = this.#text(known);
      const figure = isMissing(answer) ? answer : figureOf(answer, key, serviceFields[command]);
      if (figure !== undefined) figures[key] = figure as T | Missing;
    }
    return figures;
  }

  async #owners(): Promise<Record<string, readonly OwnerFigures[] | Missing>> {
    const answers = await askShards<unknown>(this.#isonet, this.#powers, "owners", []);
    const told = [...answers].map(
      ([place, answer]) => [place, isMissing(answer) ? answer : ownersOf(answer)] as const,
    );
    const ofCells = told.filter(([, owners]) => owners.length > 0);
    return Object.fromEntries(ofCells.map(([place, owners]) => [`cell.${place}`, owners]));
  }

  #controlsFor(address: Address | undefined): ShardControls {
    if (address === undefined) return this.#powers;
    const shard = this.#services.get(address)?.shard ?? -1;
    return { controls: new Map([[shard, this.#controlOf(shard)]]) };
  }

  async #kill(address: Address): Promise<Record<string, string>> {
    this.#powers.rights.checkKill(this.#source, address);
    const launched = this.#services.get(address);
    this.#powers.log(address, `KILL ${this.#text(address)}`);
    if (launched === undefined) return { [this.#text(address)]: "nil" };
    launched.isKilled = true;
    await this.relocation.settled(address);
    if (this.#supervisor.kill(address)) return { [this.#text(address)]: launched.title };
    const stopEnding = this.#keepEndingTurns(address);
    try {
      await this.#isonet.call(this.#controlOf(launched.shard), "lua", "kill", address);
    } finally {
      stopEnding();
    }
    return { [this.#text(address)]: launched.title };
  }

  /**
   * An order counts for the turn that runs when it arrives: the next one may be the one that does
   * not end.
   */
  #keepEndingTurns(address: Address): () => void {
    const end = (): void => this.#powers.interrupt(address, "dispose");
    end();
    const timer = setInterval(end, endTurnsMs);
    return () => clearInterval(timer);
  }

  async #inject(
    address: Address,
    script: { source: string; filename: string; args: readonly string[] },
  ): Promise<Injection> {
    const { shard } = this.#services.get(address) ?? { shard: -1 };
    const { source, filename, args } = script;
    const id = ++this.#lastInjection;
    const order = { id, source, filename };
    await this.#isonet.call(this.#controlOf(shard), "lua", "inject", address, order);
    return (await this.#isonet.call(address, "debug", "RUN", id, ...args)) as Injection;
  }

  /**
   * 0 acts at once, on a service that does not end its turn; the shard itself hears of it when it
   * can.
   */
  #signal(address: Address, number: number): void {
    const launched = this.#services.get(address);
    if (launched === undefined) {
      const text = `no guest service has the address ${this.#text(address)}`;
      throw new CodedError("ADDRESS_UNKNOWN", text);
    }
    if (number === 0) this.#powers.interrupt(address, "interrupt");
    this.#isonet.send(this.#controlOf(launched.shard), "lua", "signal", address, number);
  }
}
