// Service path: which file a service's name means, and that no name leads out of its directory.

import path from "node:path";
import { describe, expect, test } from "vitest";
import { findService } from "../../../src/service-path.ts";
import { makeFolder } from "../../kit/folder.ts";

describe("a service's name", () => {
  test("means the first file on the service path, and the directory before the question mark", () => {
    const folder = makeFolder({ "b/main.ts": "", "c/main.ts": "", "c/game/npc/boot.mjs": "" });
    const patterns = ["a/?.ts", "b/?.ts", "c/?.ts", "c/?/boot.mjs"].map((pattern) =>
      path.join(folder, pattern),
    );

    expect(findService("main", patterns)).toEqual({
      file: path.join(folder, "b/main.ts"),
      root: path.join(folder, "b"),
    });
    expect(findService("game/npc", patterns)).toEqual({
      file: path.join(folder, "c/game/npc/boot.mjs"),
      root: path.join(folder, "c"),
    });
  });

  test("means one of the host's own services when the service path has none of it", () => {
    const folder = makeFolder({ "mine/watchdog.ts": "" });

    expect(findService("gate", [`${folder}/mine/?.ts`]).file).toMatch(/services\/guest\/gate\.ts$/);
    expect(findService("watchdog", [`${folder}/mine/?.ts`]).root).toBe(path.join(folder, "mine"));
  });

  test("is refused with the paths that were tried", () => {
    const folder = makeFolder({ "b/main.ts/index.ts": "" });

    expect(() => findService("main", [`${folder}/a/?.ts`, `${folder}/b/?.ts`])).toThrow(
      `no file of service "main" on servicePath; tried ${folder}/a/main.ts, ${folder}/b/main.ts`,
    );
  });

  test.each([
    "",
    "..",
    "../secret",
    "a/../../secret",
    "/etc/passwd",
    "a//b",
    "a\\b",
    "a\0b",
    "a b",
  ])("%j is no name", (name) => {
    expect(() => findService(name, ["/x/?.ts"])).toThrow("is no name of a service; allowed:");
  });

  test("of 257 characters is no name", () => {
    const [longest, longer] = ["x".repeat(256), "x".repeat(257)];

    expect(() => findService(longest, ["/x/?.ts"])).toThrow(/^no file of service/);
    expect(() => findService(longer, ["/x/?.ts"])).toThrow("is no name of a service");
  });
});
