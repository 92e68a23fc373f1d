// Patched: a service whose code and place are changed under load, with a state of a megabyte.

import { commands, exportState, importState } from "isonet";

const generation = 1;
let state = new Uint8Array(0);
let count = 0;

exportState(() => ({ state, count }));
importState((old: { state: Uint8Array<ArrayBuffer>; count: number }) => {
  ({ state, count } = old);
});

commands({
  fill: (bytes: number) => {
    state = new Uint8Array(bytes);
  },
  add: () => {
    count += 1;
    return count;
  },
  generation: () => generation,
});
