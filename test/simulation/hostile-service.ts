// Hostile service: writes whatever could do harm, and never anything that must arrive.
// Tests only.
// Invariant: none of its messages bears the stamp of an honest one (see sim-service.ts).

import type { ServiceRecord } from "../../src/kernel/service-record.ts";
import { FrameFlag } from "../../wire/frame.ts";
import { encodeFault } from "../../wire/fault.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { ControlWord } from "../../wire/turn-memory.ts";
import { FakeOccupant } from "../kit/fake-occupant.ts";
import { commandBody, namedBody, type FrameFields } from "../kit/frames.ts";
import type { Surroundings } from "./sim-service.ts";

const scribbled = 0x5c1b_b1ed;

/** Sessions in which it speaks for its callers: none of theirs, so that they can tell. */
export const spokenSessionMin = 5_000_000;

export class HostileService {
  readonly occupant = new FakeOccupant(() => this.act());
  record: ServiceRecord | undefined;
  readonly #world: Surroundings;

  constructor(world: Surroundings) {
    this.#world = world;
  }

  enter(record: ServiceRecord, flush: () => number): void {
    this.record = record;
    this.occupant.onFlush = flush;
  }

  act(): void {
    const { random } = this.#world;
    this.occupant.received.length = 0;
    const { control } = this.occupant.memory;
    if ((control[ControlWord.outboxLength] as number) === 0 && random.chance(0.1)) this.#scribble();
    else this.#sendAll(random.upTo(3));
    if (random.chance(0.02)) this.occupant.results.push({ kind: "interrupted" });
  }

  #sendAll(frames: number): void {
    if (this.#hasScribbled) return;
    for (let left = frames; left > 0; left--) this.occupant.send(this.#frame());
  }

  /** What it scribbled is in the outbox until the kernel has looked at it. */
  get #hasScribbled(): boolean {
    const { control, outbox } = this.occupant.memory;
    return control[ControlWord.outboxLength] !== 0 && outbox[5] === scribbled;
  }

  #frame(): FrameFields {
    const { random, anyAddress, anyName } = this.#world;
    const destination = anyAddress();
    const source = anyAddress();
    const session = 1 + random.upTo(40);
    const spoken = spokenSessionMin + session;
    return random.pick<FrameFields>([
      { kind: MessageKind.response, destination, session },
      { kind: MessageKind.error, destination, session, body: encodeFault("ADDRESS_DEAD", "lie") },
      { kind: MessageKind.error, destination },
      { kind: MessageKind.error, source, destination, flags: FrameFlag.redirected },
      { kind: MessageKind.response, source, destination, session, flags: FrameFlag.redirected },
      { source, destination, session: spoken, flags: FrameFlag.redirected },
      { source, destination, flags: FrameFlag.redirected, body: "in another's name" },
      { kind: MessageKind.system, destination, session, body: commandBody(2) },
      { kind: MessageKind.system, body: commandBody(random.upTo(0xff_ffff) + 100) },
      { destination: 0, flags: FrameFlag.named, body: namedBody(anyName(), "?") },
      { destination: 0, session, flags: FrameFlag.named, body: Uint8Array.of(200, 46) },
      { kind: MessageKind.response, session, flags: FrameFlag.named, body: namedBody(anyName()) },
      { destination, session: 0xffff_ffff },
      { destination, flags: 0x80 },
      { destination, flags: FrameFlag.more, body: "never the last" },
    ]);
  }

  /** Random words, with a claim on their length that may be false. */
  #scribble(): void {
    const { random } = this.#world;
    const { control, outbox } = this.occupant.memory;
    for (let word = 0; word < 40; word++) {
      const value = random.chance(0.6) ? random.upTo(64) : random.upTo(0xffff_ffff);
      outbox[word] = value;
    }
    outbox[5] = scribbled;
    control[ControlWord.outboxLength] = random.chance(0.2) ? random.upTo(9000) - 2000 : 160;
  }
}
