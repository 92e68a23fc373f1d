// Net views: the sockets of services, as people read them.
// Main thread of the isonet command. Used by console-commands.ts.
// Invariant: addresses that a peer has chosen go through text-table.ts.

import type { SocketFigures } from "../../wire/socket-protocol.ts";
import type { View } from "./console-views.ts";
import { sizeText, tableLines, type Column } from "./text-table.ts";

const right = (title: string): Column => ({ title, align: "right" });

const columns: readonly Column[] = [
  right("ID"),
  { title: "TYPE" },
  { title: "OWNER" },
  ...["READ", "WRITTEN", "WAITING", "ACCEPTED"].map(right),
  { title: "LOCAL" },
  { title: "PEER" },
  { title: "SERVICE" },
];

/** A row of the console's answer: the owner as text. */
type Row = Omit<SocketFigures, "address"> & { readonly address: string };

export const netstatView: View = (result, names) =>
  tableLines(
    columns,
    (result as readonly Row[]).map((row) => [
      String(row.id),
      row.type,
      row.address,
      sizeText(row.read),
      sizeText(row.write),
      sizeText(row.wbuffer),
      row.type === "LISTEN" ? String(row.accept) : "",
      row.sock,
      row.peer,
      names[row.address] ?? "",
    ]),
  );
