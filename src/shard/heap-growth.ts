// Heap growth: what grew between two heap snapshots, by constructor, and who keeps it.
// A helper thread. Pure. Used by helper.ts.
// Invariant: an object is the same in both snapshots when it has the same identity; what is new is
// what only the later one has.

import type { HeapSnapshot } from "./heap-snapshot.ts";
import { pathText, reachedFrom } from "./retaining-path.ts";
import { retainedByClass } from "./retained-size.ts";

export type ClassGrowth = {
  readonly constructor: string;
  readonly count: number;
  readonly countGrowth: number;
  readonly selfBytesGrowth: number;
  readonly retainedBytes: number | undefined;
  readonly path: string;
};

type Totals = { count: number; selfBytes: number };

const growersShown = 20;
const retainedNodesMax = 4_000_000; // dominators of more take a helper minutes

export function compareHeaps(before: HeapSnapshot, after: HeapSnapshot): ClassGrowth[] {
  const earlier = totalsByClass(before);
  const later = totalsByClass(after);
  const grown = [...later]
    .map(([constructor, { count, selfBytes }]) => {
      const was = earlier.get(constructor) ?? { count: 0, selfBytes: 0 };
      const countGrowth = count - was.count;
      return { constructor, count, countGrowth, selfBytesGrowth: selfBytes - was.selfBytes };
    })
    .filter(({ selfBytesGrowth }) => selfBytesGrowth > 0)
    .toSorted((one, other) => other.selfBytesGrowth - one.selfBytesGrowth)
    .slice(0, growersShown);
  const parents = reachedFrom(after);
  const wanted = new Set(grown.map(({ constructor }) => constructor));
  const samples = newNodes(before, after, (node, name) => wanted.has(name) && parents.has(node));
  const isAffordable = after.nodes <= retainedNodesMax;
  const retained = isAffordable ? retainedByClass(after) : undefined;
  return grown.map((growth) => {
    const sample = samples.get(growth.constructor);
    return {
      ...growth,
      retainedBytes: retained?.get(growth.constructor),
      path: sample === undefined ? "" : pathText(after, parents, sample),
    };
  });
}

/** As DevTools groups them: objects by constructor, what is V8's own by its kind. */
export function classOf(heap: HeapSnapshot, node: number): string {
  const type = heap.nodeTypes[heap.type[node] as number] ?? "?";
  if (type !== "object" && type !== "native") return `(${type})`;
  const name = heap.strings[heap.name[node] as number] ?? "?";
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

/** The class of each node by a small number: names are compared once. */
export function classesOf(heap: HeapSnapshot): { classes: string[]; ofNode: Uint32Array } {
  const numbers = new Map<string, number>();
  const byKey = new Map<number, number>();
  const ofNode = new Uint32Array(heap.nodes);
  for (let node = 0; node < heap.nodes; node++) {
    const type = heap.nodeTypes[heap.type[node] as number];
    const isNamed = type === "object" || type === "native";
    const key = isNamed ? (heap.name[node] as number) : -1 - (heap.type[node] as number);
    let number = byKey.get(key);
    if (number === undefined) {
      const name = classOf(heap, node);
      number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      byKey.set(key, number);
    }
    ofNode[node] = number;
  }
  return { classes: [...numbers.keys()], ofNode };
}

function totalsByClass(heap: HeapSnapshot): Map<string, Totals> {
  const { classes, ofNode } = classesOf(heap);
  const totals = classes.map((): Totals => ({ count: 0, selfBytes: 0 }));
  for (let node = 0; node < heap.nodes; node++) {
    const total = totals[ofNode[node] as number] as Totals;
    total.count++;
    total.selfBytes += heap.selfBytes[node] as number;
  }
  return new Map(classes.map((name, index) => [name, totals[index] as Totals]));
}

/** One new object of each class: the first that is wanted. */
function newNodes(
  before: HeapSnapshot,
  after: HeapSnapshot,
  isWanted: (node: number, name: string) => boolean,
): Map<string, number> {
  const known = new Set(before.id);
  const { classes, ofNode } = classesOf(after);
  const samples = new Map<string, number>();
  for (let node = 0; node < after.nodes; node++) {
    const name = classes[ofNode[node] as number] as string;
    if (samples.has(name) || known.has(after.id[node] as number)) continue;
    if (isWanted(node, name)) samples.set(name, node);
  }
  return samples;
}
