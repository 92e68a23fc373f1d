// Services: starts, names and ends services, and reads settings, through the host's own services.
// Guest (and host services). Used by api.ts; thin callers of launcher, registry and service
// manager.
// Invariant: nothing here has power: what the host services refuse is refused.

import { makeAddress, wellKnown, type ServiceAddress } from "../wire/address.ts";
import { asThrown, CodedError } from "../wire/coded-error.ts";
import { PromisePrototypeThen, SafeString } from "../wire/primordials.ts";
import type { Calls } from "./calls.ts";
import type { Target } from "./target.ts";

/** As much as the launcher itself allows; it always answers. */
const noTimeout = 0;

export class Services {
  readonly #calls: Calls;
  node = 0;
  self = 0;
  ownName = "";

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Calls a host service; its error codes reach the author as they are. */
  #host(localId: number, values: readonly unknown[], timeoutMs?: number): Promise<unknown> {
    const to = makeAddress(this.node, localId);
    const reply = this.#calls.call(timeoutMs === undefined ? to : { to, timeoutMs }, "lua", values);
    return PromisePrototypeThen(reply, keep, throwAsThrown);
  }

  #registry(...values: readonly unknown[]): Promise<unknown> {
    return this.#host(wellKnown.registry, values);
  }

  newService(what: unknown, args: readonly unknown[]): Promise<unknown> {
    const options = typeof what === "string" ? { name: what } : what;
    const values: unknown[] = ["launch", options];
    for (let index = 0; index < args.length; index++) values[index + 2] = args[index];
    return this.#host(wellKnown.launcher, values, noTimeout);
  }

  uniqueService(name: string, args: readonly unknown[]): Promise<unknown> {
    return this.#host(wellKnown.serviceManager, ["launch", name, args], noTimeout);
  }

  queryService(name: string): Promise<unknown> {
    return this.#host(wellKnown.serviceManager, ["query", name]);
  }

  async kill(target: Target): Promise<void> {
    const address = await this.addressOf(target);
    await this.#host(wellKnown.launcher, ["kill", address], noTimeout);
  }

  /** Waits for an end, however long the service lives. */
  async monitor(target: Target): Promise<unknown> {
    const address = await this.addressOf(target);
    return this.#host(wellKnown.launcher, ["monitor", address], Infinity);
  }

  /** Orders about a snax service: ".snax" looks at who asks. */
  snax(order: "kill" | "hotfix", ...values: readonly unknown[]): Promise<unknown> {
    const sent: unknown[] = [order];
    for (let index = 0; index < values.length; index++) sent[index + 1] = values[index];
    return this.#host(wellKnown.snax, sent);
  }

  register(name: string): Promise<unknown> {
    return this.#registry("register", name, this.self);
  }

  async name(name: string, target: Target): Promise<void> {
    await this.#registry("register", name, await this.addressOf(target));
  }

  localName(name: string): Promise<unknown> {
    return this.#registry("query", name);
  }

  /** Fails with NAME_UNKNOWN. */
  async addressOf(target: Target): Promise<number> {
    const destination = this.#calls.destinationOf(target);
    if (typeof destination === "number") return destination;
    const address = await this.#registry("query", destination);
    if (address === undefined) {
      throw new CodedError("NAME_UNKNOWN", `no service has the name ${destination}`);
    }
    return address as ServiceAddress;
  }

  getEnv(key: string): Promise<unknown> {
    return this.#registry("getEnv", key);
  }

  setEnv(key: string, value: unknown): Promise<unknown> {
    return this.#registry("setEnv", key, SafeString(value));
  }
}

const keep = (value: unknown): unknown => value;

function throwAsThrown(error: unknown): never {
  throw asThrown(error);
}

/** The service manager's name for the one service of all nodes (reference §9.3). */
export function uniqueName(isGlobal: boolean, name: string): string {
  if (typeof name === "string" && name !== "") return isGlobal ? `@${name}` : name;
  throw new CodedError("ARGUMENT_INVALID", `a service's name is needed, not ${typeof name}`);
}
