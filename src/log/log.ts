// Log: lines of services and of the host, as JSON or for a terminal, to standard output or a file.
// Main thread. Written to by the logger service and by host.ts; knows neither. The only importer of
// pino.
// Invariant: `write` never blocks, and what waits is bounded; a line that does not fit is counted
// and told.

import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { pino, type Logger } from "pino";
import { CodedError } from "../../wire/coded-error.ts";
import { LogLevel, type LogLevelName } from "../../wire/log-level.ts";
import { FloodGate } from "./flood-gate.ts";
import { LogTail } from "./log-tail.ts";
import { LostLines } from "./lost-lines.ts";
import { makePretty } from "./pretty.ts";
import { Sink } from "./sink.ts";

export type LogOptions = {
  /** File to append to; undefined: standard output. */
  readonly file?: string | undefined;
  /** auto: pretty on a terminal, else JSON. */
  readonly format: "auto" | "json" | "pretty";
  /** Lines below it are not written. */
  readonly level: LogLevelName;
};

const stdoutFd = 1;
const reportMs = 1000; // how often lost lines are looked at

/** Opens the log. Fails with CONFIG_INVALID when the file cannot be opened. */
export async function createLog(options: LogOptions): Promise<Log> {
  const { file } = options;
  if (file !== undefined) checkFile(file);
  const stream = pino.destination({ dest: file ?? stdoutFd, append: true, sync: false });
  const sink = new Sink(stream);
  await sink.opened;
  return new Log(options, sink);
}

/**
 * Before pino opens it: a stream that could not be opened throws once more when the process exits.
 */
function checkFile(file: string): void {
  try {
    closeSync(openSync(file, "a"));
  } catch (error) {
    const why = (error as Error).message;
    throw new CodedError("CONFIG_INVALID", `log.file: cannot open ${file} for appending: ${why}`);
  }
}

export class Log {
  /** What was written last. */
  readonly tail = new LogTail();
  readonly #sink: Sink;
  readonly #lines: Logger;
  readonly #gate = new FloodGate();
  readonly #lost = new LostLines();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LogOptions, sink: Sink) {
    this.#sink = sink;
    const format = lineFormat(options);
    this.#lines = pino(
      {
        level: options.level,
        messageKey: "text",
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      { write: (line: string) => sink.write(format(line)) },
    );
  }

  /**
   * Writes one line; `level` as pino numbers them (20 debug, 30 info, 40 warn, 50 error; any other
   * counts as info). `addressText` says who speaks: each speaker has logLinesPerSecondMax lines a
   * second, the rest is dropped and counted.
   */
  write(level: number, addressText: string, name: string, text: string): void {
    const label = levelNames.get(level) ?? "info";
    if (!this.#lines.isLevelEnabled(label)) return;
    const nowMs = performance.now();
    if (this.#gate.admit(addressText, nowMs) && this.#sink.hasRoom) {
      this.#lines[label]({ address: addressText, service: name }, text);
      this.tail.add(label, addressText, name, text);
      return;
    }
    this.#lose(addressText, name, nowMs);
  }

  /** Counts a line that its speaker may not write, and tells of it as of any other lost one. */
  lose(addressText: string, name: string): void {
    this.#lose(addressText, name, performance.now());
  }

  #lose(addressText: string, name: string, nowMs: number): void {
    this.#lost.count(addressText, name, nowMs);
    this.#reportLater();
  }

  /**
   * Opens the file anew under its path, after logrotate has moved it away. Standard output: nothing
   * to do.
   */
  reopen(): void {
    this.#sink.reopen();
  }

  /**
   * Writes what waits. False when it did not get out in time: the reader of the output stands
   * still.
   */
  async flush(): Promise<boolean> {
    this.#report(Number.POSITIVE_INFINITY);
    return this.#sink.flush();
  }

  /** Flushes and closes; lines after that are lost. False as `flush`. */
  async close(): Promise<boolean> {
    clearTimeout(this.#timer);
    const isFlushed = await this.flush();
    this.#sink.close();
    return isFlushed;
  }

  /** Tells of lost lines although nobody may write again. */
  #reportLater(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#report(performance.now());
      if (!this.#lost.isEmpty) this.#reportLater();
    }, reportMs);
    this.#timer.unref();
  }

  #report(nowMs: number): void {
    if (!this.#sink.hasRoom) return;
    for (const { addressText, name, lines } of this.#lost.takeDue(nowMs)) {
      const text = `${lines} ${lines === 1 ? "line" : "lines"} dropped`;
      this.#lines.warn({ address: addressText, service: name }, text);
    }
  }
}

const levelNames = new Map<number, LogLevelName>(
  Object.entries(LogLevel).map(([name, level]) => [level, name as LogLevelName]),
);

function lineFormat({ file, format }: LogOptions): (line: string) => string {
  const isTerminal = file === undefined && isatty(stdoutFd);
  const isPretty = format === "pretty" || (format === "auto" && isTerminal);
  if (!isPretty) return (line) => line;
  // NO_COLOR: https://no-color.org
  const hasColours = isTerminal && !process.env["NO_COLOR"];
  return makePretty({ hasColours, hasTime: file !== undefined });
}
