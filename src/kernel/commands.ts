// Commands: what a service asks of its own kernel: timers, its end, its figures
// (wire/system-command.ts).
// One shard. Fed by outbox.ts with frames whose length is checked; everything else in them is
// hostile.
// Invariant: a service's `timers` holds exactly its armed timers, at most timersMax.

import { formatAddress, kernelAddress } from "../../wire/address.ts";
import type { CodedError } from "../../wire/coded-error.ts";
import { decodeFault } from "../../wire/fault.ts";
import { frameHeaderBytes, frameHeaderWords, FrameWord } from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { noSession, sessionMax } from "../../wire/session.ts";
import { SystemCommand } from "../../wire/system-command.ts";
import { makeFrame, type Router } from "./router.ts";
import type { Clock } from "./scheduler.ts";
import type { ServiceRecord } from "./service-record.ts";
import type { Timer, TimerWheel } from "./timers.ts";

/** What a kernel tells its shard when a service asks for it. */
export type CommandHooks = {
  /** The start handler returned, or failed with this fault. */
  readonly onStarted: (record: ServiceRecord, fault: CodedError | undefined) => void;
  /** The service lowers its memory limit (memLimit). */
  readonly onMemLimit: (record: ServiceRecord, bytes: number) => void;
  /** The service asks for its statistics: the body of the response. */
  readonly ownStat: (record: ServiceRecord) => Uint8Array;
};

export type CommandsParts = {
  readonly router: Router;
  readonly timers: TimerWheel;
  readonly clock: Clock;
  readonly hooks: CommandHooks;
  readonly onFault: (record: ServiceRecord, what: string) => void;
};

/** The response of a timer that fired: only its ends change. */
const timerFrame = makeFrame(
  MessageKind.response,
  { source: kernelAddress, destination: kernelAddress, session: noSession },
  new Uint8Array(0),
);

export class Commands {
  readonly #parts: CommandsParts;

  constructor(parts: CommandsParts) {
    this.#parts = parts;
  }

  /** Carries out the command at word `at`. */
  run(record: ServiceRecord, words: Uint32Array, at: number): void {
    const session = words[at + FrameWord.session] as number;
    const operand = words[at + FrameWord.deadline] as number;
    const opcode = words[at + frameHeaderWords] as number;
    switch (opcode) {
      case SystemCommand.timeout:
        this.#arm(record, session, operand);
        break;
      case SystemCommand.cancel:
        this.#cancel(record, session);
        break;
      case SystemCommand.exit:
        record.isExiting = true;
        break;
      case SystemCommand.ready:
        this.#started(record, undefined);
        break;
      case SystemCommand.failed:
        this.#started(record, decodeFault(bodyAfterOpcode(words, at)));
        break;
      case SystemCommand.memLimit:
        this.#parts.hooks.onMemLimit(record, operand * 1024);
        break;
      case SystemCommand.stat:
        this.#answerStat(record, session);
        break;
      default:
        this.#parts.onFault(record, `system command ${opcode}`);
    }
  }

  /** A timer is due: its service gets a response. */
  fire(timer: Timer): void {
    const { router, timers } = this.#parts;
    const record = router.services.get(timer.address);
    if (record === undefined) return;
    record.timers.delete(timer.session);
    timerFrame[FrameWord.destination] = timer.address;
    timerFrame[FrameWord.session] = timer.session;
    if (router.post(timerFrame, 0)) return;
    // The mailbox is full to the last reply. A sleeper that never woke would be lost: it is tried
    // again.
    record.timers.set(timer.session, timers.arm(timer.address, timer.session, 1));
  }

  /** Disarms every timer of a service that ends. */
  disarm(record: ServiceRecord): void {
    for (const timer of record.timers.values()) this.#parts.timers.cancel(timer);
    record.timers.clear();
  }

  #arm(record: ServiceRecord, session: number, delayTicks: number): void {
    const { router, timers, clock, onFault } = this.#parts;
    if (session === noSession || session > sessionMax || delayTicks > limits.timerTicksMax) {
      onFault(record, `timer with session ${session} and delay ${delayTicks}`);
      return;
    }
    this.#cancel(record, session);
    const { max, name } = record.limits.timers;
    if (record.timers.size >= max) {
      const address = formatAddress(record.address);
      const text = `service ${address} has ${max} timers (${name})`;
      router.postError(kernelAddress, record.address, session, "TIMERS_FULL", text);
      return;
    }
    const timer = timers.arm(record.address, session, delayTicks, clock.nowTick());
    record.timers.set(session, timer);
  }

  #cancel(record: ServiceRecord, session: number): void {
    const timer = record.timers.get(session);
    if (timer === undefined) return;
    this.#parts.timers.cancel(timer);
    record.timers.delete(session);
  }

  #started(record: ServiceRecord, fault: CodedError | undefined): void {
    if (record.state !== "starting") return;
    record.state = "running";
    this.#parts.hooks.onStarted(record, fault);
  }

  #answerStat(record: ServiceRecord, session: number): void {
    const ends = { source: kernelAddress, destination: record.address, session };
    const body = this.#parts.hooks.ownStat(record);
    this.#parts.router.post(makeFrame(MessageKind.response, ends, body), 0);
  }
}

function bodyAfterOpcode(words: Uint32Array, at: number): Uint8Array {
  const start = words.byteOffset + at * 4 + frameHeaderBytes + 4;
  return new Uint8Array(words.buffer, start, (words[at] as number) - frameHeaderBytes - 4).slice();
}
