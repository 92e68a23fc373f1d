// Retained size: the bytes that the objects of each class keep alive in a heap snapshot.
// A helper thread. Pure. Used by heap-growth.ts.
// Invariant: what an object of a class keeps counts once, for the outermost object of that class.

import { classesOf } from "./heap-classes.ts";
import type { HeapSnapshot } from "./heap-snapshot.ts";
import { isWeak } from "./retaining-path.ts";

const none = 0xffff_ffff;
const roundsMax = 32; // heaps settle in a handful; what has not is close enough

export function retainedByClass(heap: HeapSnapshot): Map<string, number> {
  const order = postOrder(heap);
  const dominator = dominatorsOf(heap, order);
  const retained = new Float64Array(heap.nodes);
  for (const node of order) {
    retained[node] = (retained[node] as number) + (heap.selfBytes[node] as number);
    const above = dominator[node] as number;
    if (node !== 0) retained[above] = (retained[above] as number) + retained[node];
  }
  return sumOutermost(heap, { order, dominator, retained });
}

/** Nodes reached from the root, children before parents. */
function postOrder(heap: HeapSnapshot): Uint32Array {
  const { firstEdge, target, nodes } = heap;
  const next = firstEdge.slice(0, nodes);
  const isSeen = new Uint8Array(nodes);
  const stack = new Uint32Array(nodes);
  const order = new Uint32Array(nodes);
  let [depth, count] = [1, 0];
  isSeen[0] = 1;
  while (depth > 0) {
    const node = stack[depth - 1] as number;
    const edge = next[node] as number;
    if (edge === firstEdge[node + 1]) {
      order[count++] = node;
      depth--;
      continue;
    }
    next[node] = edge + 1;
    const child = target[edge] as number;
    if (isSeen[child] === 1 || isWeak(heap, edge)) continue;
    isSeen[child] = 1;
    stack[depth++] = child;
  }
  return order.subarray(0, count);
}

/**
 * Cooper, Harvey and Kennedy's way: rounds over the nodes, parents first, until nothing changes.
 */
function dominatorsOf(heap: HeapSnapshot, order: Uint32Array): Uint32Array {
  const { firstEdge, target, nodes } = heap;
  const rank = new Uint32Array(nodes);
  for (const [index, node] of order.entries()) rank[node] = index;
  const dominator = new Uint32Array(nodes).fill(none);
  dominator[0] = 0;
  const meet = (one: number, other: number): number => {
    let [a, b] = [one, other];
    while (a !== b) {
      while ((rank[a] as number) < (rank[b] as number)) a = dominator[a] as number;
      while ((rank[b] as number) < (rank[a] as number)) b = dominator[b] as number;
    }
    return a;
  };
  const settle = (node: number): boolean => {
    let hasChanged = false;
    for (let edge = firstEdge[node] as number; edge < (firstEdge[node + 1] as number); edge++) {
      const child = target[edge] as number;
      if (child === 0 || isWeak(heap, edge)) continue;
      const before = dominator[child] as number;
      const now = before === none ? node : meet(before, node);
      if (now === before) continue;
      dominator[child] = now;
      hasChanged = true;
    }
    return hasChanged;
  };
  for (let round = 0, hasChanged = true; hasChanged && round < roundsMax; round++) {
    hasChanged = false;
    for (let index = order.length - 1; index >= 0; index--) {
      if (settle(order[index] as number)) hasChanged = true;
    }
  }
  return dominator;
}

/** Parents before children: what its dominator's line has had of a class does not count again. */
function sumOutermost(
  heap: HeapSnapshot,
  {
    order,
    dominator,
    retained,
  }: {
    readonly order: Uint32Array;
    readonly dominator: Uint32Array;
    readonly retained: Float64Array;
  },
): Map<string, number> {
  const { classes, ofNode } = classesOf(heap);
  const sums = new Float64Array(classes.length);
  for (const node of order) {
    const own = ofNode[node] as number;
    let above = dominator[node] as number;
    let isInner = false;
    for (let steps = 0; above !== 0 && steps < stepsMax && !isInner; steps++) {
      isInner = ofNode[above] === own;
      above = dominator[above] as number;
    }
    if (!isInner && node !== 0) sums[own] = (sums[own] as number) + (retained[node] as number);
  }
  return new Map(classes.map((name, index) => [name, sums[index] as number]));
}

const stepsMax = 64; // a long list's elements dominate each other: its head is not looked for
