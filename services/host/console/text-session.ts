// Text session: one operator's connection in the form of Skynet's debug console (reference §9.7).
// Shard 0. Fed with the connection's bytes by door.ts; its commands run one after the other.
// Invariant: while a command runs, or its output waits for a slow reader, nothing more is read.

import { answerLines, endings, failureLines, greeting, unknownCommand } from "./print.ts";
import { failureOf } from "./answer.ts";
import { commandNamed, commandOf } from "./command-table.ts";
import type { Isonet, Talk } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";
import type { ConsoleConnection, ConsoleLineReader, ConsolePowers } from "./powers.ts";
import { requestOfLine } from "./request.ts";

/**
 * Control characters are no part of a command: what sends them is a program that speaks something
 * else.
 */
const binaryPattern = /[^\P{Cc}\t]/u;

export class TextSession {
  readonly #connection: ConsoleConnection;
  readonly #isonet: Isonet;
  readonly #powers: ConsolePowers;
  readonly #lines: string[] = [];
  readonly #reader: ConsoleLineReader;
  #isRunning = false;
  /** Of a command that talks: waits for the next line. */
  #waiting: ((line: string | undefined) => void) | undefined;
  #hasEnded = false;

  constructor(connection: ConsoleConnection, isonet: Isonet, powers: ConsolePowers) {
    this.#connection = connection;
    this.#isonet = isonet;
    this.#powers = powers;
    this.#reader = powers.lineReader(consoleLimits.lineBytesMax, {
      onLine: (line) => this.#lines.push(line),
      onOverlong: () => this.#refuse(`a line is longer than ${consoleLimits.lineBytesMax} bytes`),
    });
    powers.log("info", `${connection.peer} connected`);
    this.#print([greeting]);
  }

  push(chunk: Uint8Array): void {
    if (this.#hasEnded) return;
    this.#reader.push(chunk);
    this.#pump();
  }

  /** The operator sends no more: what came in is still answered. */
  finish(): void {
    this.#reader.finish();
    this.#hasEnded = true;
    this.#pump();
  }

  /** The connection is gone. */
  closed(): void {
    this.#hasEnded = true;
    this.#lines.length = 0;
    this.#give(undefined);
  }

  #pump(): void {
    if (this.#waiting !== undefined && this.#lines.length > 0) this.#give(this.#lines.shift());
    else if (this.#hasEnded) this.#give(undefined);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#connection.pause();
    void this.#runAll();
  }

  async #runAll(): Promise<void> {
    for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
      if (binaryPattern.test(line)) this.#refuse("a line holds control characters");
      else if (line.trim() !== "") await this.#run(line);
    }
    this.#isRunning = false;
    if (this.#hasEnded) this.#connection.end();
    else this.#connection.resume();
  }

  async #run(line: string): Promise<void> {
    const request = requestOfLine(line);
    if (commandNamed(request.name) === undefined) {
      this.#print([...unknownCommand, endings.error]);
      return;
    }
    try {
      const { command, invocation } = commandOf(this.#isonet, this.#powers, request);
      if (command.talk === undefined) {
        this.#print([...answerLines(await command.run(invocation)), endings.ok]);
      } else {
        await command.talk(invocation, this.#talk());
        this.#print([endings.ok]);
      }
    } catch (error) {
      this.#print([...failureLines(failureOf(error)), endings.error]);
    }
    await this.#connection.drained();
  }

  #talk(): Talk {
    return {
      peer: this.#connection.peer,
      print: (lines) => this.#print(lines),
      prompt: (text) => void this.#connection.write(text),
      nextLine: () => this.#nextLine(),
    };
  }

  /** Reads on meanwhile, for this one line. */
  async #nextLine(): Promise<string | undefined> {
    const line = this.#lines.shift();
    if (line !== undefined || this.#hasEnded) return line;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#waiting = resolve;
    this.#connection.resume();
    return promise;
  }

  #give(line: string | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    this.#connection.pause();
    waiting(line);
  }

  #print(lines: readonly string[]): void {
    this.#connection.write(`${lines.join("\n")}\n`);
  }

  /** Says why and hangs up; what was typed behind it is not run. */
  #refuse(why: string): void {
    this.#powers.log("warn", `${this.#connection.peer} is disconnected: ${why}`);
    this.#print([`ARGUMENT_INVALID: ${why}`, endings.error]);
    this.#lines.length = 0;
    this.#hasEnded = true;
    if (!this.#isRunning) this.#connection.end();
  }
}
