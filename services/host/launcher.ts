// Launcher: the host service ".launcher": starts, lists, measures and ends guest services
// (reference §9.1, §9.2).
// Shard 0. Called by every service's newService and kill, and by the console.
// Invariant: `launch` answers once for every request; an address whose service did not come to life
// is released.

import type * as Isonet from "isonet";
import type { Address, LaunchOptions } from "isonet";
import { formatAddress, nodeOf } from "../../wire/address.ts";
import { asThrown, CodedError, isCodedError } from "../../wire/coded-error.ts";
import type {
  Collection,
  HeapFigures,
  Injection,
  LauncherCommands,
  Missing,
  Scope,
  ServiceFigures,
} from "../api/launcher.ts";
import type { ServiceTerms } from "../../wire/service-terms.ts";
import type { CallerRights } from "./caller-rights.ts";
import { readAllow } from "./launch-allow.ts";
import { checkAllowFits, readLaunchOptions } from "./launch-options.ts";
import { launchTerms, type TermDefaults } from "./launch-terms.ts";
import type { Launched as LaunchedServices } from "./launched.ts";
import { askShards, type ShardControls } from "./shard-controls.ts";

export type LauncherPowers = ShardControls & {
  /** File and root directory of a service. Fails with SERVICE_NOT_FOUND. */
  readonly find: (name: string) => { readonly file: string; readonly root: string };
  /** Shard for a new service, `near` another one when that is a guest. */
  readonly place: (near: Address | undefined) => number;
  readonly resolveName: (name: string) => Address | undefined;
  /** Cell for a new untrusted service of this owner. Fails with CELLS_FULL, NOT_AVAILABLE. */
  readonly placeInCell: (owner: string) => Promise<number>;
  /** What the place is told to create: a cell has no files of its own. */
  readonly orderFor: (place: number, order: LaunchOrder) => LaunchOrder;
  readonly allocate: (place: number, owner: string) => Address;
  readonly release: (address: Address) => void;
  readonly shardOf: (address: Address) => number;
  /**
   * Interrupts, or disposes, the turn that runs in this service; nothing happens when none does.
   */
  readonly interrupt: (address: Address, how: "interrupt" | "dispose") => void;
  readonly startMsMax: number;
  readonly defaults: TermDefaults;
  readonly rights: CallerRights;
  readonly launched: LaunchedServices;
  readonly log: (address: Address, text: string) => void;
};

/** What a place is told to create. */
export type LaunchOrder = {
  readonly address: number;
  readonly name: string;
  readonly file: string;
  readonly root: string;
  readonly modules?: LaunchOptions["modules"];
  readonly terms: ServiceTerms;
};

type Launched = { readonly title: string; readonly shard: number };

const endTurnsMs = 50; // between orders to end the turn of a service that is to die
const shardSlackMs = 30_000; // the shard keeps the time; it may have to start first, or be busy
const titleUnitsMax = 256;
const argumentUnitsMax = 64;

export class Launcher {
  readonly #isonet: typeof Isonet;
  readonly #powers: LauncherPowers;
  readonly #services = new Map<Address, Launched>();
  #lastInjection = 0;

  constructor(isonet: typeof Isonet, powers: LauncherPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
    const commands: { [K in keyof LauncherCommands]: (...args: never[]) => unknown } = {
      launch: (options: LaunchOptions, ...args: unknown[]) => this.#launch(options, args),
      list: () => this.#asTrusted(() => this.#list()),
      stat: (scope?: Scope) => this.#asTrusted(() => this.#stat(scope)),
      mem: (scope?: Scope) => this.#asTrusted(() => this.#figures<HeapFigures>("mem", scope)),
      gc: (scope?: Scope) => this.#asOperator(() => this.#figures<Collection>("gc", scope)),
      kill: (address: Address) => this.#kill(address),
      inject: (address: Address, source: string, filename: string, args: readonly string[]) =>
        this.#asOperator(() => this.#inject(address, { source, filename, args })),
      signal: (address: Address, number: number) =>
        this.#asOperator(() => this.#signal(address, number)),
      clearCache: () => this.#asOperator(() => askShards(isonet, powers, "clearCache", [])),
    };
    isonet.commands(commands);
  }

  /** A service has ended, on whatever shard. */
  ended(address: Address): void {
    this.#services.delete(address);
    this.#powers.launched.ended(address);
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
    const shard = terms.isTrusted
      ? this.#powers.place(this.#nearOf(options))
      : await this.#powers.placeInCell(terms.owner);
    this.#powers.rights.checkRoom(launcher);
    const address = this.#powers.allocate(shard, terms.owner);
    const title = [options.name, ...args.map(argumentText)].join(" ").slice(0, titleUnitsMax);
    this.#services.set(address, { title, shard });
    const { name, modules } = options;
    this.#powers.launched.add(address, { terms, permits, launcher });
    try {
      const order = this.#orderFor(shard, { address, name, file, root, modules, terms });
      const isAlive = await this.#create(shard, order, args);
      if (!isAlive) return undefined;
      this.#powers.log(address, `LAUNCH ${title}`);
      return address;
    } catch (error) {
      this.ended(address);
      throw error;
    }
  }

  #orderFor(shard: number, order: LaunchOrder): LaunchOrder {
    try {
      return this.#powers.orderFor(shard, order);
    } catch (error) {
      this.#powers.release(order.address as Address);
      throw error;
    }
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
        order,
        ...args,
      )) as boolean;
    } catch (error) {
      const thrown = asThrown(error);
      if (!isCodedError(thrown) || thrown.code !== "CALL_TIMEOUT") {
        this.#powers.release(order.address as Address);
        throw thrown;
      }
      // The shard releases the address when it comes to the order to end the service.
      this.#powers.interrupt(order.address as Address, "dispose");
      this.#isonet.send(to, "lua", "kill", order.address);
      const who = `${order.name} (${formatAddress(order.address as Address)})`;
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
    for (const [place, control] of this.#powers.controls) if (place === shard) return control;
    throw new CodedError("ADDRESS_UNKNOWN", "no guest service has this address");
  }

  #list(): Record<string, string> {
    return Object.fromEntries(
      [...this.#services].map(([address, { title }]) => [this.#text(address), title]),
    );
  }

  #text(address: Address): string {
    return this.#isonet.address(address);
  }

  /**
   * Figures of all services, or of the one in the scope; a shard's failure stands for each of its
   * services.
   */
  async #figures<T>(command: string, scope: Scope = {}): Promise<Record<string, T | Missing>> {
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
      const answer = byShard.get(shard);
      if (answer === undefined || (address !== undefined && known !== address)) continue;
      const key = this.#text(known);
      const figure = typeof answer === "string" ? answer : answer[key];
      if (figure !== undefined) figures[key] = figure;
    }
    return figures;
  }

  /** What the host itself refused a service counts as refused, too. */
  async #stat(scope?: Scope): Promise<Record<string, ServiceFigures | Missing>> {
    const figures = await this.#figures<ServiceFigures>("stat", scope);
    for (const address of this.#services.keys()) {
      const key = this.#text(address);
      const own = figures[key];
      const refusals = this.#powers.launched.refusalsOf(address);
      if (refusals === 0 || own === undefined || typeof own === "string") continue;
      figures[key] = { ...own, refused: own.refused + refusals };
    }
    return figures;
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
      throw new CodedError(
        "ADDRESS_UNKNOWN",
        `no guest service has the address ${this.#text(address)}`,
      );
    }
    if (number === 0) this.#powers.interrupt(address, "interrupt");
    this.#isonet.send(this.#controlOf(launched.shard), "lua", "signal", address, number);
  }
}

function argumentText(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value, withBigints) ?? "");
  return (text === "" ? String(value) : text).slice(0, argumentUnitsMax);
}

/** JSON knows no bigint, and throws. */
function withBigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
