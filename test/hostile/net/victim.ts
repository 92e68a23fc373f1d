// Victim: a host in a process of its own, as the test that abuses it sees it.
// Test process: the attackers are here, so that what the host's process grows by is the host's.
// Invariant: an order is answered, or fails with the code of its error or the end of the process.

import type { Address, LaunchOptions } from "isonet";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { hostFlags } from "../../kit/node-flags.ts";
import type { VictimAnswer, VictimFigures, VictimOrder } from "./victim-process.ts";

const entry = path.join(import.meta.dirname, "victim-process.ts");

type Order = VictimOrder extends infer O ? (O extends unknown ? Omit<O, "id"> : never) : never;

export class Victim {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #services = new Set<Address>();
  #lastId = 0;
  #end: string | undefined;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    child.on("message", (answer: VictimAnswer) => this.#answered(answer));
    child.on("exit", (code, signal) => {
      this.#end = `the host's process ended by ${signal ?? `exit code ${code}`}`;
      for (const { reject } of this.#waiting.values()) reject(new Error(this.#end));
      this.#waiting.clear();
    });
  }

  static async start(): Promise<Victim> {
    const folder = mkdtempSync(path.join(tmpdir(), "isonet-victim-"));
    const log = path.join(folder, "host.log");
    const child = fork(entry, [log], { execArgv: [...hostFlags, "--expose-gc"] });
    const victim = new Victim(child, folder);
    const started = Promise.withResolvers<unknown>();
    victim.#waiting.set(0, started);
    await started.promise;
    return victim;
  }

  /** True while its process is there. */
  get isAlive(): boolean {
    return this.#end === undefined;
  }

  /** What the host has logged. */
  get log(): string {
    return readFileSync(path.join(this.#folder, "host.log"), "utf8");
  }

  #answered({ id, value, error }: VictimAnswer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(Object.assign(new Error(error.message), { code: error.code }));
  }

  async #tell(order: Order): Promise<unknown> {
    if (this.#end !== undefined) throw new Error(this.#end);
    const answer = Promise.withResolvers<unknown>();
    const id = ++this.#lastId;
    this.#waiting.set(id, answer);
    this.#child.send({ id, ...order });
    return answer.promise;
  }

  async launch(options: string | LaunchOptions, ...args: unknown[]): Promise<Address> {
    const given = typeof options === "string" ? { name: options } : options;
    const address = (await this.#tell({ kind: "launch", options: given, args })) as Address;
    this.#services.add(address);
    return address;
  }

  async call<T>(to: Address | string, ...values: unknown[]): Promise<T> {
    return (await this.#tell({ kind: "call", to, values })) as T;
  }

  async kill(address: Address): Promise<void> {
    this.#services.delete(address);
    await this.#tell({ kind: "kill", address });
  }

  /** Every service that was launched here, so that no test finds another one's. */
  async killAll(): Promise<void> {
    await Promise.all([...this.#services].map((address) => this.kill(address)));
  }

  async figures(...services: Address[]): Promise<VictimFigures> {
    return (await this.#tell({ kind: "figures", services })) as VictimFigures;
  }

  /** As it is at this moment, garbage and all. */
  async memory(): Promise<Pick<VictimFigures, "rssMib" | "heapMib" | "externalMib">> {
    return (await this.#tell({ kind: "memory" })) as VictimFigures;
  }

  /** Stops the host in good order: fails when that takes too long. */
  async stop(): Promise<void> {
    if (this.#end === undefined) {
      const exit = once(this.#child, "exit");
      await this.#tell({ kind: "stop" });
      this.#child.kill("SIGKILL");
      await exit;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
