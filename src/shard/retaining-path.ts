// Retaining path: how an object of a heap snapshot is reached from the roots.
// A helper thread. Pure. Used by heap-growth.ts.
// Invariant: a path goes over edges that keep their target alive, each node once.

import type { HeapSnapshot } from "./heap-snapshot.ts";

const nobody = 0xffff_ffff;
const stepsShown = 12;

const nameUnits = 60;

export type Reached = {
  readonly edge: Uint32Array;
  readonly from: Uint32Array;
  readonly has: (node: number) => boolean;
};

/** By node: the edge by which it is reached first, breadth first; `nobody`: not at all. */
export function reachedFrom(heap: HeapSnapshot): Reached {
  const edge = new Uint32Array(heap.nodes).fill(nobody);
  const from = new Uint32Array(heap.nodes).fill(nobody);
  const queue = new Uint32Array(heap.nodes);
  from[0] = 0;
  let end = 1;
  for (let at = 0; at < end; at++) {
    const node = queue[at] as number;
    for (let next = heap.firstEdge[node] as number; next < (heap.firstEdge[node + 1] as number);) {
      const current = next++;
      const target = heap.target[current] as number;
      if (from[target] !== nobody || isWeak(heap, current)) continue;
      from[target] = node;
      edge[target] = current;
      queue[end++] = target;
    }
  }
  return { edge, from, has: (node) => from[node] !== nobody };
}

export function isWeak(heap: HeapSnapshot, edge: number): boolean {
  return heap.edgeTypes[heap.edgeType[edge] as number] === "weak";
}

/** "Map.table → [3] → Leak.data": the last steps, the object itself at the end. */
export function pathText(heap: HeapSnapshot, { edge, from, has }: Reached, node: number): string {
  if (!has(node)) return "";
  const steps: string[] = [nodeText(heap, node)];
  let at = node;
  while (at !== 0 && steps.length <= stepsShown) {
    const parent = from[at] as number;
    steps.push(nodeText(heap, parent) + edgeText(heap, edge[at] as number));
    at = parent;
  }
  return (at === 0 ? "" : "… → ") + steps.toReversed().join(" → ");
}

function nodeText(heap: HeapSnapshot, node: number): string {
  const type = heap.nodeTypes[heap.type[node] as number] ?? "?";
  const name = short(heap.strings[heap.name[node] as number] ?? "");
  if (type === "object" || type === "native" || type === "synthetic") return name || `(${type})`;
  return type === "closure" ? `${name}()` : `(${type})`;
}

function edgeText(heap: HeapSnapshot, edge: number): string {
  const type = heap.edgeTypes[heap.edgeType[edge] as number] ?? "?";
  const name = heap.edgeName[edge] as number;
  if (type === "element" || type === "hidden") return `[${name}]`;
  const text = short(heap.strings[name] ?? "?");
  return type === "internal" ? `.(${text})` : `.${text}`;
}

function short(text: string): string {
  return text.length > nameUnits ? `${text.slice(0, nameUnits)}…` : text;
}
