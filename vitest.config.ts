// Test projects: one per folder of test/. Every file runs in a forked process with the flag
// isolated-vm needs.
// integration and examples start hosts of their own, so they run after the others; the files of
// hostile, which load the machine as they can, run one at a time, after all.
// Invariant: a folder of test/ that holds *.test.ts files is a project here (test/tidy checks it).

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("./", import.meta.url));

type Project = { name: string; testTimeoutMs: number; group?: 1 | 2 };

const projects: readonly Project[] = [
  { name: "unit", testTimeoutMs: 5000 },
  { name: "sandbox", testTimeoutMs: 5000 },
  { name: "property", testTimeoutMs: 20_000 },
  { name: "tidy", testTimeoutMs: 20_000 },
  { name: "simulation", testTimeoutMs: 60_000 },
  { name: "integration", testTimeoutMs: 60_000, group: 1 },
  { name: "examples", testTimeoutMs: 60_000, group: 1 },
  { name: "hostile", testTimeoutMs: 180_000, group: 2 },
];

/** Libraries import each other as services do; what "isonet" itself is, a test of one says. */
const libraries = { find: /^isonet\/(?!host$)(.*)$/, replacement: `${root}library/$1.ts` };

export default defineConfig({
  test: {
    projects: projects.map(({ name, testTimeoutMs, group = 0 }) => ({
      resolve: { alias: [libraries] },
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        environment: "node",
        pool: "forks",
        execArgv: ["--no-node-snapshot", "--disable-warning=ExperimentalWarning"],
        testTimeout: testTimeoutMs,
        hookTimeout: testTimeoutMs,
        maxWorkers: group === 2 ? 1 : 2,
        sequence: { groupOrder: group },
      },
    })),
    // Of the tests of one file that say so: two cores.
    maxConcurrency: 2,
    passWithNoTests: true,
    // .ci/run counts from the JSON; people read the default reporter.
    reporters: ["default", ["json", { outputFile: "build/test-results.json" }]],
    coverage: {
      provider: "v8",
      include: ["wire/**/*.ts", "src/kernel/**/*.ts", "sandbox/**/*.ts"],
      thresholds: { lines: 95 },
    },
  },
});
