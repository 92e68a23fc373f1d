// Client gate: `isonet client gate`: lines are frames to a gate, frames that come are printed.
// Main thread of the isonet command. Started by client.ts.
// Invariant: exit code 0 when this side had no more to say, 1 when the connection ended before that
// or broke, 2 when there was no gate.

import { systemClientClock, type ClientClock } from "../../client/client-clock.ts";
import { GateClient, type GateOptions } from "../../client/gate-client.ts";
import { safeText } from "../../services/host/console/safe-text.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { ClientTalk, type TalkStreams } from "./client-talk.ts";
import { exitCodes, failureText } from "./exit-codes.ts";
import { results } from "./results.ts";
import { say } from "./say.ts";
import { jsonLine, jsonOfBytes, shownBytes } from "./shown-bytes.ts";

export type GateTalkOptions = {
  readonly gate: GateOptions;
  /** Frames are awaited so long after the input's end, each anew. */
  readonly waitMs: number;
  readonly isJson: boolean;
  readonly clock?: ClientClock;
};

/** Runs until one side ends; resolves with the exit code. */
export async function runGate(
  options: GateTalkOptions,
  streams: TalkStreams = { input: process.stdin, output: results() },
): Promise<number> {
  try {
    const gate = await GateClient.connect(options.gate);
    return await new GateTalk(gate, options, streams).run();
  } catch (error) {
    say(safeText(failureText(error)));
    return exitCodes.configuration;
  }
}

class GateTalk {
  readonly #gate: GateClient;
  readonly #options: GateTalkOptions;
  readonly #talk: ClientTalk;
  #isInputOver = false;
  #isLeaving = false;
  #forgetWait: () => void = () => {};

  constructor(gate: GateClient, options: GateTalkOptions, streams: TalkStreams) {
    this.#gate = gate;
    this.#options = options;
    this.#talk = new ClientTalk(streams, `${gate.peer}> `, () => void this.#leave());
  }

  async run(): Promise<number> {
    const showing = this.#show();
    for await (const line of this.#talk.lines()) await this.#send(line);
    this.#isInputOver = true;
    if (!this.#isLeaving && !this.#gate.hasEnded) this.#wait();
    return showing;
  }

  /** Prints frames until the connection ends; resolves with the exit code. */
  async #show(): Promise<number> {
    let code: number = exitCodes.done;
    let why = `${this.#gate.peer} has ended the connection`;
    try {
      for await (const frame of this.#gate) {
        if (this.#isInputOver) this.#wait();
        const { isJson } = this.#options;
        await this.#talk.print(isJson ? jsonLine(jsonOfBytes(frame)) : shownBytes(frame));
      }
    } catch (error) {
      why = (error as Error).message;
      code = exitCodes.fault;
    }
    if (!this.#isLeaving) this.#talk.note(why);
    if (!this.#isLeaving && !this.#isInputOver) code = exitCodes.fault;
    await this.#leave();
    return code;
  }

  async #send(line: string): Promise<void> {
    try {
      this.#gate.send(line);
      await this.#gate.drained();
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (error.code !== "CONNECTION_LOST") this.#talk.note(`${error.code}: ${error.message}`);
    }
  }

  /** Leaves when nothing comes for so long. */
  #wait(): void {
    const { clock = systemClientClock, waitMs } = this.#options;
    this.#forgetWait();
    const ms = this.#talk.isTerminal ? 0 : waitMs;
    this.#forgetWait = clock.after(ms, () => void this.#leave());
  }

  async #leave(): Promise<void> {
    this.#isLeaving = true;
    this.#forgetWait();
    this.#talk.end();
    await this.#gate.close();
  }
}
