// Choose cell: where a new untrusted service goes.
// Main thread, pure. Asked by cells.ts.
// Invariant: an owner's services stay together as long as there is room: what one of them does to
// its cell, it does to its owner's first.

/** A cell as placement sees it. */
export type CellLoad = {
  readonly place: number;
  readonly services: number;
  /** Services there of the owner who asks. */
  readonly ofOwner: number;
};

export type CellBounds = { readonly cellsMax: number; readonly servicesMax: number };

/** A place, or that a new cell is needed, or that there is room nowhere. */
export function chooseCell(
  loads: readonly CellLoad[],
  { cellsMax, servicesMax }: CellBounds,
): number | "new" | "full" {
  const open = loads.filter(({ services }) => services < servicesMax);
  const own = least(open.filter(({ ofOwner }) => ofOwner > 0));
  if (own !== undefined) return own.place;
  const empty = open.find(({ services }) => services === 0);
  if (empty !== undefined) return empty.place;
  if (loads.length < cellsMax) return "new";
  return least(open)?.place ?? "full";
}

function least(loads: readonly CellLoad[]): CellLoad | undefined {
  let best: CellLoad | undefined;
  for (const load of loads) if (best === undefined || load.services < best.services) best = load;
  return best;
}
