// Floor: what isolated-vm itself costs, without any of isonet, measured in the same run.

import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { ivm } from "../src/engine/vm.ts";

const rounds = 200_000;

/**
 * Microseconds of a pair of empty `applySync`, one into each of two isolates: the least a call can
 * cost.
 */
export function applyPairUs(): number {
  const isolates = [0, 1].map(() => new ivm.Isolate({ memoryLimit: 32 }));
  const entries = isolates.map((isolate) => {
    return isolate.createContextSync().evalSync("(() => {})", { reference: true });
  });
  const [first, second] = entries as [(typeof entries)[0], (typeof entries)[0]];
  const none: [] = [];
  const run = (count: number): number => {
    const start = performance.now();
    for (let index = 0; index < count; index++) {
      first.applySync(undefined, none);
      second.applySync(undefined, none);
    }
    return ((performance.now() - start) * 1000) / count;
  };
  run(rounds / 10);
  const us = Math.min(run(rounds), run(rounds));
  for (const isolate of isolates) isolate.dispose();
  return us;
}

/** Milliseconds of a bare isolate with a context. */
export function isolateMs(): number {
  const count = 50;
  const isolates: InstanceType<typeof ivm.Isolate>[] = [];
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    const isolate = new ivm.Isolate({ memoryLimit: 128, inspector: true });
    isolate.createContextSync({ inspector: true }).release();
    isolates.push(isolate);
  }
  const ms = (performance.now() - start) / count;
  for (const isolate of isolates) isolate.dispose();
  return ms;
}

/** KiB of resident memory of a bare isolate with a context. */
export function isolateKib(count: number): number {
  const before = process.memoryUsage.rss();
  const isolates = Array.from({ length: count }, () => {
    const isolate = new ivm.Isolate({ memoryLimit: 128, inspector: true });
    isolate.createContextSync({ inspector: true }).release();
    return isolate;
  });
  const kib = (process.memoryUsage.rss() - before) / 1024 / count;
  for (const isolate of isolates) isolate.dispose();
  return kib;
}

/** Median milliseconds of a function that needs nothing around it, in a bare isolate. */
export function functionMs(work: (argument: number) => unknown, argument: number): number {
  const isolate = new ivm.Isolate({ memoryLimit: 128 });
  const context = isolate.createContextSync();
  const entry = context.evalSync(`(${work.toString()})`, { reference: true });
  const times = Array.from({ length: 8 }, () => {
    const start = performance.now();
    entry.applySync(undefined, [argument]);
    return performance.now() - start;
  });
  isolate.dispose();
  return times.slice(1).toSorted((a, b) => a - b)[3] as number;
}

/**
 * Median microseconds of a byte to another Node process and back, over a Unix domain socket, each
 * after a pause.
 */
export async function processRoundTripUs(idleMs = 0): Promise<number> {
  const code = "const s = new (require('net').Socket)({ fd: 3 }); s.on('data', (d) => s.write(d))";
  const child = spawn(process.execPath, ["-e", code], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  const socket = child.stdio[3] as Socket;
  const times: number[] = [];
  for (let left = idleMs > 0 ? 500 : 2000; left > 0; left--) {
    if (idleMs > 0) await pause(idleMs);
    const start = performance.now();
    socket.write("x");
    await once(socket, "data");
    times.push((performance.now() - start) * 1000);
  }
  child.kill("SIGKILL");
  await once(child, "exit");
  return times.toSorted((a, b) => a - b)[times.length >> 1] as number;
}
