// Child: runs a program for a test and tells what it wrote and how it ended.
// Test processes only. The child is ended with the test by its own id.
// Invariant: nothing here waits for time; a child that says nothing runs into the test's timeout.

import { spawn, type ChildProcess } from "node:child_process";

export type ChildEnd = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type ChildOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Its standard input; true: one that stays open. By default it has none. */
  readonly input?: string | true;
  /** The test's own: the child is killed when the test's time is up. */
  readonly signal?: AbortSignal;
};

export class Child {
  readonly #process: ChildProcess;
  readonly #ended = Promise.withResolvers<ChildEnd>();
  #stdout = "";
  #stderr = "";
  #onOutput: () => void = () => {};

  constructor(command: readonly string[], { cwd, env, input, signal: abort }: ChildOptions = {}) {
    const [program = "", ...parameters] = command;
    this.#process = spawn(program, parameters, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    if (typeof input === "string") this.#process.stdin?.end(input);
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#onOutput();
    });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#onOutput();
    });
    this.#process.on("error", this.#ended.reject);
    abort?.addEventListener("abort", () => this.kill("SIGKILL"));
    this.#process.on("close", (code, signal) => {
      this.#ended.resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get ended(): Promise<ChildEnd> {
    return this.#ended.promise;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /**
   * Resolves with the match when standard output or error has it; rejects when the child ends
   * without it.
   */
  async saw(pattern: RegExp): Promise<RegExpExecArray> {
    const seen = Promise.withResolvers<RegExpExecArray>();
    const look = (): void => {
      const match = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (match !== null) seen.resolve(match);
    };
    this.#onOutput = look;
    look();
    void this.ended.then((end) =>
      seen.reject(new Error(`ended without ${pattern}: ${JSON.stringify(end)}`)),
    );
    return seen.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended;
  }
}

/** Runs a program to its end. */
export function run(command: readonly string[], options?: ChildOptions): Promise<ChildEnd> {
  return new Child(command, options).ended;
}
