// Stage process: the entry of the process that holds the host. Runs the scripts it is told to run.
// Child of the runner (stage-child.ts), over Node's own channel between parent and child.
// Invariant: when the parent is gone it ends.

import { readFileSync } from "node:fs";
import path from "node:path";
import { Canary } from "./canary.ts";
import { runScript } from "./run-script.ts";
import { Stage, type StageOptions } from "./stage.ts";

export type StageAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "line"; readonly line: Awaited<ReturnType<typeof runScript>> }
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "stopped" };

const options = JSON.parse(process.argv[2] as string) as StageOptions;
const tell = (answer: StageAnswer): void => void process.send?.(answer);

process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

async function run(stage: Stage, canary: Canary, file: string): Promise<void> {
  try {
    const script = { name: path.basename(file), text: readFileSync(file, "utf8") };
    tell({ kind: "line", line: await runScript(stage, script, { canary, options }) });
  } catch (error) {
    tell({ kind: "failed", text: (error as Error).stack ?? String(error) });
  }
}

async function serve(): Promise<void> {
  using canary = new Canary();
  await using stage = await Stage.open(options);
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  process.on("message", (order: { readonly file?: string }) => {
    if (order.file === undefined) stop();
    else void run(stage, canary, order.file);
  });
  tell({ kind: "ready" });
  await stopped;
}

await serve();
tell({ kind: "stopped" });
