// What was recorded of a service, as people read it: aligned, in their units, and harmless.

import { describe, expect, test } from "vitest";
import { hotfixRefusal, hotfixView, versionsView } from "../../../src/command/hotfix-views.ts";
import * as views from "../../../src/command/insight-views.ts";

const evil = "\u001B[2Jx";

describe("views of a heap", () => {
  test("say where the snapshot is, and how large", () => {
    const result = { path: "/p/a.heapsnapshot", bytes: 2_097_152, nodes: 1200, selfBytes: 524_288 };

    expect(views.heapView(result, {})).toEqual([
      "/p/a.heapsnapshot",
      "2.00 MiB: 1200 objects of 512 KiB; load it in DevTools, Memory",
    ]);
  });

  test("show what grew, who keeps it, and the files that were kept", () => {
    const grown = { constructor: "Field", count: 52, countGrowth: 50, selfBytesGrowth: 2048 };
    const growers = [
      { ...grown, retainedBytes: 4096, path: "… → Context.seen → Field" },
      { ...grown, constructor: evil, retainedBytes: undefined, path: "" },
    ];
    const before = { nodes: 1, edges: 1, selfBytes: 1024 };
    const after = { nodes: 9, edges: 9, selfBytes: 3072 };

    expect(views.growthView({ before, after, growers, files: ["/p/a"] }, {})).toEqual([
      "heap 1.00 KiB -> 3.00 KiB",
      "   GROWTH  OBJECTS  NOW  RETAINED  CONSTRUCTOR",
      "+2.00 KiB       50   52  4.00 KiB  Field",
      String.raw`+2.00 KiB       50   52         ?  \x1b[2Jx`,
      "Field: … → Context.seen → Field",
      "/p/a",
    ]);
  });

  test("show totals of groups", () => {
    const figures = { usedBytes: 1024, totalBytes: 2048, limitBytes: 4096 };
    const others = { externalBytes: 0, sharedBytes: 0, nativeBytes: 512 };

    expect(views.groupsView([{ ...figures, ...others, name: "cell.3", services: 2 }], {})).toEqual([
      "    USED      HEAP     LIMIT  BUFFERS  SHARED  NATIVE  SERVICES  NAME",
      "1.00 KiB  2.00 KiB  4.00 KiB      0 B     0 B   512 B         2  cell.3",
    ]);
  });
});

describe("views of a profile", () => {
  const look = { name: "look", url: "explorer.ts", line: 40, self: 6000, hotLine: 44 };
  const result = { path: "/p/a.cpuprofile", total: 8000, samples: 8, functions: [look] };

  test("show where the time went, with the hottest line", () => {
    const native = { name: "(garbage collector)", url: "", line: 0, self: 2000, hotLine: 0 };

    expect(views.cpuView({ ...result, functions: [look, native] }, {})).toEqual([
      "/p/a.cpuprofile",
      "8.0 ms of CPU time in 8 samples",
      "SELF ms     %  HOT LINE  FUNCTION",
      "    6.0  75.0        44  look explorer.ts:40",
      "    2.0  25.0            (garbage collector)",
    ]);
  });

  test("show who allocated, also when nobody did", () => {
    expect(views.allocationView({ ...result, total: 6000 }, {})).toEqual([
      "/p/a.cpuprofile",
      "5.86 KiB, estimated",
      "    SELF      %  FUNCTION",
      "5.86 KiB  100.0  look explorer.ts:40",
    ]);
    expect(views.allocationView({ ...result, total: 0, functions: [] }, {})).toHaveLength(3);
  });
});

describe("views of a hotfix", () => {
  const report = {
    address: ":01000102",
    outcome: { kind: "applied", reason: "10 live functions run the new text", functions: [] },
    how: "live",
    version: "2684afe1",
    heldMs: 20.26,
    error: undefined,
  };

  test("show what became of one service", () => {
    expect(hotfixView(report, {})).toEqual([
      "ADDRESS    OUTCOME  VERSION      HELD  REASON",
      ":01000102  applied  2684afe1  20.3 ms  10 live functions run the new text",
    ]);
    expect(hotfixRefusal(report)).toBeUndefined();
  });

  test("show where a change of several has stopped", () => {
    const failed = { ...report, outcome: undefined, how: "none", error: "E" };
    const rolling = { reports: [report, failed], stopped: ":01000102", remaining: 3 };

    expect(hotfixView(rolling, {}).slice(2)).toEqual([
      ":01000102  failed   2684afe1  20.3 ms  E",
      "stopped; 3 services were not seen to",
    ]);
    expect(hotfixRefusal(rolling)).toBe("stopped at :01000102");
  });

  test("show versions with the time since when each runs", () => {
    const lines = [
      { version: "049ecc96", how: "start", sinceMs: 0 },
      { version: "2684afe1", how: "live", sinceMs: 1000 },
    ];

    expect(versionsView({ ":01000102": lines }, { ":01000102": "explorer" })).toEqual([
      "ADDRESS    VERSION   HOW    SINCE                     NAME",
      ":01000102  049ecc96  start  1970-01-01T00:00:00.000Z  explorer",
      ":01000102  2684afe1  live   1970-01-01T00:00:01.000Z  explorer",
    ]);
  });
});
