// Hoarder: keeps as many objects as it is told to.

import { commands } from "isonet";

const kept: { id: number; marks: number[] }[] = [];
const objectBytes = 100; // with its array, about

commands({
  fill: (bytes: number) => {
    for (let id = 0; id < bytes / objectBytes; id++) kept.push({ id, marks: [id, id + 1] });
    return kept.length;
  },
});
