// Overrides of the command line: --set key=value.

import { describe, expect, test } from "vitest";
import { withOverrides } from "../../../src/config-overrides.ts";

describe("an override", () => {
  test.each([
    ["shards=2", { shards: 2 }],
    ["start=main 7", { start: "main 7" }],
    ['start={"name":"a=b"}', { start: { name: "a=b" } }],
    ["console=false", { console: false }],
    ["console.port=9000", { console: { host: "::1", port: 9000 } }],
    ["log.file=a=b.log", { log: { file: "/here/a=b.log" } }],
    ["servicePath=a/?.ts;/b/?.ts", { servicePath: ["/here/a/?.ts", "/b/?.ts"] }],
    ["env.depth=3", { env: { depth: "3" } }],
    ["env.a.b=", { env: { "a.b": "" } }],
  ])("%s", (override, changed) => {
    expect(withOverrides({ node: 7, console: { host: "::1" } }, [override], "/here")).toEqual({
      node: 7,
      console: { host: "::1" },
      ...changed,
    });
  });

  test("that comes later wins", () => {
    expect(withOverrides({}, ["node=2", "node=3"], "/here")).toEqual({ node: 3 });
  });

  test.each(["shards", "=2", "a b=1", "console.=1"])("%s is refused", (override) => {
    expect(() => withOverrides({}, [override], "/here")).toThrow(
      `--set ${override}: allowed: key=value`,
    );
  });
});
