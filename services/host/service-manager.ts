// Service manager: the host service ".service": services of which there is one by name (reference
// §9.3).
// Shard 0. Called by uniqueService and queryService of every service, and by the console.
// Invariant: a name is launched once, whoever asks first; a failed launch stays failed with its
// text.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { CodedError } from "../../wire/coded-error.ts";
import type { CallerRights } from "./caller-rights.ts";
import type { ServiceManagerCommands } from "../api/service-manager.ts";

type Unique =
  | { readonly kind: "ready"; readonly address: Address }
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "starting"; readonly by: Address | undefined };

const tickMs = 10;
const uniqueMax = 65_536;

export class ServiceManager {
  readonly #isonet: typeof Isonet;
  readonly #queryTicks: number;
  readonly #unique = new Map<string, Unique>();
  /** Tokens of the threads that wait for a name, with who asked. */
  readonly #waiting = new Map<string, Map<object, Address | undefined>>();

  constructor(
    isonet: typeof Isonet,
    powers: { readonly callTimeoutMs: number; readonly rights: CallerRights },
  ) {
    this.#isonet = isonet;
    this.#queryTicks = Math.ceil(powers.callTimeoutMs / tickMs);
    const asTrusted =
      <A extends never[]>(act: (...args: A) => unknown) =>
      (...args: A): unknown => {
        powers.rights.refuseUntrusted(isonet.context()?.source, "use unique services");
        return act(...args);
      };
    const commands: { [K in keyof ServiceManagerCommands]: (...args: never[]) => unknown } = {
      launch: asTrusted((name: string, args: readonly unknown[]) => this.#launch(name, args)),
      query: asTrusted((name: string) => this.#query(name)),
      list: asTrusted(() => this.#list()),
    };
    isonet.commands(commands);
  }

  async #launch(name: string, args: readonly unknown[]): Promise<Address> {
    if (typeof name !== "string" || !Array.isArray(args)) {
      throw new CodedError("ARGUMENT_INVALID", "uniqueService needs a name and arguments");
    }
    if (this.#unique.has(name)) return this.#ready(name, 0);
    if (this.#unique.size >= uniqueMax) {
      throw new CodedError(
        "UNIQUE_FAILED",
        `the host has ${uniqueMax} unique services, all it may have`,
      );
    }
    this.#unique.set(name, { kind: "starting", by: this.#isonet.context()?.source });
    const outcome = await this.#start(name, args);
    this.#unique.set(name, outcome);
    for (const token of this.#waiting.get(name)?.keys() ?? []) this.#isonet.wakeup(token);
    return addressOf(name, outcome);
  }

  async #start(name: string, args: readonly unknown[]): Promise<Unique> {
    // One for all nodes is one for this node, as long as there is one node.
    const service = name.startsWith("@") ? name.slice(1) : name;
    try {
      const address = await this.#isonet.newService(service, ...args);
      if (address !== undefined) return { kind: "ready", address };
      return { kind: "failed", text: `${service} exited while it was starting` };
    } catch (error) {
      return { kind: "failed", text: error instanceof Error ? error.message : String(error) };
    }
  }

  async #query(name: string): Promise<Address> {
    if (typeof name !== "string")
      throw new CodedError("ARGUMENT_INVALID", "queryService needs a name");
    return this.#ready(name, this.#queryTicks);
  }

  /** Waits until the launch is over; 0 ticks: as long as it takes. */
  async #ready(name: string, ticks: number): Promise<Address> {
    const known = this.#unique.get(name);
    if (known !== undefined && known.kind !== "starting") return addressOf(name, known);
    const token = {};
    const waiting = this.#waiting.get(name) ?? new Map<object, Address | undefined>();
    this.#waiting.set(name, waiting.set(token, this.#isonet.context()?.source));
    await (ticks === 0 ? this.#isonet.wait(token) : this.#isonet.sleep(ticks, token));
    waiting.delete(token);
    if (waiting.size === 0) this.#waiting.delete(name);
    return addressOf(name, this.#unique.get(name));
  }

  #list(): Record<string, string> {
    const names = new Set([...this.#unique.keys(), ...this.#waiting.keys()]);
    return Object.fromEntries([...names].map((name) => [name, this.#describe(name)]));
  }

  #describe(name: string): string {
    const unique = this.#unique.get(name);
    if (unique?.kind === "ready") return this.#isonet.address(unique.address);
    if (unique?.kind === "failed") return `Error: ${unique.text}`;
    const text = (address: Address | undefined): string =>
      address === undefined ? "nobody" : this.#isonet.address(address);
    const waiting = [...(this.#waiting.get(name)?.values() ?? [])].map(text).join(", ");
    const launching = unique === undefined ? "" : `Launching from ${text(unique.by)}; `;
    return `${launching}Querying: ${waiting === "" ? "nobody" : waiting}`;
  }
}

function addressOf(name: string, unique: Unique | undefined): Address {
  if (unique?.kind === "ready") return unique.address;
  if (unique?.kind === "failed") {
    throw new CodedError(
      "UNIQUE_FAILED",
      `unique service ${name} failed when it was first launched: ${unique.text}`,
    );
  }
  throw new CodedError("CALL_TIMEOUT", `nobody has launched the unique service ${name} in time`);
}
