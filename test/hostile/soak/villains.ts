// Villains: hostile services of a soak: a script of the corpus each, some at a time.
// The process of the soak.
// Invariant: each is ended when its script has been given its time.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { serviceSource } from "../runner/script-source.ts";
import { outcomeOf, type Failure } from "../runner/verdict.ts";
import type { Random } from "../../kit/random.ts";

const corpus = path.join(import.meta.dirname, "../corpus");
const runMs = 5000;
const allow = { send: ["*"], launch: 4, names: 4, env: ["*"] } as const;
const owners = 12; // few enough for repeated offenders

export class Villains {
  readonly #isonet: typeof Isonet;
  readonly #random: Random;
  readonly #names: readonly string[];
  readonly outcomes: Record<string, number> = {};
  running = 0;

  /** `folder`: of the services, where their texts are written. */
  constructor(isonet: typeof Isonet, random: Random, folder: string) {
    this.#isonet = isonet;
    this.#random = random;
    this.#names = readdirSync(corpus).filter((name) => name.endsWith(".js"));
    for (const name of this.#names) {
      const text = readFileSync(path.join(corpus, name), "utf8");
      writeFileSync(path.join(folder, `hostile-${name}`), serviceSource({ name, text }));
    }
  }

  /** Lets one loose, until it has answered or its time is over. */
  async loose(): Promise<void> {
    const name = `hostile-${path.basename(this.#random.pick(this.#names), ".js")}`;
    const owner = `villain ${this.#random.upTo(owners)}`;
    this.running++;
    let address: Address | undefined;
    let failure: Failure | undefined;
    try {
      address = await this.#isonet.newService({ name, trust: "untrusted", owner, allow });
      if (address !== undefined) {
        await this.#isonet.call({ to: address, timeoutMs: runMs }, "lua", "run");
      }
    } catch (error) {
      const { code = "", remoteCode = "", message } = error as Error & Partial<Failure>;
      failure = { code, remoteCode, text: message };
    }
    if (address !== undefined) await this.#isonet.kill(address).catch(() => {});
    this.running--;
    const outcome = outcomeOf(failure);
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }
}
