// Net commands: the sockets of services.
// Shard 0. From the socket service, which tells the console of all of them.
// Invariant: a row has what Skynet's has (reference §9.7): what is nothing is left out.

import type { Address } from "isonet";
import type { SocketFigures } from "../../../wire/socket-protocol.ts";
import type { Answer, Table } from "./answer.ts";
import type { CommandTable, Invocation } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";
import { ageText } from "./host-commands.ts";

/** Its owner as text. */
type Row = Omit<SocketFigures, "address"> & { readonly address: string };

const kib = 1024;
const tickMs = 10;

export const netCommands: CommandTable = {
  netstat: {
    usage: "",
    summary: "sockets of services: owner, peer, bytes, what waits, how long ago",
    access: "read",
    run: netstat,
  },
};

async function netstat({ isonet }: Invocation): Promise<Answer> {
  const to = { to: ".socket", timeoutMs: consoleLimits.debugMs };
  const found = (await isonet.call(to, "lua", "netstat")) as SocketFigures[];
  const rows = found.map((row): Row => {
    return Object.assign(row, { address: isonet.address(row.address as Address) });
  });
  const now = isonet.now();
  const text: Table = new Map(rows.map((row, index) => [String(index + 1), rowText(row, now)]));
  return { result: rows, text };
}

function rowText(row: Row, now: number): Record<string, unknown> {
  const shown: [string, unknown][] = [
    ["address", row.address],
    ["id", row.id],
    ["type", row.type],
    ["accept", row.type === "LISTEN" ? row.accept : undefined],
    ["peer", row.peer],
    ["sock", row.type === "TCP" ? undefined : row.sock],
    ["read", sizeText(row.read)],
    ["write", sizeText(row.write)],
    ["wbuffer", sizeText(row.wbuffer)],
    ["rtime", sinceText(row.rtime, now)],
    ["wtime", sinceText(row.wtime, now)],
    ["reading", row.reading],
    ["writing", row.type === "LISTEN" ? undefined : row.writing],
  ];
  return Object.fromEntries(shown.filter(([, value]) => value !== undefined && value !== ""));
}

/** As Skynet prints a size: "2.3046875K". */
function sizeText(bytes: number): string | number | undefined {
  if (bytes === 0) return undefined;
  if (bytes < kib) return bytes;
  return bytes < kib * kib ? `${bytes / kib}K` : `${bytes / (kib * kib)}M`;
}

function sinceText(ticks: number, now: number): string | undefined {
  return ticks === 0 ? undefined : ageText(Math.max(0, now - ticks) * tickMs);
}
