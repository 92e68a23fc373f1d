// Heap classes: the objects of a heap snapshot grouped as DevTools does.
// A helper thread. Pure. Used by heap-growth.ts and retained-size.ts.
// Invariant: every node has one class, a small number.

import type { HeapSnapshot } from "./heap-snapshot.ts";

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

/** As DevTools groups them: objects by constructor, what is V8's own by its kind. */
function classOf(heap: HeapSnapshot, node: number): string {
  const type = heap.nodeTypes[heap.type[node] as number] ?? "?";
  if (type !== "object" && type !== "native") return `(${type})`;
  const name = heap.strings[heap.name[node] as number] ?? "?";
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
