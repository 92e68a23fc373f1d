// Supervisor: what it does about each end, with a clock, a chance and services of the test's own.

import type { Address } from "isonet";
import { describe, expect, test } from "vitest";
import { restartTerms } from "../../../services/host/restart-terms.ts";
import { Supervisor, type Rebirth } from "../../../services/host/supervisor.ts";
import { CodedError } from "../../../wire/coded-error.ts";
import type { ErrorCode } from "../../../wire/error-codes.ts";
import type { ServiceEnding } from "../../../wire/service-ending.ts";

const address = 0x0100_0101 as Address;

type Timer = { readonly atMs: number; readonly act: () => void };

/** One supervised service, whose restarts wait until the test settles them. */
class Kit {
  readonly told: unknown[] = [];
  readonly lines: string[] = [];
  readonly rebirths: Rebirth[] = [];
  readonly exports: PromiseWithResolvers<Uint8Array>[] = [];
  readonly timers = new Set<Timer>();
  readonly supervisor: Supervisor;
  start = Promise.withResolvers<void>();
  nowMs = 0;

  constructor(terms: object = {}) {
    this.supervisor = new Supervisor({
      nowMs: () => this.nowMs,
      random: () => 0,
      after: (ms, act) => {
        const timer = { atMs: this.nowMs + ms, act };
        this.timers.add(timer);
        return () => void this.timers.delete(timer);
      },
      exportState: () => {
        const asked = Promise.withResolvers<Uint8Array>();
        this.exports.push(asked);
        return asked.promise;
      },
      restart: (_address, rebirth) => {
        this.rebirths.push(rebirth);
        this.start = Promise.withResolvers();
        return this.start.promise;
      },
      onCrash: (_address, { code }) => this.told.push(["crashed", code]),
      onGone: (_address, { code }) => this.told.push(["gone", code]),
      log: (_address, text) => this.lines.push(text),
    });
    const restart = { policy: "on-crash" as const, ...terms };
    this.supervisor.watch(address, restartTerms({ name: "any", restart }));
  }

  static running(terms?: object): Kit {
    const kit = new Kit(terms);
    kit.supervisor.started(address);
    return kit;
  }

  /** Time goes on; what is due is done, and what follows at once from it. */
  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const timer of Array.from(this.timers)) {
      if (timer.atMs > this.nowMs || !this.timers.delete(timer)) continue;
      timer.act();
    }
    await settled();
  }

  end(code: ErrorCode, fields: Partial<ServiceEnding> = {}): boolean {
    const incarnation = this.rebirths.length;
    const ending = { code, text: "", isKept: true, hasExited: false, incarnation, ...fields };
    return this.supervisor.ended(address, ending);
  }

  async ready(): Promise<void> {
    this.start.resolve();
    await settled();
  }

  async fails(code: ErrorCode): Promise<void> {
    this.start.reject(new CodedError(code, ""));
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let round = 0; round < 10; round++) await Promise.resolve();
}

describe("a service that crashes", () => {
  test("is restarted after its wait, as its next life", async () => {
    const kit = Kit.running();

    expect(kit.end("CELL_LOST")).toBe(true);
    expect(kit.supervisor.isWaiting(address)).toBe(true);
    await kit.pass(99);
    expect(kit.rebirths).toEqual([]);
    await kit.pass(1);
    expect(kit.rebirths).toEqual([{ incarnation: 1, state: undefined }]);
    await kit.ready();

    expect(kit.told).toEqual([["crashed", "CELL_LOST"]]);
    expect(kit.supervisor.restartsOf(address)).toBe(1);
    expect(kit.supervisor.isWaiting(address)).toBe(false);
  });

  test("because a neighbour took the cell along is restarted at once, the first time", async () => {
    const kit = Kit.running();
    kit.end("CELL_LOST", { isInnocent: true });
    await kit.pass(0);
    await kit.ready();
    kit.end("CELL_LOST", { isInnocent: true });
    await kit.pass(199);

    expect(kit.rebirths.map(({ incarnation }) => incarnation)).toEqual([1]);
    await kit.pass(1);
    expect(kit.rebirths.map(({ incarnation }) => incarnation)).toEqual([1, 2]);
  });

  test("before its creator was answered is restarted once that is done", () => {
    const kit = new Kit();
    expect(kit.end("MEMORY_LIMIT")).toBe(true);
    expect(kit.told).toEqual([]);

    kit.supervisor.started(address);

    expect(kit.told).toEqual([["crashed", "MEMORY_LIMIT"]]);
  });

  test("while it is restarted counts once, although its start and its shard both tell of it", async () => {
    const kit = Kit.running();
    kit.end("MEMORY_LIMIT");
    await kit.pass(100);
    kit.end("SERVICE_INIT_FAILED");
    await kit.fails("SERVICE_INIT_FAILED");
    kit.end("SERVICE_INIT_FAILED");
    await kit.pass(200);
    kit.end("SERVICE_INIT_FAILED", { incarnation: 1 }); // late news of the life before
    await kit.ready();

    expect(kit.told).toEqual([
      ["crashed", "MEMORY_LIMIT"],
      ["crashed", "SERVICE_INIT_FAILED"],
    ]);
    expect(kit.supervisor.restartsOf(address)).toBe(2);
  });

  test("too often is given up, and says so in the log", async () => {
    const kit = Kit.running({ restartsMax: 1 });
    kit.end("MEMORY_LIMIT");
    await kit.pass(100);
    await kit.fails("ISOLATE_CEILING");

    expect(kit.told).toEqual([
      ["crashed", "MEMORY_LIMIT"],
      ["gone", "RESTART_LIMIT"],
    ]);
    expect(kit.lines.at(-1)).toMatch(/^given up: .*ISOLATE_CEILING/);
    expect(kit.end("MEMORY_LIMIT")).toBe(false);
  });
});

describe("a service that ends for good", () => {
  test("is left to the launcher when its shard has not kept its address", () => {
    const kit = Kit.running();

    expect(kit.end("ADDRESS_DEAD", { isKept: false })).toBe(false);
    expect(kit.end("ADDRESS_DEAD")).toBe(false);
  });

  test("because it was killed while it waited is not restarted", async () => {
    const kit = Kit.running();
    kit.end("MEMORY_LIMIT");

    expect(kit.supervisor.kill(address)).toBe(true);
    await kit.pass(10_000);

    expect(kit.told.at(-1)).toEqual(["gone", "killed"]);
    expect(kit.rebirths).toEqual([]);
  });

  test("because it crashed while it was to be killed is not restarted", () => {
    const kit = Kit.running();

    expect(kit.supervisor.kill(address)).toBe(false);
    expect(kit.end("MEMORY_LIMIT")).toBe(true);

    expect(kit.told).toEqual([["gone", "killed"]]);
  });

  test("because it was killed while it was restarted waits for its shard's word", async () => {
    const kit = Kit.running();
    kit.end("MEMORY_LIMIT");
    await kit.pass(100);
    expect(kit.supervisor.kill(address)).toBe(false);
    await kit.fails("SERVICE_ABORTED");

    expect(kit.told).toEqual([["crashed", "MEMORY_LIMIT"]]);
    expect(kit.end("ADDRESS_DEAD", { isKept: false })).toBe(false);
  });

  test("with the host is not restarted", async () => {
    const kit = Kit.running();
    kit.end("MEMORY_LIMIT");
    kit.supervisor.stop();
    await kit.pass(10_000);

    expect(kit.rebirths).toEqual([]);
  });
});

describe("checkpoints", () => {
  const state = Uint8Array.of(1, 2, 3);

  test("are taken at intervals, and the last one is what a restart begins with", async () => {
    const kit = Kit.running({ checkpointMs: 1000 });
    await kit.pass(1000);
    kit.exports[0]?.resolve(Uint8Array.of(9));
    await settled();
    await kit.pass(1000);
    kit.exports[1]?.resolve(state);
    await settled();
    kit.end("CELL_LOST");
    await kit.pass(100);

    expect(kit.rebirths).toEqual([{ incarnation: 1, state }]);
  });

  test("that fail leave the last good one, come after doubled times, and are logged so", async () => {
    const kit = Kit.running({ checkpointMs: 1000 });
    await kit.pass(1000);
    kit.exports[0]?.resolve(state);
    await settled();
    const waits: number[] = [];
    for (let count = 1; count <= 8; count++) {
      const [timer] = kit.timers;
      waits.push((timer?.atMs ?? 0) - kit.nowMs);
      await kit.pass(waits.at(-1) ?? 0);
      kit.exports[count]?.reject(new CodedError("CALL_TIMEOUT", "no answer"));
      await settled();
    }
    kit.end("CELL_LOST");
    await kit.pass(100);

    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 64_000]);
    const logged = kit.lines.filter((line) => line.startsWith("no checkpoint"));
    expect(logged.map((line) => /\d+/.exec(line)?.[0])).toEqual(["1", "2", "4", "8"]);
    expect(kit.rebirths).toEqual([{ incarnation: 1, state }]);
  });

  test("of an earlier life that answer late are void", async () => {
    const kit = Kit.running({ checkpointMs: 1000 });
    await kit.pass(1000);
    kit.end("MEMORY_LIMIT");
    kit.exports[0]?.resolve(state);
    await kit.pass(100);

    expect(kit.rebirths).toEqual([{ incarnation: 1, state: undefined }]);
  });
});
