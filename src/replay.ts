// Replay: a recording run again from its first input to its last, or to a given one.
// Any process without a host: it makes the one isolate it needs.
// Invariant: nothing leaves the isolate: what it sends is compared and forgotten.

import { readFile } from "node:fs/promises";
import type { Address } from "isonet";
import type { EndpointPlace } from "../services/host/devtools/endpoint.ts";
import type { ServiceAddress } from "../wire/address.ts";
import { makeAddress, wellKnown } from "../wire/address.ts";
import { decode, encode } from "../wire/codec.ts";
import { CodedError } from "../wire/coded-error.ts";
import { decodeFault } from "../wire/fault.ts";
import { frameHeaderBytes, frameStride, FrameWord, writeHeader } from "../wire/frame.ts";
import { MessageKind } from "../wire/message-kind.ts";
import { sessionMax } from "../wire/session.ts";
import { ControlWord } from "../wire/turn-memory.ts";
import { IsolateCount } from "./engine/ceiling.ts";
import { IsolatedEngine } from "./engine/isolated-engine.ts";
import type { IsolatedService } from "./engine/isolate.ts";
import { TurnMark } from "./kernel/turn-mark.ts";
import { ReplayDebugger } from "./replay-debugger.ts";
import { differenceOf, type Difference } from "./shard/comparison.ts";
import { Player } from "./shard/player.ts";
import { readRecording, type RecordedTurn, type Recording } from "./shard/recording-file.ts";
import { stripTypes } from "./shard/strip-types.ts";

export type ReplayOrder = {
  readonly file: string;
  /** The last input that is played; the module's body is 0. Default: all. */
  readonly to?: number | undefined;
  /** File of a source to run in place of the recorded main module. */
  readonly withSource?: string | undefined;
  /**
   * Waits for DevTools in front of the first input behind the body, or of the last one when `to` is
   * given; told where to connect.
   */
  readonly onWaiting?: ((place: EndpointPlace) => void) | undefined;
};

/** What the service says of itself after the last input that was played. */
export type ReplayedState = {
  readonly exported: unknown;
  readonly info: unknown;
  readonly tasks: unknown;
};

export type Replayed = {
  readonly recording: Recording;
  /** Inputs that were played, the module's body included. */
  readonly played: number;
  readonly difference: Difference | undefined;
  /** With `to` only. */
  readonly state: ReplayedState | undefined;
};

const turnMsMax = 60_000;
const isolatesMax = 8;

/** Fails with RECORDING_INVALID, and as loading a module does. */
export async function replay({ file, to, withSource, onWaiting }: ReplayOrder): Promise<Replayed> {
  const recording = readRecording(await bytesOf(file));
  const source =
    withSource === undefined
      ? undefined
      : stripTypes((await bytesOf(withSource)).toString("utf8"), withSource);
  // Dates in local time are those of the recorded host.
  process.env["TZ"] = recording.start.timeZone;
  const mark = new TurnMark(TurnMark.memory(1), 0);
  const count = new IsolateCount(new SharedArrayBuffer(4), isolatesMax);
  const engine = new IsolatedEngine({ mark: mark.words, count, turnMsMax });
  const { start, program, turns } = recording;
  const player = new Player(engine, { program, ...start, loadMsMax: turnMsMax, source });
  const turnAt = (input: number): RecordedTurn => turns[input] as RecordedTurn;
  try {
    const last = Math.min(to ?? Infinity, turns.length - 1);
    const first = onWaiting === undefined ? last + 1 : Math.max(1, to ?? 1);
    let difference: Difference | undefined;
    let input = 0;
    while (input <= last && input < first && difference === undefined) {
      const turn = turnAt(input);
      const played = input === 0 ? player.load(turn) : player.play(turn);
      difference = differenceOf(input++, turn, played);
    }
    if (onWaiting !== undefined && difference === undefined && input <= last) {
      const debug = new ReplayDebugger(player.isolate, start.address as Address, start.name);
      onWaiting(await debug.open());
      await debug.begun;
      while (input <= last && difference === undefined) {
        const turn = turnAt(input);
        difference = differenceOf(input++, turn, await player.playWith(turn, () => debug.turn()));
      }
      await debug.close();
    }
    const state = to === undefined ? undefined : stateOf(player.isolate, recording);
    return { recording, played: input, difference, state };
  } finally {
    player.dispose();
    await engine.stop();
  }
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const text = `${file} cannot be read: ${(error as Error).message}`;
    throw new CodedError("RECORDING_INVALID", text);
  }
}

function stateOf(isolate: IsolatedService, { start }: Recording): ReplayedState {
  const ask = (command: string): unknown =>
    askOf(isolate, start.address as ServiceAddress, command);
  return { exported: ask("EXPORT"), info: ask("INFO"), tasks: ask("TASK") };
}

/** A debug command, answered in a turn of its own; undefined when it gives no answer at once. */
function askOf(isolate: IsolatedService, address: ServiceAddress, command: string): unknown {
  const { memory } = isolate;
  const { control } = memory;
  const body = encode([command]);
  const length = frameHeaderBytes + body.length;
  const source = makeAddress(address >>> 24, wellKnown.shardControl);
  const kind = MessageKind.debug;
  const header = { length, source, destination: address, session: sessionMax, kind };
  writeHeader(memory.inbox, 0, { ...header, flags: 0, deadline: 0 });
  new Uint8Array(memory.inbox.buffer, memory.inbox.byteOffset + frameHeaderBytes).set(body);
  control[ControlWord.inboxLength] = frameStride(length);
  control[ControlWord.outboxLength] = 0;
  const pieces: Uint8Array[] = [];
  const take = (): number => {
    pieces.push(...answersIn(memory.outbox, control[ControlWord.outboxLength] as number));
    control[ControlWord.outboxLength] = 0;
    return 0;
  };
  isolate.onFlush = take;
  isolate.turn();
  take();
  if (pieces.length === 0) return undefined;
  const frames = Buffer.concat(pieces.map((piece) => piece.subarray(4)));
  const isFault = pieces[0]?.[0] === MessageKind.error;
  if (isFault) return { refused: decodeFault(new Uint8Array(frames)).message };
  return decode(new Uint8Array(frames))[0];
}

/** Kind (in 4 bytes) and body of each frame that answers the session of `askOf`. */
function answersIn(outbox: Uint32Array, bytes: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes >>> 2; at += frameStride(outbox[at] as number) >>> 2) {
    const length = outbox[at] as number;
    if (length < frameHeaderBytes || at * 4 + length > bytes) break;
    if (outbox[at + FrameWord.session] !== sessionMax) continue;
    const kind = (outbox[at + FrameWord.kindAndFlags] as number) & 0xff;
    const from = outbox.byteOffset + at * 4 + frameHeaderBytes;
    const body = new Uint8Array(outbox.buffer, from, length - frameHeaderBytes);
    found.push(new Uint8Array([kind, 0, 0, 0, ...body]));
  }
  return found;
}
