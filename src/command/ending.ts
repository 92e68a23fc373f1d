// Ending: from a signal, or a fault nobody caught, to the end of the process.
// Main thread. Made by the start command before the host, so that a signal during the start counts.
// Invariant: the process ends within stopMsMax of the first signal, whatever the host does.

import { exitCodes, failureText, type ExitCode } from "./exit-codes.ts";
import { say } from "./say.ts";

/**
 * What this needs of a host. `stop` resolves with false when log lines are stuck: then only a kill
 * ends the process.
 */
export type EndingHost = { stop(): Promise<unknown>; reopenLog(): void };

/** The process, for tests to stand in for. */
export type EndingPowers = {
  readonly on: (event: string, listener: (what: unknown) => void) => unknown;
  readonly say: (text: string) => void;
  readonly exit: (code: ExitCode) => void;
  /**
   * Ends the process at once: an exit would wait for threads that are stuck in an isolate or a
   * write.
   */
  readonly kill: () => void;
};

const stopMsMax = 5000;
// one Ctrl-C arrives several times: from the terminal, from npm, from our own launcher
const echoMs = 300;

const ownProcess: EndingPowers = {
  on: (event, listener) => process.on(event, listener),
  say,
  exit: (code) => process.exit(code),
  kill: () => void process.kill(process.pid, "SIGKILL"),
};

export class Ending {
  readonly #powers: EndingPowers;
  #host: Promise<EndingHost> | undefined;
  #endedAtMs: number | undefined;

  constructor({ isLogFile }: { readonly isLogFile: boolean }, powers = ownProcess) {
    this.#powers = powers;
    const stop = (signal: string) => () => this.#signalled(signal);
    powers.on("SIGINT", stop("SIGINT"));
    powers.on("SIGTERM", stop("SIGTERM"));
    powers.on("SIGHUP", isLogFile ? () => void this.#reopenLog() : stop("SIGHUP"));
    for (const event of ["uncaughtException", "unhandledRejection"]) {
      powers.on(event, (error) => {
        powers.say(failureText(error));
        void this.#end(exitCodes.fault);
      });
    }
  }

  /** Takes charge of a host that is starting. */
  guard<T extends EndingHost>(starting: Promise<T>): Promise<T> {
    this.#host = starting;
    return starting;
  }

  #signalled(signal: string): void {
    if (this.#endedAtMs === undefined) {
      this.#powers.say(`isonet: ${signal}: stopping`);
      void this.#end(exitCodes.done);
      return;
    }
    if (performance.now() - this.#endedAtMs < echoMs) return;
    this.#powers.say(`isonet: ${signal} again: ended at once`);
    this.#powers.kill();
  }

  async #end(code: ExitCode): Promise<void> {
    if (this.#endedAtMs !== undefined) return;
    this.#endedAtMs = performance.now();
    const timer = setTimeout(() => {
      this.#powers.say(`isonet: not stopped within ${stopMsMax} ms: ended at once`);
      this.#powers.kill();
    }, stopMsMax);
    const isClean = await this.#stop();
    clearTimeout(timer);
    if (isClean) this.#powers.exit(code);
    else this.#powers.kill();
  }

  /** False when an exit would hang. */
  async #stop(): Promise<boolean> {
    try {
      return (await (await this.#host)?.stop()) !== false;
    } catch (error) {
      this.#powers.say(failureText(error));
      return false;
    }
  }

  async #reopenLog(): Promise<void> {
    (await this.#host)?.reopenLog();
  }
}
