// Host commands: the host itself, its caches, and what only Skynet's console has.
// Shard 0. From the facts the composition root gives.
// Invariant: a command of Skynet's console that isonet does not have is known here, with the
// reason.

import { CodedError } from "../../../wire/coded-error.ts";
import { launcher, type Command, type CommandTable, type Invocation } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";
import type { Answer, Table } from "./answer.ts";
import type { HostFacts } from "./powers.ts";

export const hostCommands: CommandTable = {
  host: {
    usage: "",
    summary: "version, uptime, shards and isolates of this host",
    access: "read",
    run: host,
  },
  jmem: {
    usage: "",
    summary: "memory of the host process",
    access: "read",
    run: jmem,
  },
  clearcache: {
    usage: "",
    summary: "forgets module files: the next service reads them again",
    access: "write",
    run: async ({ isonet }) => {
      await launcher(isonet, consoleLimits.debugMs).call.clearCache();
      return { result: undefined };
    },
  },
  profactive: absent(
    "[on|off]",
    "there is no jemalloc: sample ADDRESS SECONDS shows which functions of a service allocate",
  ),
  dumpheap: absent(
    "",
    "there is no heap of all services: heap ADDRESS writes that of one, for DevTools; " +
      "heapdiff ADDRESS SECONDS shows what grows in it",
  ),
  shrtbl: absent("", "services share no strings: mem all shows what each has for itself"),
};

/** Skynet has it, and nothing here stands for it: what comes nearest. */
function absent(usage: string, instead: string): Command {
  return {
    usage,
    summary: `not here: ${instead}`,
    access: "read",
    run: () => {
      throw new CodedError("NOT_AVAILABLE", `not available: ${instead}`);
    },
  };
}

function host({ isonet, powers }: Invocation): Answer {
  const facts = powers.facts();
  const node = isonet.self() >>> 24;
  return { result: { node, ...facts }, text: hostTable(facts, node) };
}

function hostTable(facts: HostFacts, node: number): Table {
  const { version, nodeVersion, pid, uptimeMs, shards, isolates, isolatesMax, memory } = facts;
  const rows: [string, unknown][] = [
    ["version", version],
    ["node.js", nodeVersion],
    ["node", node],
    ["pid", pid],
    ["uptime", ageText(uptimeMs)],
    ["isolates", `${isolates} of ${isolatesMax}`],
    ["memory", bytesText(memory.rss)],
  ];
  for (const { index, services, waiting } of shards)
    rows.push([`shard.${index}`, { services, waiting }]);
  return new Map(rows);
}

function jmem({ powers }: Invocation): Answer {
  const { memory } = powers.facts();
  const rows = Object.entries(memory).map(([name, bytes]): [string, string] => [
    name,
    bytesText(bytes),
  ]);
  return { result: memory, text: new Map(rows) };
}

/** As Skynet prints jemalloc's figures. */
function bytesText(bytes: number): string {
  return `${bytes} Bytes, ${(bytes / 1048576).toFixed(2)} Mb`;
}

/** As Skynet prints the age of a socket: 12.3s, then 1:02:03. */
export function ageText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)}s`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return `${hours}:${twoDigits(minutes)}:${twoDigits(seconds % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
