// Services: starts, names and ends services, and reads settings, through the host's own services.
// Guest (and host services). Used by api.ts; thin callers of launcher, registry and service manager.
// Invariant: nothing here has power: what the host services refuse is refused.

import { makeAddress, wellKnown, type ServiceAddress } from "../wire/address.ts";
import { CodedError } from "../wire/coded-error.ts";
import type { Calls } from "./calls.ts";
import { destinationOf, type Target } from "./target.ts";

/** As much as the launcher itself allows; it always answers. */
const noTimeout = 0;

export class Services {
  readonly #calls: Calls;
  node = 0;
  self = 0;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  #host(localId: number, timeoutMs?: number): Target {
    const to = makeAddress(this.node, localId);
    return timeoutMs === undefined ? to : { to, timeoutMs };
  }

  #launcher(command: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.#calls.call(this.#host(wellKnown.launcher, noTimeout), "lua", [command, ...args]);
  }

  #registry(command: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.#calls.call(this.#host(wellKnown.registry), "lua", [command, ...args]);
  }

  newService(what: unknown, args: readonly unknown[]): Promise<unknown> {
    const options = typeof what === "string" ? { name: what } : what;
    return this.#launcher("launch", options, ...args);
  }

  uniqueService(name: string, args: readonly unknown[]): Promise<unknown> {
    const manager = this.#host(wellKnown.serviceManager, noTimeout);
    return this.#calls.call(manager, "lua", ["launch", name, args]);
  }

  queryService(name: string): Promise<unknown> {
    return this.#calls.call(this.#host(wellKnown.serviceManager), "lua", ["query", name]);
  }

  async kill(target: Target): Promise<void> {
    await this.#launcher("kill", await this.addressOf(target));
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
    const destination = destinationOf(target);
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
    return this.#registry("setEnv", key, String(value));
  }
}

/** The service manager's name for the one service of all nodes (reference §9.3). */
export function uniqueName(isGlobal: boolean, name: string): string {
  if (typeof name === "string" && name !== "") return isGlobal ? `@${name}` : name;
  throw new CodedError("ARGUMENT_INVALID", `a service's name is needed, not ${String(name)}`);
}
