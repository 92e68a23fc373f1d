// Caller rights: what an untrusted service may ask of the host's services.
// Shard 0. Asked by launcher.ts, registry.ts and service-manager.ts with the source of a request,
// which the host has stamped.
// Invariant: whoever is not known to be trusted, or the host's own, is refused; each refusal is
// counted.

import type { Address, LaunchOptions } from "isonet";
import { formatAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { limits } from "../../wire/limits.ts";
import { anybody, type ServicePermits } from "../../wire/service-permits.ts";
import type { Launched, LaunchedService } from "./launched.ts";
import { coversAddress, netText } from "./net-pattern.ts";

/** Names that a host gives to its own services, also when it has not yet. */
const hostNames = new Set([
  ".logger",
  ".launcher",
  ".registry",
  ".service",
  ".console",
  ".hotfix",
  ".snax",
  ".socket",
  ".http",
  ".random",
]);

const ownLimits = [
  ["memoryMb", "memoryMb"],
  ["sliceMs", "sliceMs"],
  ["cpuPerSecondMs", "cpuPerSecondMs"],
  ["mailboxMax", "mailboxDepthMax"],
] as const;

export type CallerRightsParts = {
  readonly launched: Launched;
  readonly isHostOwn: (address: Address) => boolean;
  readonly resolveName: (name: string) => Address | undefined;
  readonly namesOf: (address: Address) => readonly string[];
};

export class CallerRights {
  readonly #parts: CallerRightsParts;

  constructor(parts: CallerRightsParts) {
    this.#parts = parts;
  }

  /** The untrusted service behind a request; undefined: one that may do everything. */
  #untrusted(source: Address | undefined): LaunchedService | undefined {
    if (source === undefined) return undefined;
    const { launched } = this.#parts;
    const caller = launched.get(source);
    if (caller !== undefined) return caller.terms.isTrusted ? undefined : caller;
    if (!launched.hasEnded(source)) return undefined;
    throw new CodedError(
      "CAPABILITY_MISSING",
      `service ${formatAddress(source)} may ask for nothing: it has ended`,
    );
  }

  /** For a command that no entry of `allow` gives: "list the services". */
  refuseUntrusted(source: Address | undefined, what: string): void {
    const caller = this.#untrusted(source);
    if (caller !== undefined) throw this.#refusal(caller, `${what}: allow cannot give that`);
  }

  /**
   * The options with which the caller's service is launched: its own owner and limits where it says
   * nothing. `permits` are those it asks for.
   */
  checkLaunch(
    source: Address | undefined,
    options: LaunchOptions,
    permits: ServicePermits,
  ): LaunchOptions {
    const caller = this.#untrusted(source);
    if (caller === undefined) return options;
    this.#checkCount(caller);
    const { owner } = caller;
    const given = (["near", "trust", "owner", "record"] as const).find(
      (key) => options[key] !== undefined && !isOwn(options[key], key, owner),
    );
    if (given !== undefined) {
      const what = `launch with ${given}: what it launches is untrusted, and its owner's`;
      throw this.#refusal(caller, what);
    }
    this.#checkWidth(caller, permits);
    const inherited: Record<string, number> = {};
    for (const [option, term] of ownLimits) {
      const own = caller.terms[term];
      const asked = options[option];
      if (own === 0) continue; // the caller has no such limit
      if (asked !== undefined && asked > own) {
        throw this.#refusal(caller, `launch with ${option} ${asked}: it has ${own} itself`);
      }
      inherited[option] = asked ?? own;
    }
    return { ...options, ...inherited, trust: "untrusted", owner };
  }

  /** The caller may launch one more service: asked again when time has passed. */
  checkRoom(source: Address | undefined): void {
    const caller = this.#untrusted(source);
    if (caller !== undefined) this.#checkCount(caller);
  }

  #checkCount(caller: LaunchedService): void {
    const { launched } = this.#parts;
    for (const { address, permits, count } of launched.chain(caller.address)) {
      if (count < permits.launchesMax) continue;
      const whose = address === caller.address ? "" : ` of ${formatAddress(address)} above it`;
      const what = `launch one more service: allow.launch${whose} is ${permits.launchesMax}`;
      throw this.#refusal(caller, what);
    }
    const count = launched.countOf(caller.owner);
    if (count < limits.ownerServicesMax) return;
    throw this.#refusal(
      caller,
      `launch one more service: ${count} of its owner's are alive (ownerServicesMax)`,
    );
  }

  /** Nobody gives away what it has not. */
  #checkWidth(caller: LaunchedService, asked: ServicePermits): void {
    const own = caller.permits;
    const refuse = (what: string): never => {
      throw this.#refusal(caller, `launch with allow.${what}, which its own allow does not cover`);
    };
    for (const [to, kinds] of asked.send) {
      const covered = new Set(own.send.get(to));
      if (this.#isAnybody(to)) for (const kind of own.send.get(anybody) ?? []) covered.add(kind);
      const isCovered = own.send.has(to) || covered.size > 0;
      if (isCovered && [...kinds].every((kind) => covered.has(kind))) continue;
      refuse(`send to ${typeof to === "string" ? to : formatAddress(to as Address)}`);
    }
    if (asked.launchesMax > own.launchesMax) refuse(`launch ${asked.launchesMax}`);
    if (asked.namesMax > own.namesMax) refuse(`names ${asked.namesMax}`);
    for (const key of asked.env) {
      if (!own.env.has(key) && !own.env.has(anybody)) refuse(`env ${key}`);
    }
    if (asked.net === undefined) return;
    if (own.net === undefined) return refuse("net");
    for (const way of ["connect", "listen"] as const) {
      for (const pattern of asked.net[way]) {
        if (coversAddress(own.net[way], pattern.host, pattern.port)) continue;
        refuse(`net.${way} ${netText(pattern)}`);
      }
    }
  }

  /** True when the service may act on everybody's sockets. */
  isTrusted(source: Address | undefined): boolean {
    return this.#untrusted(source) === undefined;
  }

  /** The caller connects to, or listens on an address; without a port: asks for its host. */
  checkNet(
    source: Address | undefined,
    way: "connect" | "listen",
    host: string,
    port?: number,
  ): void {
    const caller = this.#untrusted(source);
    if (caller === undefined) return;
    const { net } = caller.permits;
    if (net !== undefined && coversAddress(net[way], host, port)) return;
    const what = port === undefined ? host : netText({ host, port });
    const verb = port === undefined ? "resolve" : way === "connect" ? "connect to" : "listen on";
    throw this.#refusal(caller, `${verb} ${what}: allow.net.${way} does not name it`);
  }

  /** The service has tried what it may not, and nobody waits for an answer. */
  noteRefusal(source: Address): void {
    this.#parts.launched.noteRefusal(source);
  }

  /** True for what "*" covers now: a service that somebody has launched. */
  #isAnybody(to: string | number): boolean {
    const address = typeof to === "number" ? (to as Address) : this.#parts.resolveName(to);
    return address !== undefined && !this.#parts.isHostOwn(address);
  }

  checkKill(source: Address | undefined, target: Address): void {
    const caller = this.#untrusted(source);
    if (caller === undefined || target === caller.address) return;
    for (const { address } of this.#parts.launched.chain(target)) {
      if (address === caller.address) return;
    }
    throw this.#refusal(caller, `end ${String(target)}, which it has not launched`);
  }

  /** The caller gives `address` the name. */
  checkName(source: Address | undefined, name: unknown, address: unknown): void {
    const caller = this.#untrusted(source);
    if (caller === undefined) return;
    if (address !== caller.address) throw this.#refusal(caller, "name another service");
    if (hostNames.has(String(name))) {
      throw this.#refusal(caller, `take the name ${String(name)}: it is the host's`);
    }
    const { launched, namesOf } = this.#parts;
    const { namesMax } = caller.permits;
    if (namesOf(caller.address).length >= namesMax) {
      throw this.#refusal(caller, `take one more name: allow.names is ${namesMax}`);
    }
    let names = 0;
    for (const service of launched.untrustedOf(caller.owner))
      names += namesOf(service.address).length;
    if (names < limits.ownerNamesMax) return;
    throw this.#refusal(
      caller,
      `take one more name: its owner has ${names} (ownerNamesMax)`,
      "NAMES_FULL",
    );
  }

  /** The caller asks whom a name means: it may know of whom it may send to. */
  checkQuery(source: Address | undefined, name: unknown): void {
    const caller = this.#untrusted(source);
    if (caller === undefined) return;
    const text = String(name);
    if (this.#knows(caller, this.#parts.resolveName(text), [text])) return;
    throw this.#refusal(caller, `ask for the name ${text}: allow.send does not name it`);
  }

  /** The caller waits for the end of a service: of one that it may send to. */
  checkWatch(source: Address | undefined, target: Address): void {
    const caller = this.#untrusted(source);
    if (caller === undefined) return;
    if (this.#knows(caller, target, this.#parts.namesOf(target))) return;
    throw this.#refusal(caller, `watch ${String(target)}: allow.send does not name it`);
  }

  #knows(
    { permits, launcher, owner }: LaunchedService,
    address: Address | undefined,
    names: readonly string[],
  ): boolean {
    const { send } = permits;
    if (names.some((name) => send.has(name))) return true;
    if (address === undefined) return send.has(anybody);
    if (address === launcher || this.#parts.launched.get(address)?.owner === owner) return true;
    return send.has(address) || (send.has(anybody) && !this.#parts.isHostOwn(address));
  }

  /** The caller reads a setting. */
  checkSetting(source: Address | undefined, key: unknown): void {
    const caller = this.#untrusted(source);
    if (caller === undefined) return;
    const { env } = caller.permits;
    if (env.has(String(key)) || env.has(anybody)) return;
    throw this.#refusal(caller, `read the setting ${String(key)}: allow.env does not name it`);
  }

  #refusal(caller: LaunchedService, what: string, code: ErrorCode = "CAPABILITY_MISSING") {
    this.#parts.launched.noteRefusal(caller.address);
    const who = `service ${formatAddress(caller.address)} (owner ${caller.owner})`;
    return new CodedError(code, `${who} may not ${what}`);
  }
}

function isOwn(value: unknown, key: string, owner: string): boolean {
  if (key === "trust") return value === "untrusted";
  return key === "owner" && value === owner;
}
