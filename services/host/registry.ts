// Registry: the host service ".registry": names of services and settings of the host (reference
// §1.2, §1.8).
// Shard 0. Called by every service; tells every shard's control of each name.
// Invariant: a name resolves for its caller only once every shard knows it; it goes when its owner
// ends.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { utf8Length } from "../../wire/utf8.ts";
import type { RegistryCommands } from "../api/registry.ts";
import type { CallerRights } from "./caller-rights.ts";
import { askShards, type ShardControls } from "./shard-controls.ts";

/** The name table of shard 0, which decides. */
type Names = {
  readonly size: number;
  bind(name: string, address: never): boolean;
  resolve(name: string): number | undefined;
  release(address: never): void;
  namesOf(address: never): readonly string[];
  entries(): Iterable<[string, number]>;
};

export type RegistryPowers = ShardControls & {
  readonly names: Names;
  readonly isAlive: (address: Address) => boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly rights: CallerRights;
};

const namePattern = /^\.?[^\s\p{Cc}.:][^\s\p{Cc}:]*$/u;
const envKeyBytesMax = 256;
const envValueBytesMax = 65_536;
const envKeysMax = 4096;

export class Registry {
  readonly #isonet: typeof Isonet;
  readonly #powers: RegistryPowers;
  readonly #env: Map<string, string>;

  constructor(isonet: typeof Isonet, powers: RegistryPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
    this.#env = new Map(Object.entries(powers.env));
    const { rights } = powers;
    const source = (): Address | undefined => isonet.context()?.source;
    const commands: { [K in keyof RegistryCommands]: (...args: never[]) => unknown } = {
      register: (name: string, address: Address) => {
        rights.checkName(source(), name, address);
        return this.#register(name, address);
      },
      query: (name: string) => {
        rights.checkQuery(source(), name);
        return powers.names.resolve(name);
      },
      names: () => {
        rights.refuseUntrusted(source(), "list the names");
        return this.#list();
      },
      getEnv: (key: string) => {
        rights.checkSetting(source(), key);
        return this.#env.get(key);
      },
      setEnv: (key: unknown, value: unknown) => {
        rights.refuseUntrusted(source(), `make the setting ${String(key)}`);
        this.#setEnv(key, value);
      },
    };
    isonet.commands(commands);
  }

  /** Gives a host service its name, before any guest can take it. */
  bindOwn(name: string, address: Address): void {
    this.#powers.names.bind(name, address as never);
    for (const [, control] of this.#powers.controls) {
      this.#isonet.send(control, "lua", "bind", name, address);
    }
  }

  /** A service has ended, on whatever shard: its names are free again, everywhere. */
  ended(address: Address): void {
    if (this.#powers.names.namesOf(address as never).length === 0) return;
    this.#powers.names.release(address as never);
    for (const [, control] of this.#powers.controls) {
      this.#isonet.send(control, "lua", "unbind", address);
    }
  }

  async #register(name: unknown, address: Address): Promise<void> {
    const { names, isAlive } = this.#powers;
    const valid = checkName(name);
    if (typeof address !== "number" || !isAlive(address)) {
      throw new CodedError(
        "ADDRESS_DEAD",
        `no living service has the address ${this.#text(address)}`,
      );
    }
    if (names.size >= limits.namesMax) {
      throw new CodedError("NAMES_FULL", `the host has ${names.size} names (namesMax)`);
    }
    if (!names.bind(valid, address as never)) {
      const owner = this.#text(names.resolve(valid) as Address);
      throw new CodedError(
        "NAME_TAKEN",
        `${owner} has the name ${valid}; it keeps it until it ends`,
      );
    }
    // Without a time of its own: a shard leaves out requests that came too late, and would never
    // know the name.
    await askShards(this.#isonet, this.#powers, "bind", [valid, address], 0);
    // It may have ended while the shards were told; what is bound to it is bound to nobody.
    if (!isAlive(address)) this.ended(address);
  }

  #list(): Record<string, string> {
    const entries = [...this.#powers.names.entries()];
    return Object.fromEntries(
      entries.map(([name, address]) => [name, this.#text(address as Address)]),
    );
  }

  #text(address: Address): string {
    return typeof address === "number" ? this.#isonet.address(address) : String(address);
  }

  #setEnv(key: unknown, value: unknown): void {
    if (typeof key !== "string" || key === "" || key.length > envKeyBytesMax || /\s/.test(key)) {
      throw new CodedError(
        "ARGUMENT_INVALID",
        `a setting's key is text of 1 to ${envKeyBytesMax} characters without blanks`,
      );
    }
    if (typeof value !== "string" || value.length > envValueBytesMax) {
      throw new CodedError(
        "ARGUMENT_INVALID",
        `a setting's value is text of up to ${envValueBytesMax} characters`,
      );
    }
    if (this.#env.has(key)) throw new CodedError("ENV_EXISTS", `Can't setenv exist key : ${key}`);
    if (this.#env.size >= envKeysMax) {
      throw new CodedError(
        "ARGUMENT_INVALID",
        `the host has ${envKeysMax} settings, all it may have`,
      );
    }
    this.#env.set(key, value);
  }
}

/** ".name" for this node, "name" for all; a name that reads as an address is none. */
function checkName(name: unknown): string {
  const isText = typeof name === "string" && namePattern.test(name) && !/^[0-9]+$/.test(name);
  if (isText && utf8Length(name) <= limits.nameBytesMax) return name;
  throw new CodedError(
    "NAME_INVALID",
    `${JSON.stringify(name)} is no name: 1 to ${limits.nameBytesMax} bytes without blanks ` +
      `and colons, not only digits, with a dot in front for a local name`,
  );
}
