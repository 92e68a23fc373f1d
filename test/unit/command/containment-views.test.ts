// One-shot commands about untrusted services, as people read them.

import { describe, expect, test } from "vitest";
import { countsView } from "../../../src/command/console-views.ts";
import * as views from "../../../src/command/containment-views.ts";
import { cell, incident } from "../../kit/containment-figures.ts";

describe("views of untrusted services", () => {
  test("show the cells with what they use", () => {
    expect(
      views.cellsView([cell, { ...cell, place: 12, state: "spare", services: 0 }], {}),
    ).toEqual([
      "CELL  PROCESS  STATE    SERVICES  WAITING    MEMORY      AGE  REFUSED",
      "   5     4712  running        12        3  70.0 MiB  0:01:01        2",
      "  12     4712  spare           0        3  70.0 MiB  0:01:01        2",
    ]);
  });

  test("show the owners with strikes in the host's order", () => {
    const rows = [
      { owner: "zoe", points: 120, standing: "quarantined", slice: 0, memory: 0, cell: 2 },
      { owner: "ann", points: 5, standing: "free", slice: 5, memory: 0, cell: 0 },
    ];

    expect(views.strikesView(rows, {})).toEqual([
      "POINTS  SLICES  MEMORY  CELLS  STANDING     OWNER",
      "   120       0       0      2  quarantined  zoe",
      "     5       5       0      0  free         ann",
    ]);
  });

  test("show owners by CPU time, most first, and cells without an answer last", () => {
    const figures = { services: 2, balanceMs: -12.4, waitingMs: 33 };
    const result = {
      "cell.4": "TIMEOUT",
      "cell.5": [{ owner: "ann", chargedMs: 70, ...figures }],
      "cell.6": [{ owner: "bob", chargedMs: 700.6, ...figures }],
    };

    expect(views.ownersView(result, {})).toEqual([
      "CELL    SERVICES    USED    LEFT  WAITS  OWNER",
      "cell.6         2  701 ms  -12 ms  33 ms  bob",
      "cell.5         2   70 ms  -12 ms  33 ms  ann",
      "cell.4   TIMEOUT",
    ]);
  });

  test("show the records, the latest first", () => {
    expect(views.postmortemView([{ ...incident, id: 10 }, incident], {})).toEqual([
      "NUMBER  TIME                      KIND       ADDRESS    SERVICE  OWNER  WHAT",
      "    10  2026-01-02T03:04:05.006Z  cell-lost  :0100010a  agent 7  ann    cell 5 was lost",
      "     7  2026-01-02T03:04:05.006Z  cell-lost  :0100010a  agent 7  ann    cell 5 was lost",
    ]);
  });

  test("show all of one record, V8's last words at its end", () => {
    expect(views.postmortemView(incident, {})).toEqual([
      "number    7",
      "time      2026-01-02T03:04:05.006Z",
      "kind      cell-lost",
      "address   :0100010a",
      "title     agent 7",
      "owner     ann",
      "text      cell 5 was lost",
      "version   0123456789ab",
      "alsoLost  3",
      "rssBytes  1024",
      "cpu       0.5",
      "message   #1 lua from :0100000b",
      "message   #2 lua from :0100000c",
      "FATAL ERROR",
      "  at x",
    ]);
  });

  test("show limits by name", () => {
    expect(countsView({ strikesRefused: 200, cells: 4 }, {})).toEqual([
      "cells           4",
      "strikesRefused  200",
    ]);
  });

  test("have titles only when there is nothing", () => {
    expect(views.cellsView([], {})).toHaveLength(1);
    expect(views.strikesView([], {})).toHaveLength(1);
    expect(views.ownersView({}, {})).toHaveLength(1);
    expect(views.postmortemView([], {})).toHaveLength(1);
  });

  test("keep what strangers say from the terminal", () => {
    const text = "a\u001b[2J\u202eb";
    const nasty = { ...incident, title: text, owner: text, text, messages: [text], stderr: text };
    const strike = { owner: text, points: 1, standing: "free", slice: 1, memory: 0, cell: 0 };
    const owner = { owner: text, services: 1, chargedMs: 1, balanceMs: 1, waitingMs: 1 };

    for (const lines of [
      views.postmortemView([nasty], {}),
      views.postmortemView(nasty, {}),
      views.strikesView([strike], {}),
      views.ownersView({ "cell.5": [owner] }, {}),
    ]) {
      expect(lines.join("")).toContain(String.raw`\x1b[2J`);
      expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }
  });
});
