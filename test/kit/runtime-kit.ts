// Runtime kit: the guest runtime of one service in plain Node, with a host made of arrays around
// it.
// Tests only. `turn` is what an engine does: fill the inbox, enter as often as the runtime asks,
// read the outbox.
// Invariant: every microtask of the service has run when `turn` resolves; nothing here waits for
// real time.

import type { Address } from "isonet";
import { setImmediate as microtasksDrained } from "node:timers/promises";
import { Script } from "node:vm";
import { createRuntime, type Runtime } from "../../sandbox/runtime.ts";
import { decode, encode } from "../../wire/codec.ts";
import { decodeFault, encodeFault } from "../../wire/fault.ts";
import { errorNumber, type ErrorCode } from "../../wire/error-codes.ts";
import { FrameFlag } from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { SystemCommand, systemResolved, systemStart } from "../../wire/system-command.ts";
import {
  controlBytes,
  ControlWord,
  inboxOffset,
  outboxOffset,
  turnMemoryBytes,
} from "../../wire/turn-memory.ts";
import { commandBody, frame, readFrames, type FrameFields, type SeenFrame } from "./frames.ts";

/** The service under test, and one that calls it. */
export const own = 0x0100_0100 as Address;
export const caller = 0x0100_0200 as Address;
export const other = 0x0100_0300 as Address;

const cutOffMs = 50; // a loop that never ends is reached long before, on a busy machine too
const spinning = { mustGoOn: false };

/** Never returns, in a turn that `cutOff` gives. */
export function spin(): undefined {
  while (spinning.mustGoOn);
  return undefined;
}

export type KitOptions = {
  readonly inboxBytes?: number;
  readonly outboxBytes?: number;
  readonly messageBytesMax?: number;
  /** Default 0: calls have no deadline, and none of their timers gets between the sessions. */
  readonly callTimeoutMs?: number;
  readonly mayPause?: boolean;
};

const opcodeNames = new Map<number, string>(
  Object.entries(SystemCommand).map(([name, opcode]) => [opcode, name]),
);
const kindNames = new Map<number, string>(
  Object.entries(MessageKind).map(([name, kind]) => [kind, name]),
);

/** A frame that the service wrote, as tests compare it. */
export type Sent = Record<string, unknown>;

export class RuntimeKit {
  readonly runtime: Runtime;
  readonly memory: ArrayBuffer;
  /** Everything taken out of the outbox and not yet taken by the test. */
  readonly #sent: SeenFrame[] = [];
  /** Whom the service has asked, by session: an answer without a source comes from there. */
  readonly #asked = new Map<number, number>();
  readonly #control: Int32Array;
  readonly #inbox: Uint32Array;
  readonly #outbox: Uint32Array;
  /** Flushes that are allowed before OUTBOX_FULL. */
  flushesLeft = Number.POSITIVE_INFINITY;
  flushes = 0;

  constructor(options: KitOptions = {}) {
    const { inboxBytes = 65_536, outboxBytes = 65_536, mayPause = true } = options;
    const layout = { inboxBytes, outboxBytes };
    this.memory = new ArrayBuffer(turnMemoryBytes(layout));
    this.#control = new Int32Array(this.memory, 0, controlBytes / 4);
    this.#inbox = new Uint32Array(this.memory, inboxOffset(), inboxBytes / 4);
    this.#outbox = new Uint32Array(this.memory, outboxOffset(layout), outboxBytes / 4);
    const flush = (): number => this.#flush();
    this.runtime = createRuntime({ memory: this.memory, layout, flush, mayPause });
    this.runtime.assign({
      address: own,
      node: 1,
      name: "tested",
      callTimeoutMs: options.callTimeoutMs ?? 0,
      messageBytesMax: options.messageBytesMax ?? 16 * 1024 * 1024,
      startTimeMs: 1_700_000_000_000,
    });
  }

  get api(): Runtime["api"] {
    return this.runtime.api;
  }

  /** Ticks of 10 ms that the host's clock shows. */
  set now(ticks: number) {
    this.#control[ControlWord.nowTicks] = ticks;
    this.#control[ControlWord.nowMicros] = ticks * 10_000;
  }

  control(word: keyof typeof ControlWord): number {
    return this.#control[ControlWord[word]] as number;
  }

  setControl(word: keyof typeof ControlWord, value: number): void {
    this.#control[ControlWord[word]] = value;
  }

  /** Hands the frames over in one turn and lets the service do all that it can do then. */
  async turn(...frames: readonly FrameFields[]): Promise<void> {
    this.#fill(frames);
    await this.#enter();
  }

  #fill(frames: readonly FrameFields[]): void {
    let to = 0;
    this.#collect();
    for (const fields of frames) {
      const words = frame({ source: this.#sourceOf(fields), destination: own, ...fields });
      this.#inbox.set(words, to);
      to += words.length;
    }
    this.setControl("inboxLength", to * 4);
    this.setControl("inboxRead", 0);
  }

  async #enter(): Promise<void> {
    do {
      this.runtime.turn();
      await microtasksDrained();
    } while (this.control("inboxRead") < this.control("inboxLength"));
    this.#collect();
  }

  /**
   * A turn that the host cuts off: what runs in it must not return. V8 unwinds it as it does an
   * isolate's, without `finally`. The turn after it is told.
   */
  async cutOff(...frames: readonly FrameFields[]): Promise<void> {
    this.#fill(frames);
    const script = new Script("entry()");
    const world = globalThis as { entry?: unknown };
    world.entry = this.runtime.turn;
    spinning.mustGoOn = true;
    let wasCut = false;
    try {
      script.runInThisContext({ timeout: cutOffMs });
    } catch (error) {
      wasCut = (error as { code?: string }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    }
    spinning.mustGoOn = false;
    delete world.entry;
    if (!wasCut) throw new Error("the turn has returned: nothing in it spins");
    this.setControl("interrupts", this.control("interrupts") + 1);
    await microtasksDrained();
    await this.#enter();
  }

  /** As `turn`, and then hands back what the service has sent to itself, until there is nothing. */
  async run(...frames: readonly FrameFields[]): Promise<void> {
    await this.turn(...frames);
    for (let mine = this.#takeOwn(); mine.length > 0; mine = this.#takeOwn()) {
      await this.turn(...mine);
    }
  }

  /** Starts the service: its start handler runs. */
  start(...args: readonly unknown[]): Promise<void> {
    return this.turn(startMessage(...args));
  }

  #takeOwn(): SeenFrame[] {
    const mine = this.#takeSome((seen) => seen.destination === own);
    for (const seen of mine) seen.source = own;
    return mine;
  }

  #sourceOf({ kind, session = 0, source }: FrameFields): number {
    if (kind === MessageKind.system && source !== undefined) this.#asked.set(session, source);
    const isAnswer = kind === MessageKind.response || kind === MessageKind.error;
    return isAnswer ? (this.#asked.get(session) ?? other) : caller;
  }

  #flush(): number {
    this.flushes++;
    if (this.flushesLeft-- <= 0) return errorNumber("OUTBOX_FULL");
    this.#collect();
    return 0;
  }

  #collect(): void {
    const written = readFrames(this.#outbox, this.control("outboxLength"));
    for (const { kind, session, destination } of written) {
      const isAnswer = kind === MessageKind.response || kind === MessageKind.error;
      if (!isAnswer) this.#asked.set(session, destination);
    }
    this.#sent.push(...written);
    this.#control[ControlWord.outboxLength] = 0;
  }

  /** The frames as they are, log lines too. */
  takeFrames(): SeenFrame[] {
    this.#collect();
    return this.#sent.splice(0);
  }

  /** What the service has sent since the last look; its log lines are kept. */
  take(): Sent[] {
    return this.#takeSome((seen) => seen.kind !== MessageKind.text).map(readSent);
  }

  /** Log lines, "level text", since the last look; what else was sent is kept. */
  takeLog(): string[] {
    return this.#takeSome((seen) => seen.kind === MessageKind.text).map(readLine);
  }

  #takeSome(isWanted: (seen: SeenFrame) => boolean): SeenFrame[] {
    this.#collect();
    const wanted = this.#sent.filter(isWanted);
    const others = this.#sent.filter((seen) => !isWanted(seen));
    this.#sent.splice(0, this.#sent.length, ...others);
    return wanted;
  }
}

function readLine({ body }: SeenFrame): string {
  const levels: Record<number, string> = { 20: "debug", 30: "info", 40: "warn", 50: "error" };
  return `${levels[body[0] ?? 0]} ${new TextDecoder().decode(body.subarray(1))}`;
}

function readSent(seen: SeenFrame): Sent {
  const { kind, session, deadline } = seen;
  const { to, body } = readDestination(seen);
  if (kind === MessageKind.response) return { reply: session, to, values: decode(body) };
  if (kind === MessageKind.error) return { fault: session, to, ...readFault(body) };
  if (kind === MessageKind.system) return readCommand(seen);
  const isPacked = kind === MessageKind.lua || kind === MessageKind.debug;
  const sent: Sent = { kind: kindNames.get(kind) ?? kind, to, session };
  if (isPacked) sent["values"] = decode(body);
  else sent["body"] = new TextDecoder().decode(body);
  if (deadline !== 0) sent["deadline"] = deadline;
  if ((seen.flags & FrameFlag.redirected) !== 0) sent["source"] = seen.source;
  return sent;
}

function readFault(body: Uint8Array): Sent {
  const { code, message: text, remoteCode } = decodeFault(body);
  return remoteCode === undefined ? { code, text } : { code, text, remoteCode };
}

function readDestination(seen: SeenFrame): { to: unknown; body: Uint8Array } {
  if ((seen.flags & FrameFlag.named) === 0) return { to: seen.destination, body: seen.body };
  const end = 1 + (seen.body[0] ?? 0);
  return { to: new TextDecoder().decode(seen.body.subarray(1, end)), body: seen.body.slice(end) };
}

function readCommand({ body, session, deadline }: SeenFrame): Sent {
  const opcode = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
  const sent: Sent = { command: opcodeNames.get(opcode) ?? opcode };
  if (session !== 0) sent["session"] = session;
  if (deadline !== 0) sent["operand"] = deadline;
  if (body.length > 4) {
    sent["fault"] = readFault(body.slice(4));
  }
  return sent;
}

/** A "lua" message; session 0: no reply wanted. */
export function message(session: number, ...values: readonly unknown[]): FrameFields {
  return { session, body: encode(values) };
}

export function debugMessage(session: number, ...values: readonly unknown[]): FrameFields {
  return { kind: MessageKind.debug, session, body: encode(values) };
}

/** The reply to the service's own request, from whom it asked. */
export function response(session: number, ...values: readonly unknown[]): FrameFields {
  return { kind: MessageKind.response, session, body: encode(values) };
}

type FaultParts = {
  readonly text?: string;
  readonly remoteCode?: string;
  readonly source?: number;
};

/** The fault for the service's own request; with session 0: `source` has ended. */
export function fault(
  session: number,
  code: ErrorCode,
  { text = "", remoteCode = "", source }: FaultParts = {},
): FrameFields {
  const body = encodeFault(code, text, remoteCode);
  const answer = { kind: MessageKind.error, session, body };
  return source === undefined ? answer : { ...answer, source };
}

/** The timer of this session fires. */
export function fired(session: number): FrameFields {
  return { kind: MessageKind.response, source: 0, session };
}

export function startMessage(...args: readonly unknown[]): FrameFields {
  return { kind: MessageKind.system, source: 0, body: commandBody(systemStart, encode(args)) };
}

/** As `startMessage`, with a state to import. */
export function restartMessage(state: unknown, ...args: readonly unknown[]): FrameFields {
  const packed = encode([state]);
  const body = commandBody(systemStart, Buffer.concat([packed, encode(args)]));
  new DataView(body.buffer, body.byteOffset).setUint32(0, systemStart | (packed.length << 8), true);
  return { kind: MessageKind.system, source: 0, body };
}

/** The name in the request of this session means `source`. */
export function resolvedTo(session: number, source: number): FrameFields {
  return { kind: MessageKind.system, source, session, body: commandBody(systemResolved) };
}

/** One message as frames of pieces, `bytes` of its body in each. */
export function inPieces(fields: FrameFields, bytes: number): FrameFields[] {
  const body = fields.body as Uint8Array;
  const pieces: FrameFields[] = [];
  for (let from = 0; from < body.length; from += bytes) {
    const isLast = from + bytes >= body.length;
    const flags = isLast ? 0 : FrameFlag.more;
    pieces.push({ ...fields, flags, body: body.slice(from, from + bytes) });
  }
  return pieces;
}
