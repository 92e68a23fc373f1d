// Heap growth: what grew between two heap snapshots, by constructor, and who keeps it.
// A helper thread. Pure. Used by recording-reader.ts.
// Invariant: classes are those DevTools shows; their totals are compared, not single objects.

import { classesOf } from "./heap-classes.ts";
import type { HeapSnapshot } from "./heap-snapshot.ts";
import { pathText, reachedFrom, type Reached } from "./retaining-path.ts";
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
const pathsCompared = 64;
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
  const reached = reachedFrom(after);
  const nodes = nodesByClass(after, new Set(grown.map(({ constructor }) => constructor)));
  const retained = after.nodes <= retainedNodesMax ? retainedByClass(after) : undefined;
  return grown.map((growth) =>
    Object.assign(growth, {
      retainedBytes: retained?.get(growth.constructor),
      path: usualPath(after, reached, nodes.get(growth.constructor) ?? []),
    }),
  );
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

/**
 * How most of the objects of a class are reached: V8 numbers objects anew for each snapshot, so
 * which of them are new is not known, but of what leaks most are.
 */
function usualPath(heap: HeapSnapshot, reached: Reached, nodes: readonly number[]): string {
  const paths = new Map<string, { text: string; count: number }>();
  const step = Math.max(1, Math.floor(nodes.length / pathsCompared));
  for (let index = 0; index < nodes.length; index += step) {
    const text = pathText(heap, reached, nodes[index] as number);
    const shape = text.replaceAll(/\[\d+\]/g, "[]");
    const path = paths.get(shape) ?? { text, count: 0 };
    if (text !== "") paths.set(shape, { ...path, count: path.count + 1 });
  }
  const [usual] = [...paths.values()].toSorted((one, other) => other.count - one.count);
  return usual?.text ?? "";
}

function nodesByClass(heap: HeapSnapshot, wanted: ReadonlySet<string>): Map<string, number[]> {
  const { classes, ofNode } = classesOf(heap);
  const nodes = new Map<string, number[]>();
  for (const name of wanted) nodes.set(name, []);
  for (let node = 0; node < heap.nodes; node++) {
    nodes.get(classes[ofNode[node] as number] as string)?.push(node);
  }
  return nodes;
}
