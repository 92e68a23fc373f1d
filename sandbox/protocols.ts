// Protocols: kinds of messages by name and number, with their packing and their handler.
// Guest (and host services). Filled by registerProtocol and dispatch; read by calls.ts and
// dispatcher.ts.
// Invariant: a name and a number mean one protocol, for ever (skynet.register_protocol, reference
// §2.3).

import { decode } from "../wire/codec.ts";
import { CodedError } from "../wire/coded-error.ts";
import { MessageKind, messageKindMax } from "../wire/message-kind.ts";
import { SafeString } from "../wire/primordials.ts";
import { copyBytes } from "./bytes.ts";
import { OwnMap, OwnSet } from "./containers.ts";
import { readValue, type BodyReader } from "./wait.ts";

export type ProtocolHandler = (session: number, source: number, ...values: never[]) => unknown;

export type CommandTable = OwnMap<unknown, (...args: never[]) => unknown>;

export type ProtocolEntry = {
  readonly name: string;
  readonly id: number;
  /** Its messages are packed values, without a function of the author's. */
  readonly isPacked: boolean;
  /** undefined: packed values, written straight into the outbox. */
  readonly pack: ((...values: never[]) => Uint8Array) | undefined;
  /** Values of a message for its handler. */
  readonly unpack: (bytes: Uint8Array, from: number, to: number) => readonly unknown[];
  /** Value of a reply for a caller. */
  readonly reader: BodyReader;
  dispatch: ProtocolHandler | undefined;
  /** Functions by the first value of a message (commands()). */
  commands: CommandTable | undefined;
  /** true: trace each message that comes in; false: none; undefined: those that carry a tag. */
  traceMode: boolean | undefined;
};

export type ProtocolDefinition = {
  readonly name: string;
  readonly id: number;
  readonly pack?: ((...values: never[]) => Uint8Array) | undefined;
  readonly unpack?: ((body: Uint8Array) => readonly unknown[]) | undefined;
  readonly dispatch?: ProtocolHandler | undefined;
};

/** Kinds that the runtime or the kernel answers for themselves. */
const ownKinds = new OwnSet<number>();
ownKinds.add(MessageKind.response);
ownKinds.add(MessageKind.system);
ownKinds.add(MessageKind.error);
ownKinds.add(MessageKind.debug);
ownKinds.add(MessageKind.trace);

export class Protocols {
  readonly #byName = new OwnMap<string, ProtocolEntry>();
  readonly #byKind: (ProtocolEntry | undefined)[] = [];

  constructor() {
    for (let kind = 0; kind <= messageKindMax; kind++) this.#byKind[kind] = undefined;
    this.#add({ name: "lua", id: MessageKind.lua });
    this.#add({ name: "debug", id: MessageKind.debug });
    this.#add({ name: "snax", id: MessageKind.snax });
  }

  of(kind: number): ProtocolEntry | undefined {
    return this.#byKind[kind];
  }

  find(name: string): ProtocolEntry | undefined {
    return this.#byName.get(name);
  }

  /** Fails with PROTOCOL_UNKNOWN. */
  require(name: string): ProtocolEntry {
    const entry = this.#byName.get(name);
    if (entry !== undefined) return entry;
    throw new CodedError(
      "PROTOCOL_UNKNOWN",
      `this service has no protocol named ${shown(name)}; see registerProtocol`,
    );
  }

  /** Fails with PROTOCOL_INVALID. */
  register(definition: ProtocolDefinition): void {
    const { name, id, pack, unpack, dispatch } = definition;
    const isName = typeof name === "string" && name !== "";
    const isId = typeof id === "number" && id >>> 0 === id && id <= messageKindMax;
    if (!isName || !isId) {
      throw invalid(definition, `a name and a number from 0 to ${messageKindMax} are needed`);
    }
    if (!isOptional(pack) || !isOptional(unpack) || !isOptional(dispatch)) {
      throw invalid(definition, "pack, unpack and dispatch are functions, or are left out");
    }
    if (ownKinds.has(id)) throw invalid(definition, "isonet itself uses this number");
    if (this.#byKind[id] !== undefined) throw invalid(definition, "the number is taken");
    if (this.#byName.has(name)) throw invalid(definition, "the name is taken");
    this.#add(definition);
  }

  #add(definition: ProtocolDefinition): void {
    const { name, id, pack, unpack, dispatch } = definition;
    const entry: ProtocolEntry = {
      name,
      id,
      isPacked: unpack === undefined,
      pack,
      unpack:
        unpack === undefined ? decode : (bytes, from, to) => unpack(copyBytes(bytes, from, to)),
      reader: unpack === undefined ? readValue : readBy(unpack),
      dispatch,
      commands: undefined,
      traceMode: undefined,
    };
    this.#byName.set(name, entry);
    this.#byKind[id] = entry;
  }
}

function isOptional(part: unknown): boolean {
  return part === undefined || typeof part === "function";
}

function readBy(unpack: (body: Uint8Array) => readonly unknown[]): BodyReader {
  return (bytes, from, to) => {
    const values = unpack(copyBytes(bytes, from, to));
    return values.length < 2 ? values[0] : values;
  };
}

function invalid({ name, id }: ProtocolDefinition, why: string): CodedError {
  return new CodedError(
    "PROTOCOL_INVALID",
    `protocol ${shown(name)} with number ${shown(id)}: ${why}`,
  );
}

function shown(value: unknown): string {
  return typeof value === "object" || typeof value === "function"
    ? typeof value
    : SafeString(value);
}
