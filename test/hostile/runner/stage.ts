// Stage: a live host for hostile scripts: innocents outside the script's cell, and some inside it.
// The process of the runner's host; the benches and the runner use it.
// Invariant: the cells of the outer innocents are full, so that every script lands in the third
// one, beside its neighbours.

import { setTimeout as pause } from "node:timers/promises";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Address, LaunchOptions } from "isonet";
import { Host } from "../../../src/host.ts";
import type { HostOptions } from "../../../src/options.ts";
import { Circle, innocentRate } from "./circle.ts";
import { residentMb } from "./processes.ts";

export type StageOptions = {
  readonly sliceMs: number;
  readonly cellStallMs: number;
  /** Without the innocents' rate, for which each script needs its time. */
  readonly isBrief: boolean;
};

const perCell = 5;
const outerOwners = ["ann", "bob"];
const trustedCount = 10;
const neighbourCount = 3;
const backMsMax = 8000;
const pollMs = 10;
const quietMs = 1000;
const dueRate = innocentRate * trustedCount * 2;
const quietTimes = 3;
/** On the default terms: what the host promises, it promises for those. */
const innocent = {
  name: "innocent",
  trust: "untrusted",
  allow: { send: ["*"] },
} as const;
/** So that an attack gets as far as it can: by default it may do none of this. */
const allowed = { send: ["*"], launch: 8, names: 8, env: ["*"] } as const;

export class Stage {
  readonly host: Host;
  readonly outer: Circle;
  readonly neighbours: Circle;
  readonly #folder: string;
  #logRead = 0;
  #scripts = 0;
  #quietRate = 0;

  private constructor(host: Host, folder: string) {
    this.host = host;
    this.#folder = folder;
    this.outer = new Circle(host.isonet);
    this.neighbours = new Circle(host.isonet);
  }

  static async open({ sliceMs, cellStallMs, isBrief }: StageOptions): Promise<Stage> {
    const folder = mkdtempSync(path.join(tmpdir(), "isonet-hostile-"));
    const services = path.join(import.meta.dirname, "../services/?.ts");
    const options: HostOptions = {
      shards: 1,
      console: false,
      cells: outerOwners.length + 1,
      cellServicesMax: perCell,
      cellStallMs,
      sliceMs,
      startMsMax: 5000,
      log: { file: path.join(folder, "host.log"), level: "info" },
      servicePath: [services, path.join(folder, "?.js")],
    };
    const stage = new Stage(await Host.start(options), folder);
    await stage.#populate();
    await stage.#measureQuiet(isBrief ? 1 : quietTimes);
    return stage;
  }

  async #populate(): Promise<void> {
    for (const owner of outerOwners) {
      for (let left = perCell; left > 0; left--) {
        await this.outer.add({ ...innocent, owner });
        await this.outer.add({ name: "innocent" });
      }
    }
    if (this.outer.addresses.length !== trustedCount * 2)
      throw new Error("20 innocents are wanted");
    const terms: LaunchOptions = {
      ...innocent,
      owner: "neighbour",
      restart: { policy: "on-crash", restartsMax: 1000, backoffMs: 20, backoffMsMax: 100 },
    };
    for (let left = neighbourCount; left > 0; left--) await this.neighbours.add(terms);
  }

  /**
   * The best of them, in the first compilers are at work; but not what was made up for of a delay
   * before.
   */
  async #measureQuiet(times: number): Promise<void> {
    for (let left = times; left > 0; left--) {
      await this.begin();
      await pause(quietMs);
      const { ratePerSecond } = await this.outer.settle();
      this.#quietRate = Math.max(this.#quietRate, Math.min(ratePerSecond, dueRate));
      await this.neighbours.settle();
    }
  }

  async begin(): Promise<void> {
    await Promise.all([this.outer.begin(), this.neighbours.begin()]);
  }

  /** As a share of what the innocents do in quiet. */
  rate(perSecond: number): number {
    return perSecond / this.#quietRate;
  }

  /** Launches a hostile service of an owner of its own. Fails as newService does. */
  launch(source: string): Promise<Address | undefined> {
    const name = `script-${++this.#scripts}`;
    writeFileSync(path.join(this.#folder, `${name}.js`), source);
    const owner = `owner of ${name}`;
    return this.host.isonet.newService({ name, trust: "untrusted", owner, allow: allowed });
  }

  /** Ends the script's service, and those that it has launched. */
  async clear(): Promise<void> {
    const { isonet } = this.host;
    const kept = new Set([...this.outer.addresses, ...this.neighbours.addresses]);
    const alive = (await isonet.call(".launcher", "lua", "list")) as Record<string, string>;
    const others = Object.keys(alive)
      .map((text) => isonet.parseAddress(text) as Address)
      .filter((address) => !kept.has(address));
    await Promise.allSettled(others.map((address) => isonet.kill(address)));
  }

  /** Milliseconds until all neighbours answer; -1: they do not. */
  async neighboursBackMs(): Promise<number> {
    const start = performance.now();
    while (performance.now() - start < backMsMax) {
      if (await this.neighbours.answers(backMsMax)) return Math.round(performance.now() - start);
      await pause(pollMs);
    }
    return -1;
  }

  /** True when the host's own services answer in time. */
  async isAlive(timeoutMs: number): Promise<boolean> {
    const asked = this.host.isonet.call({ to: ".launcher", timeoutMs }, "lua", "list");
    return asked.then(
      () => true,
      () => false,
    );
  }

  /** What the log says since the last look. */
  newLog(): string {
    const file = path.join(this.#folder, "host.log");
    const { size } = statSync(file);
    const text = readFileSync(file).subarray(this.#logRead, size).toString("latin1");
    this.#logRead = size;
    return text;
  }

  residentMb(): number {
    return residentMb();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
