// Soak: one run: a host, its population, the villains, and what chance makes of them.
// The process of the soak.
// Invariant: every period ends with a settlement: all are silent, and the accounts must be even.

import { setTimeout as pause } from "node:timers/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { residentBytes } from "../../../src/cell/process-figures.ts";
import { Host } from "../../../src/host.ts";
import { Random } from "../../kit/random.ts";
import type { Totals } from "../runner/accounts.ts";
import { childPids } from "../runner/processes.ts";
import { memoryOf, type Sample, type SoakFigures } from "./figures.ts";
import { LeakCheck } from "./leak-check.ts";
import { Population } from "./population.ts";
import { Villains } from "./villains.ts";

export type SoakOrder = {
  readonly seed: number;
  readonly minutes: number;
  readonly say: (text: string) => void;
};

const sizeMin = 12;
const sizeMax = 40;
const villainsMax = 2;
const stepMsMax = 200;
const periodMs = 10_000;
const mib = 1024 * 1024;

export class Soak {
  readonly #order: SoakOrder;
  readonly #random: Random;
  readonly #samples: Sample[] = [];
  readonly #losses: string[] = [];
  readonly #failed: Record<string, number> = {};
  #sent = 0;
  #delivered = 0;
  #lost = 0;

  constructor(order: SoakOrder) {
    this.#order = order;
    this.#random = new Random(order.seed);
  }

  async run(): Promise<SoakFigures> {
    const check = new LeakCheck();
    const folder = mkdtempSync(path.join(tmpdir(), "isonet-soak-"));
    const services = path.join(import.meta.dirname, "../services/?.ts");
    const host = await Host.start({
      console: false,
      cells: 3,
      startMsMax: 5000,
      log: { file: path.join(folder, "host.log"), level: "info" },
      servicePath: [services, path.join(folder, "?.js")],
    });
    const population = new Population(host.isonet, this.#random);
    const villains = new Villains(host.isonet, this.#random, folder);
    await this.#live(population, villains);
    const hasStopped = await host.stop();
    rmSync(folder, { recursive: true, force: true });
    const leaks = await check.leaks(hasStopped);
    return { ...this.#figures(population, villains), leaks };
  }

  async #live(population: Population, villains: Villains): Promise<void> {
    const startMs = performance.now();
    const endMs = startMs + this.#order.minutes * 60_000;
    while (population.size < sizeMin) await population.launch();
    while (performance.now() < endMs) {
      await population.begin();
      const periodEndMs = performance.now() + periodMs;
      while (performance.now() < periodEndMs) {
        this.#act(population, villains);
        await pause(this.#random.upTo(stepMsMax));
      }
      const totals = await population.settle();
      this.#account(totals, population.size);
      this.#sample((performance.now() - startMs) / 1000, population.size);
    }
    while (villains.running > 0) await pause(stepMsMax);
    this.#account(await population.settle(), population.size);
  }

  #act(population: Population, villains: Villains): void {
    const { size } = population;
    const chance = this.#random.next();
    if (chance < 0.3 && villains.running < villainsMax) void villains.loose();
    else if (chance < 0.5 && size < sizeMax) void population.launch();
    else if (chance < 0.65 && size > sizeMin) void population.end();
    else if (size > 0) void population.turn();
  }

  /** A call to one that lives and without a reply in 30 s is a loss as well. */
  #account(totals: Totals, services: number): void {
    this.#sent += totals.sent;
    this.#delivered += totals.delivered;
    for (const [code, count] of Object.entries(totals.codes)) {
      this.#failed[code] = (this.#failed[code] ?? 0) + count;
    }
    const lost = totals.lost + (totals.codes["CALL_TIMEOUT"] ?? 0);
    if (lost === 0) return;
    this.#lost += lost;
    this.#losses.push(`${lost} among ${services}: ${totals.firstError}`);
  }

  #sample(atSeconds: number, services: number): void {
    const pids = childPids();
    const cellsMb = pids.reduce((sum, pid) => sum + (residentBytes(pid) ?? 0), 0) / mib;
    const sample = {
      atSeconds: Math.round(atSeconds),
      hostMb: Math.round(process.memoryUsage.rss() / mib),
      cellsMb: Math.round(cellsMb),
      cells: pids.length,
      services,
    };
    this.#samples.push(sample);
    const { hostMb, cells } = sample;
    const counts = `sent ${this.#sent}, delivered ${this.#delivered}, lost ${this.#lost}`;
    const memory = `host ${hostMb} MiB, ${cells} cells ${sample.cellsMb} MiB`;
    const failed = JSON.stringify(this.#failed);
    this.#order.say(`${sample.atSeconds} s: ${services} services, ${counts}, ${failed}, ${memory}`);
  }

  #figures(population: Population, villains: Villains): Omit<SoakFigures, "leaks"> {
    const { seed, minutes } = this.#order;
    const { launched, ended, restarted } = population;
    return {
      seed,
      minutes,
      launched,
      ended,
      restarted,
      hostile: villains.outcomes,
      sent: this.#sent,
      delivered: this.#delivered,
      failed: this.#failed,
      lost: this.#lost,
      losses: this.#losses,
      hostMb: memoryOf(this.#samples, ({ hostMb }) => hostMb),
      cellMb: memoryOf(this.#samples, ({ cellsMb, cells }) => Math.round(cellsMb / cells)),
      samples: this.#samples,
    };
  }
}
