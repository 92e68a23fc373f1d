// Stage child: the process with the host, as the runner sees it.
// Runner only. A host that dies is a line of the report, and the next script gets a new one.
// Invariant: an order is answered, or the process has ended; nobody waits longer than its deadline.

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { StageAnswer } from "./stage-process.ts";
import type { StageOptions } from "./stage.ts";
import { complaints, type HostileLine } from "./verdict.ts";
import { hostFlags } from "../../kit/node-flags.ts";

const entry = path.join(import.meta.dirname, "stage-process.ts");
const startMs = 60_000;
const scriptMs = 60_000; // an attempt's deadline, the neighbours' return and the settling
const stopMs = 10_000;

export class StageChild {
  readonly #options: StageOptions;
  #child: ChildProcess | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
  }

  async run(file: string): Promise<HostileLine> {
    const child = (this.#child ??= await this.#start());
    const answer = await ask(child, () => child.send({ file }), scriptMs);
    if (answer.kind === "line") {
      // One who has done harm leaves it to nobody else.
      if (complaints(answer.line).length > 0) await this.#end();
      return answer.line;
    }
    await this.#end();
    return deadLine(path.basename(file), answer.kind === "failed" ? answer.text : "it ended");
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(entry, [JSON.stringify(this.#options)], { execArgv: hostFlags });
    const answer = await ask(child, () => true, startMs);
    if (answer.kind === "ready") return child;
    child.kill("SIGKILL");
    throw new Error("the host of the scripts did not start: see above");
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  }

  /** Stops the host in good order; true when it did. */
  async stop(): Promise<boolean> {
    const child = this.#child;
    if (child === undefined) return true;
    const { kind } = await ask(child, () => child.send({}), stopMs);
    await this.#end();
    return kind === "stopped";
  }
}

/** What it says next; "failed" when it ends, or says nothing in time. */
async function ask(
  child: ChildProcess,
  order: () => boolean,
  timeoutMs: number,
): Promise<StageAnswer> {
  const { promise, resolve } = Promise.withResolvers<StageAnswer>();
  const ended = (code: number | null, signal: string | null): void =>
    resolve({
      kind: "failed",
      text: `the host's process ended by ${signal ?? `exit code ${code}`}`,
    });
  const late = `the host's process said nothing for ${timeoutMs} ms`;
  const timer = setTimeout(() => resolve({ kind: "failed", text: late }), timeoutMs);
  child.once("message", resolve).once("exit", ended);
  order();
  const answer = await promise;
  clearTimeout(timer);
  child.off("message", resolve).off("exit", ended);
  return answer;
}

function deadLine(script: string, text: string): HostileLine {
  const nothing = { stopMs: 0, boundMs: 0, innocentErrors: 0, innocentLost: 0, innocentRate: 0 };
  const neighbours = { neighbourErrors: 0, neighbourBackMs: 0 };
  const host = { cellLost: false, hostAlive: false, hostStallMs: 0, rssAfterMb: 0 };
  return { script, outcome: "cell-killed", code: "", ...nothing, ...neighbours, ...host, text };
}
