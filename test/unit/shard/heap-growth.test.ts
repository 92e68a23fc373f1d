// Heap snapshots: read, compared, and refused when they are not what they seem.

import { Session } from "node:inspector/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { compareHeaps } from "../../../src/shard/heap-growth.ts";
import { readHeapSnapshot } from "../../../src/shard/heap-snapshot.ts";
import { hotFunctions } from "../../../src/shard/hot-functions.ts";
import { Captures } from "../../../src/shard/captures.ts";

const meta =
  '"meta":{"node_fields":["type","name","id","self_size","edge_count"],' +
  '"node_types":[["synthetic","object"],"string","number","number","number"],' +
  '"edge_fields":["type","name_or_index","to_node"],' +
  '"edge_types":[["property","weak"],"string_or_number","node"]}';

/** A root that holds `children` objects named Leak, each with 10 bytes of its own. */
function snapshotText(children: number, change: (text: string) => string = (text) => text): string {
  const nodes = [`0,0,1,0,${children}`];
  const edges: string[] = [];
  for (let index = 1; index <= children; index++) {
    nodes.push(`1,1,${index * 2 + 1},10,0`);
    edges.push(`0,2,${index * 5}`);
  }
  const counts = `"node_count":${nodes.length},"edge_count":${children}`;
  return change(
    `{"snapshot":{${meta},${counts}},\n"nodes":[${nodes.join(",\n")}],\n` +
      `"edges":[${edges.join(",")}],\n"strings":["root",\n"Le\\u0061k",\n"bag"]}`,
  );
}

const read = (text: string): ReturnType<typeof readHeapSnapshot> =>
  readHeapSnapshot(Buffer.from(text));

describe("a heap snapshot", () => {
  test("is compared with a later one by constructor, with bytes kept and a path", () => {
    const growth = compareHeaps(read(snapshotText(1)), read(snapshotText(4)));

    expect(growth).toEqual([
      {
        constructor: "Leak",
        count: 4,
        countGrowth: 3,
        selfBytesGrowth: 30,
        retainedBytes: 40,
        path: "root.bag → Leak",
      },
    ]);
  });

  test.each([
    ["no JSON", () => "hello"],
    ["no meta", (text: string) => text.replace("meta", "mete")],
    [
      "more nodes than it has bytes",
      (text: string) => text.replace('"node_count":3', '"node_count":99999999'),
    ],
    ["a text in place of a number", (text: string) => text.replace("1,1,3,10", '1,"x",3,10')],
    ["a number out of range", (text: string) => text.replace("1,1,3,10", "1,1,3,99999999999")],
    ["an edge that leads nowhere", (text: string) => text.replace("0,2,10", "0,2,500")],
    ["edges that are not its nodes'", (text: string) => text.replace("0,0,1,0,2", "0,0,1,0,1")],
    ["a text without an end", (text: string) => text.slice(0, -6)],
    ["a missing section", (text: string) => text.replace('"edges"', '"edgez"')],
  ])("with %s is refused", (_what, change) => {
    expect(() => read(snapshotText(2, change))).toThrow(
      expect.objectContaining({ code: "INSPECT_FAILED" }) as Error,
    );
  });
});

describe("V8's own heap snapshot", () => {
  let text = "";
  beforeAll(async () => {
    const session = new Session();
    session.connect();
    session.on("HeapProfiler.addHeapSnapshotChunk", ({ params }) => {
      text += params.chunk;
    });
    await session.post("HeapProfiler.takeHeapSnapshot");
    session.disconnect();
  }, 60_000);

  test("is read whole", () => {
    const { nodes, edges, strings } = read(text);
    const { snapshot } = JSON.parse(text) as {
      snapshot: { node_count: number; edge_count: number };
    };

    expect([nodes, edges]).toEqual([snapshot.node_count, snapshot.edge_count]);
    expect(strings).toContain("(GC roots)");
  }, 60_000);
});

describe("a profile", () => {
  test("that is none is refused", () => {
    expect(() => hotFunctions("[]")).toThrow(/this is no profile/);
    expect(() => hotFunctions("{")).toThrow(/this is no profile/);
  });
});

describe("a recording that is kept", () => {
  test("is taken in pieces, in order, and is gone with the last", () => {
    const captures = new Captures();
    captures.begin();
    captures.add("abc");
    captures.add("defg");
    const { id, bytes } = captures.finish();
    const pieces = [captures.piece(id, 2), captures.piece(id, 4), captures.piece(id, 4)];

    expect(bytes).toBe(7);
    expect(pieces.map((piece) => Buffer.from(piece).toString())).toEqual(["ab", "cdef", "g"]);
    expect(() => captures.piece(id, 1)).toThrow(/not kept any more/);
  });

  test("is the only one", () => {
    const captures = new Captures();
    captures.begin();

    expect(() => captures.begin()).toThrow(
      expect.objectContaining({ code: "INSPECT_BUSY" }) as Error,
    );
  });
});
