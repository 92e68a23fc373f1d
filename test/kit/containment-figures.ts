// Containment figures: what a host could tell of its untrusted services, for tests of who shows it.

import type { CellFigures, Incident } from "../../wire/containment-figures.ts";

export const cell: CellFigures = {
  place: 5,
  pid: 4712,
  state: "running",
  services: 12,
  waiting: 3,
  rssBytes: 73_400_320,
  ageMs: 61_400,
  refused: 2,
};

export const incident: Incident = {
  id: 7,
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  kind: "cell-lost",
  address: ":0100010a",
  title: "agent 7",
  owner: "ann",
  text: "cell 5 was lost",
  version: "0123456789ab",
  messages: ["#1 lua from :0100000b", "#2 lua from :0100000c"],
  figures: { rssBytes: 1024, cpu: 0.5 },
  stderr: "\nFATAL ERROR\n  at x\n\n",
  alsoLost: 3,
};
