// Client gate: `isonet client gate`: lines are frames to a gate, frames that come are printed.
// Main thread of the isonet command. Started by client.ts.
// Invariant: exit code 0 when this side had no more to say, 1 when the connection ended before that
// or broke, 2 when there was no gate.

import { systemClientClock, type ClientClock } from "../../client/client-clock.ts";
import { GateClient, type GateOptions } from "../../client/gate-client.ts";
import { safeText } from "../../services/host/console/safe-text.ts";
import { isCodedError } from "../../wire/coded-error.ts";
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
  /** This side ends the connection. */
  #isLeaving = false;
  #code: number = exitCodes.done;
  #forgetWait: () => void = () => {};

  constructor(gate: GateClient, options: GateTalkOptions, streams: TalkStreams) {
    this.#gate = gate;
    this.#options = options;
    this.#talk = new ClientTalk(streams, `${gate.peer}> `, () => this.#leave());
  }

  async run(): Promise<number> {
    const showing = this.#show();
    for await (const line of this.#talk.lines()) await this.#send(line);
    if (!this.#gate.hasEnded) this.#wait();
    await showing;
    return this.#code;
  }

  /** Prints frames until the connection ends. */
  async #show(): Promise<void> {
    try {
      for await (const frame of this.#gate) {
        if (this.#talk.hasInputEnded) this.#wait();
        const { isJson } = this.#options;
        await this.#talk.print(isJson ? jsonLine(jsonOfBytes(frame)) : shownBytes(frame));
      }
      if (!this.#talk.hasInputEnded) this.#code = exitCodes.fault;
      if (!this.#isLeaving) this.#talk.note(`${this.#gate.peer} has ended the connection`);
    } catch (error) {
      this.#code = exitCodes.fault;
      this.#talk.note((error as Error).message);
    }
    this.#forgetWait();
    this.#talk.end();
    await this.#gate.close();
  }

  async #send(line: string): Promise<void> {
    try {
      this.#gate.send(line);
      await this.#gate.drained();
    } catch (error) {
      if (!isCodedError(error)) throw error;
      if (!this.#isLeaving) this.#code = exitCodes.fault;
      if (error.code !== "CONNECTION_LOST") this.#talk.note(`${error.code}: ${error.message}`);
    }
  }

  /** Leaves when nothing comes for so long. */
  #wait(): void {
    if (this.#isLeaving) return;
    const { clock = systemClientClock, waitMs } = this.#options;
    this.#forgetWait();
    const ms = this.#talk.isTerminal ? 0 : waitMs;
    this.#forgetWait = clock.after(ms, () => this.#leave());
  }

  /** By choice: what is not said any more is no fault. */
  #leave(): void {
    this.#isLeaving = true;
    this.#talk.end();
    void this.#gate.close(); // ends the frames as well
  }
}
