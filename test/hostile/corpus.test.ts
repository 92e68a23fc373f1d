// The corpus: every hostile script costs itself only. Each runs in a live host beside innocents, in
// a process of its own (runner/).

import { readdirSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { run, type ChildEnd } from "../kit/child.ts";
import { node24 } from "../kit/nodes.ts";
import type { HostileLine } from "./runner/verdict.ts";
import { hostFlags } from "../kit/node-flags.ts";

const folder = path.join(import.meta.dirname, "corpus");
const scripts = readdirSync(folder).filter((name) => name.endsWith(".js"));
const main = path.join(import.meta.dirname, "main.ts");
const hostile = (...args: readonly string[]): Promise<ChildEnd> =>
  run([node24, ...hostFlags, main, ...args]);

// A machine with other work on it stops a script late; one that is never stopped is found all the
// same. `npm run hostile` holds the runner to the promised time.
const lateMs = 3000;

describe("a hostile script", () => {
  const lines = new Map<string, HostileLine>();

  beforeAll(async () => {
    const { stdout, stderr } = await hostile(
      "--corpus",
      folder,
      "--json",
      "--brief",
      "--stall-ms",
      "500",
    );
    for (const text of stdout.split("\n").filter(Boolean)) {
      const line = JSON.parse(text) as HostileLine;
      lines.set(line.script, line);
    }
    if (lines.size < scripts.length) throw new Error(`the runner ended early: ${stderr}`);
  });

  test.each(scripts)("%s costs itself only", (script) => {
    const line = lines.get(script);

    expect(line).toMatchObject({
      hostAlive: true,
      innocentErrors: 0,
      innocentLost: 0,
      neighbourErrors: 0,
    });
    expect(line?.outcome === "escaped" ? line.text : "").toBe("");
    expect(line?.neighbourBackMs).toBeGreaterThanOrEqual(0);
    expect(line?.stopMs).toBeLessThanOrEqual((line?.boundMs ?? 0) + lateMs);
  });
});

describe("npm run hostile", () => {
  test("explains itself", async () => {
    const { code, stdout } = await hostile("--help");

    expect(code).toBe(0);
    expect(stdout).toContain("--corpus DIR");
  });

  test.each([
    { args: [], says: "--corpus is needed" },
    { args: ["--corpus", "nowhere"], says: "--corpus nowhere: there is no such folder" },
    { args: ["--corpus", import.meta.dirname], says: "no script in it is named" },
    { args: ["--corpus", folder, "--stall-ms", "soon"], says: "--stall-ms is soon" },
    { args: ["--corps", folder], says: "Unknown option '--corps'" },
  ])("refuses $args and says why", async ({ args, says }) => {
    const { code, stderr } = await hostile(...args);

    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});
