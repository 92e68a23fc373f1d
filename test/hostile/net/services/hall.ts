// Hall: what a player says is heard by everybody at the same table.

import { commands, context, monitor, register, start, type Address } from "isonet";
import { writeFrame } from "isonet/socket";

const tables = new Map<number, Set<number>>();
const tableOf = new Map<number, Set<number>>();

start(() => register(".hall"));

commands({
  join(number: number, fd: number): void {
    const table = tables.get(number) ?? new Set<number>();
    tables.set(number, table.add(fd));
    tableOf.set(fd, table);
    void monitor(context()?.source as Address).then(() => {
      table.delete(fd);
      return tableOf.delete(fd);
    });
  },
  say(from: number, number: number): void {
    for (const fd of tableOf.get(from) ?? []) writeFrame(fd, `chat ${from} ${number}`);
  },
  players: () => tableOf.size,
});
