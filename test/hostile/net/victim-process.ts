// Victim process: the entry of a process with a host whose services are abused over the network.
// Child of a test (victim.ts), over Node's own channel between parent and child.
// Invariant: when the parent is gone it ends; figures are taken when garbage has been collected.

import type { Address, LaunchOptions } from "isonet";
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import path from "node:path";
import { Host } from "../../../src/host.ts";
import type { HeapFigures } from "../../../services/api/launcher.ts";
import type { HostOptions } from "../../../src/options.ts";
import type { SocketFigures } from "../../../wire/socket-protocol.ts";
import type { OrderAnswer } from "./order-channel.ts";

export type VictimOrder = { readonly id: number } & (
  | { readonly kind: "launch"; readonly options: LaunchOptions; readonly args: unknown[] }
  | { readonly kind: "call"; readonly to: Address | string; readonly values: unknown[] }
  | { readonly kind: "kill"; readonly address: Address }
  | { readonly kind: "figures"; readonly services: readonly Address[] }
  | { readonly kind: "memory" }
  | { readonly kind: "stop" }
);

export type VictimFigures = {
  readonly rssMib: number;
  /** Heap in use of the main thread: the host's own objects. */
  readonly heapMib: number;
  /** Memory of buffers outside the heaps. */
  readonly externalMib: number;
  readonly descriptors: number;
  /** Sockets of services, by type. */
  readonly sockets: Readonly<Record<string, number>>;
  /** Heap in use, and buffers, of each service that was asked for, in KiB. */
  readonly heapsKib: readonly number[];
};

const mib = 1024 * 1024;
const settleMs = 100;

const host = await Host.start({
  shards: 2,
  warmIsolates: 1,
  cells: 1,
  console: false,
  log: { file: process.argv[2] ?? "", level: "info" },
  servicePath: path.join(import.meta.dirname, "services/?.ts"),
  ...(JSON.parse(process.argv[3] ?? "{}") as HostOptions),
});
const { isonet } = host;

function memory(): Pick<VictimFigures, "rssMib" | "heapMib" | "externalMib"> {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const [rssMib = 0, heapMib = 0, externalMib = 0] = [rss, heapUsed, arrayBuffers].map((bytes) =>
    Math.round(bytes / mib),
  );
  return { rssMib, heapMib, externalMib };
}

async function figures(services: readonly Address[]): Promise<VictimFigures> {
  const own = services.map((address) => isonet.address(address));
  await isonet.call(".launcher", "lua", "gc");
  globalThis.gc?.();
  await sleep(settleMs); // the system takes pages back, and closed sockets go, on their own
  globalThis.gc?.();
  const heaps = (await isonet.call(".launcher", "lua", "mem")) as Record<string, HeapFigures>;
  const rows = (await isonet.call(".socket", "lua", "netstat")) as SocketFigures[];
  const sockets: Record<string, number> = {};
  for (const { type } of rows) sockets[type] = (sockets[type] ?? 0) + 1;
  return {
    ...memory(),
    descriptors: readdirSync("/proc/self/fd").length,
    sockets,
    heapsKib: own.map((name) => {
      const { usedBytes = 0, externalBytes = 0 } = heaps[name] ?? {};
      return Math.round((usedBytes + externalBytes) / 1024);
    }),
  };
}

async function obey(order: VictimOrder): Promise<unknown> {
  switch (order.kind) {
    case "launch":
      return isonet.newService(order.options, ...order.args);
    case "call":
      return isonet.call(order.to, "lua", ...order.values);
    case "kill":
      return isonet.kill(order.address);
    case "figures":
      return figures(order.services);
    case "memory":
      return memory();
    case "stop":
      break;
  }
  return host.stop();
}

async function answer(order: VictimOrder): Promise<OrderAnswer> {
  try {
    return { id: order.id, value: await obey(order) };
  } catch (error) {
    const { remoteCode, code, message } = error as Record<string, string | undefined>;
    const known = { code: remoteCode ?? code ?? "NONE", message: message ?? "" };
    return { id: order.id, error: known };
  }
}

process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", (order: VictimOrder) => {
  void answer(order).then((said) => process.send?.(said));
});
process.send?.({ id: 0 });
