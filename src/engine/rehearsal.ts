// Rehearsal: a script of ours is run once in a realm of this thread, so that its code cache has
// every function that the start of a service calls. One that is taken behind the compilation alone
// has the outermost ones, and each isolate would compile the others by itself: 1.8 of 7 ms.
// Host threads. Used by bundle.ts, once a script and thread.
// Invariant: only our own code is rehearsed; nothing of the realm is kept.

import { Script, constants, createContext } from "node:vm";
import { encode } from "../../wire/codec.ts";
import { frameStride } from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { systemStart } from "../../wire/system-command.ts";
import { ControlWord, turnMemoryBytes } from "../../wire/turn-memory.ts";
import { TurnMemory, turnMemoryLayout as layout } from "../kernel/occupant.ts";
import { makeFrame } from "../kernel/router.ts";

type Realm = Readonly<Record<string, unknown>>;

/** Does with the script's exports what every isolate does; the names of what authors get of it. */
export type Play = (exports: never, realm: Realm) => readonly string[];

export type Rehearsed = { readonly cache: ArrayBuffer; readonly names: readonly string[] };

export function rehearse(source: string, filename: string, play: Play): Rehearsed {
  const script = new Script(source, { filename });
  const realm = createContext(constants.DONT_CONTEXTIFY) as Realm;
  const names = play(script.runInContext(realm) as never, realm);
  return { cache: new Uint8Array(script.createCachedData()).buffer, names };
}

type Runtime = {
  readonly turn: () => void;
  readonly seal: () => void;
  readonly assign: (identity: string) => void;
  readonly loaded: (exports: object) => void;
  readonly names: readonly string[];
};
type RuntimeExports = {
  readonly boot: (memory: SharedArrayBuffer, ...rest: [number, number, () => number]) => Runtime;
};

/** The script of the runtime leaves its API there until it is sealed. */
export const apiGlobal = "isonet:api";

const identity = {
  address: 1,
  node: 0,
  name: "rehearsal",
  callTimeoutMs: 1000,
  messageBytesMax: 16_384,
  startTimeMs: 0,
};

/** A service's first moments: it starts, and answers a request. */
export const playRuntime: Play = ({ boot }: RuntimeExports, realm) => {
  const memory = new SharedArrayBuffer(turnMemoryBytes(layout));
  const runtime = boot(memory, layout.inboxBytes, layout.outboxBytes, () => 0);
  const { commands } = realm[apiGlobal] as { readonly commands: (handlers: object) => void };
  runtime.seal();
  runtime.assign(JSON.stringify(identity));
  commands({ echo: (value: unknown) => value });
  runtime.loaded({});
  const turns = new TurnMemory(memory, layout);
  const start = new Uint8Array([systemStart, 0, 0, 0, ...encode([])]);
  playTurn(turns, runtime, makeFrame(MessageKind.system, ends(0), start));
  playTurn(turns, runtime, makeFrame(MessageKind.lua, ends(1), encode(["echo", "heard"])));
  return runtime.names;
};

function ends(session: number): { source: number; destination: number; session: number } {
  return { source: identity.address, destination: identity.address, session };
}

function playTurn({ control, inbox }: TurnMemory, { turn }: Runtime, frame: Uint32Array): void {
  inbox.set(frame);
  control[ControlWord.inboxLength] = frameStride(frame[0] as number);
  control[ControlWord.inboxRead] = 0;
  turn();
}

export const playPrelude: Play = ({ harden }: { readonly harden: () => void }) => {
  harden();
  return [];
};
