// Cell process: one child process, from its start to its end.
// Main thread. Made by cells.ts; the pipe to it is read and written by cell-link.ts.
// Invariant: ended by its process id, never asked to end; `onGone` is told once, when nothing more
// comes from it.

import { spawn, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { BlameFile } from "./blame-mark.ts";
import { CellDescriptor, type CellOrder } from "./cell-order.ts";
import { nodeCommand, type Confinement } from "./confinement.ts";

/** How it ended: by itself, or because the host killed it. */
export type CellEnd = { readonly how: string; readonly stderr: string };

const stderrUnitsMax = 4096; // V8's last words

export class CellProcess {
  readonly blame = new BlameFile();
  readonly pipe: Socket;
  readonly #child: ChildProcess;
  #stderr = "";
  #why: string | undefined;
  #isGone = false;

  constructor(order: CellOrder, { prefix }: Confinement, onGone: (end: CellEnd) => void) {
    const [program, ...args] = [...prefix, ...nodeCommand(), JSON.stringify(order)];
    const stdio: ("ignore" | "pipe" | number)[] = ["ignore", "ignore", "pipe"];
    stdio[CellDescriptor.pipe] = "pipe";
    stdio[CellDescriptor.mark] = this.blame.fd;
    // In a process group of its own: an interrupt typed at the host's terminal is for the host.
    this.#child = spawn(program, args, { stdio, env: {}, cwd: "/", detached: true });
    offerToOutOfMemoryKiller(this.pid);
    this.pipe = this.#child.stdio[CellDescriptor.pipe] as Socket;
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrUnitsMax);
    });
    this.pipe.on("error", () => {}); // its end is told by "close"
    const gone = (how: string): void => {
      if (this.#isGone) return;
      this.#isGone = true;
      onGone({ how: this.#why ?? how, stderr: this.#stderr });
      this.pipe.destroy();
      this.blame.close();
    };
    this.#child.on("error", (error) => gone(`could not be started: ${error.message}`));
    // Its streams are read to their end by then: its last replies count.
    this.#child.on("close", (code, signal) => gone(`ended by ${signal ?? `exit code ${code}`}`));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Ends it at once. `why` is what its end is put down to. */
  kill(why: string): void {
    this.#why ??= why;
    this.#child.kill("SIGKILL");
  }
}

/** When the machine runs out of memory it is a cell that Linux ends, not the host. */
function offerToOutOfMemoryKiller(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // Not Linux, or the process is gone already: its end is told.
  }
}
