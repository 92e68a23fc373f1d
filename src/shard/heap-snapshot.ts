// Heap snapshot: reads the JSON of a V8 heap snapshot into columns of numbers.
// A helper thread. Pure: bytes in, tables out. Used by heap-growth.ts and recording-reader.ts.
// Invariant: the bytes may be a hostile cell's: no table is larger than the bytes could fill, and
// whatever is not as the format says fails with INSPECT_FAILED.

import { CodedError } from "../../wire/coded-error.ts";

export type HeapSnapshot = {
  readonly nodes: number;
  readonly edges: number;
  readonly nodeTypes: readonly string[];
  readonly edgeTypes: readonly string[];
  /** By node: index into nodeTypes, index into strings, identity, bytes of its own. */
  readonly type: Uint32Array;
  readonly name: Uint32Array;
  readonly id: Uint32Array;
  readonly selfBytes: Uint32Array;
  /** By node: its first edge; one entry more for the end. */
  readonly firstEdge: Uint32Array;
  /**
   * By edge: index into edgeTypes, index into strings or number of the element, node it goes to.
   */
  readonly edgeType: Uint32Array;
  readonly edgeName: Uint32Array;
  readonly target: Uint32Array;
  readonly strings: readonly string[];
};

type Meta = {
  readonly node_fields: readonly string[];
  readonly node_types: readonly unknown[];
  readonly edge_fields: readonly string[];
  readonly edge_types: readonly unknown[];
};

const headBytesMax = 64 * 1024; // V8's has two
const fieldsMax = 16;
const [quote, backslash, comma] = [34, 92, 44];
const [openArray, closeArray, openObject, closeObject] = [91, 93, 123, 125];
const digitZero = 48;

export function readHeapSnapshot(bytes: Uint8Array): HeapSnapshot {
  const scanner = new Scanner(bytes);
  const head = readHead(scanner);
  const { nodeFields, edgeFields } = head;
  const nodes = boundedCount(head.nodes, nodeFields.length, bytes.length);
  const edges = boundedCount(head.edges, edgeFields.length, bytes.length);
  scanner.reach("nodes");
  const nodeColumns = scanner.columns(nodes, nodeFields.length);
  scanner.reach("edges");
  const edgeColumns = scanner.columns(edges, edgeFields.length);
  scanner.reach("strings");
  const strings = scanner.strings();
  const node = (field: string): Uint32Array => columnOf(nodeColumns, nodeFields, field);
  const edge = (field: string): Uint32Array => columnOf(edgeColumns, edgeFields, field);
  return {
    nodes,
    edges,
    nodeTypes: head.nodeTypes,
    edgeTypes: head.edgeTypes,
    type: node("type"),
    name: node("name"),
    id: node("id"),
    selfBytes: node("self_size"),
    firstEdge: firstEdges(node("edge_count"), edges),
    edgeType: edge("type"),
    edgeName: edge("name_or_index"),
    target: targets(edge("to_node"), nodes, nodeFields.length),
    strings,
  };
}

function readHead(scanner: Scanner): {
  nodes: unknown;
  edges: unknown;
  nodeFields: readonly string[];
  edgeFields: readonly string[];
  nodeTypes: readonly string[];
  edgeTypes: readonly string[];
} {
  scanner.reach("snapshot");
  const head = scanner.object() as { meta?: Meta; node_count?: unknown; edge_count?: unknown };
  const { meta } = head;
  const isMeta = [meta?.node_fields, meta?.edge_fields, meta?.node_types, meta?.edge_types].every(
    (list) => Array.isArray(list) && list.length > 0 && list.length <= fieldsMax,
  );
  if (meta === undefined || !isMeta) throw malformed("it has no snapshot.meta");
  const { node_fields: nodeFields, edge_fields: edgeFields } = meta;
  return {
    nodes: head.node_count,
    edges: head.edge_count,
    nodeFields,
    edgeFields,
    nodeTypes: textsOf(meta.node_types[nodeFields.indexOf("type")]),
    edgeTypes: textsOf(meta.edge_types[edgeFields.indexOf("type")]),
  };
}

function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((text) => typeof text === "string")) return value;
  throw malformed("the types of its nodes or edges are no texts");
}

/** Each number takes two bytes at least. */
function boundedCount(count: unknown, fields: number, bytes: number): number {
  const isCount = typeof count === "number" && Number.isSafeInteger(count) && count > 0;
  if (isCount && count * fields * 2 <= bytes + 2) return count;
  throw malformed(`it says that it has ${String(count)} nodes or edges`);
}

function columnOf(
  columns: readonly Uint32Array[],
  fields: readonly string[],
  field: string,
): Uint32Array {
  const column = columns[fields.indexOf(field)];
  if (column !== undefined) return column;
  throw malformed(`it has no field ${field}`);
}

function firstEdges(counts: Uint32Array, edges: number): Uint32Array {
  const first = new Uint32Array(counts.length + 1);
  let sum = 0;
  for (const [node, count] of counts.entries()) {
    first[node] = sum;
    sum += count;
    if (sum > edges) break;
  }
  if (sum !== edges) throw malformed("its nodes have more or fewer edges than there are");
  first[counts.length] = edges;
  return first;
}

function targets(offsets: Uint32Array, nodes: number, fields: number): Uint32Array {
  for (const [edge, offset] of offsets.entries()) {
    const node = offset / fields;
    if (!Number.isInteger(node) || node >= nodes) throw malformed(`edge ${edge} leads nowhere`);
    offsets[edge] = node;
  }
  return offsets;
}

/** Goes through the text once, from its begin to its end. */
class Scanner {
  readonly #bytes: Uint8Array;
  readonly #text: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Goes on behind the next key of this name, which V8 writes without spaces. */
  reach(key: string): void {
    const mark = `"${key}":`;
    const found = this.#text.indexOf(mark, this.#at, "latin1");
    if (found < 0) throw malformed(`it has no ${key}`);
    this.#at = found + mark.length;
  }

  /** A JSON object without braces in its texts. */
  object(): unknown {
    const start = this.#at;
    let depth = 0;
    for (; this.#at < this.#bytes.length && this.#at - start < headBytesMax; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte === openObject) depth++;
      if (byte === closeObject && --depth === 0) {
        try {
          return JSON.parse(this.#text.toString("utf8", start, ++this.#at));
        } catch {
          break;
        }
      }
    }
    throw malformed("its head is no object");
  }

  /** An array of `rows` times `fields` numbers, a column for each field. */
  columns(rows: number, fields: number): Uint32Array[] {
    const columns = Array.from({ length: fields }, () => new Uint32Array(rows));
    this.#skipTo(openArray);
    for (let row = 0; row < rows; row++) {
      for (let field = 0; field < fields; field++) {
        (columns[field] as Uint32Array)[row] = this.#number();
        const isLast = row === rows - 1 && field === fields - 1;
        this.#skipTo(isLast ? closeArray : comma);
      }
    }
    return columns;
  }

  #number(): number {
    let value = -1;
    for (; this.#at < this.#bytes.length; this.#at++) {
      const digit = (this.#bytes[this.#at] as number) - digitZero;
      if (digit >= 0 && digit <= 9) value = Math.max(value, 0) * 10 + digit;
      else if (value >= 0 || !this.#isSpace()) break;
      if (value > 0xffff_ffff) break;
    }
    if (value >= 0 && value <= 0xffff_ffff) return value;
    throw malformed(`what stands at byte ${this.#at} is no number`);
  }

  strings(): string[] {
    const strings: string[] = [];
    this.#skipTo(openArray);
    for (;;) {
      this.#skipTo(quote);
      strings.push(this.#string());
      while (this.#isSpace()) this.#at++;
      if (this.#bytes[this.#at] === closeArray) return strings;
      this.#skipTo(comma);
    }
  }

  /** Its opening quotation mark is behind. */
  #string(): string {
    const start = this.#at;
    let isPlain = true;
    for (; this.#bytes[this.#at] !== quote; this.#at++) {
      if (this.#at >= this.#bytes.length) throw malformed("a text of it has no end");
      if (this.#bytes[this.#at] !== backslash) continue;
      isPlain = false;
      this.#at++;
    }
    const text = this.#text.toString("utf8", start, this.#at++);
    if (isPlain) return text;
    try {
      return String(JSON.parse(`"${text}"`));
    } catch {
      throw malformed("a text of it is no JSON");
    }
  }

  #skipTo(byte: number): void {
    while (this.#isSpace()) this.#at++;
    if (this.#bytes[this.#at] !== byte) {
      throw malformed(`${String.fromCharCode(byte)} does not stand at byte ${this.#at}`);
    }
    this.#at++;
  }

  #isSpace(): boolean {
    const byte = this.#bytes[this.#at];
    return byte === 10 || byte === 32 || byte === 13 || byte === 9;
  }
}

function malformed(what: string): CodedError {
  return new CodedError("INSPECT_FAILED", `this is no heap snapshot: ${what}`);
}
