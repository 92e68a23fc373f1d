// What a cell's process is told of its host's options.

import { describe, expect, test } from "vitest";
import { cellOptions } from "../../../src/cell/cell.ts";
import { resolveOptions } from "../../../src/options.ts";

const options = {
  ...resolveOptions({
    env: { password: "swordfish" },
    start: "main swordfish",
    servicePath: "/srv/swordfish/?.ts",
  }),
  startTimeMs: 0,
};

describe("the options of a cell", () => {
  test("hold nothing of the host's settings, arguments and paths", () => {
    const told = cellOptions({ options, stallMs: 1000 });

    expect(JSON.stringify(told)).not.toContain("swordfish");
  });

  test("end a turn within half of the time after which the process is killed", () => {
    expect(cellOptions({ options, stallMs: 400 }).turnMsMax).toBe(200);
  });
});
