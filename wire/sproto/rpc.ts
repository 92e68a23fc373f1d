// RPC: requests and responses over any stream of messages, Skynet's sproto host. Pure: host,
// clients, guests.
// A message is the package, which has the protocol's tag and a session, and behind it what was
// asked or answered, both packed as one.
// Invariant: a response is believed once, for a session that was asked and not answered yet.

import { decodeStruct, type Struct } from "./decoder.ts";
import { encodeStruct } from "./encoder.ts";
import { pack, unpack } from "./packing.ts";
import { Schema, type Protocol, type StructType } from "./schema.ts";
import { sprotoLimits } from "./sproto-limits.ts";
import { malformed, unusable } from "./sproto-refusal.ts";

export type Session = number | bigint;

/** Makes the bytes of a request; without a session, nobody will answer. */
export type RequestMaker = (
  name: string | number,
  args?: object,
  session?: Session,
  ud?: unknown,
) => Uint8Array;

/** Makes the bytes of a request's response. */
export type ResponseMaker = (args?: object, ud?: unknown) => Uint8Array;

/** What a message was. */
export type Dispatched =
  | {
      readonly kind: "request";
      readonly name: string;
      readonly args: Struct | undefined;
      /** Undefined when the peer wants no response. */
      readonly respond: ResponseMaker | undefined;
      readonly ud: unknown;
    }
  | {
      readonly kind: "response";
      readonly session: Session;
      readonly args: Struct | undefined;
      readonly ud: unknown;
    };

type Part = Protocol["response"];

export class RpcHost {
  /** What peers may ask of this side. */
  readonly #schema: Schema;
  readonly #package: StructType;
  /** Types of the responses that are awaited. */
  readonly #awaited = new Map<Session, Part>();

  constructor(schema: Schema, packageType: StructType) {
    for (const name of ["type", "session"]) {
      const field = packageType.fields.find((candidate) => candidate.name === name);
      if (field?.content.kind !== "integer" || field.shape.kind !== "one") {
        throw unusable(`type ${packageType.name} is no package: it has no integer ${name}`);
      }
    }
    this.#schema = schema;
    this.#package = packageType;
  }

  /** Requests of what `peer`, a Sproto, says that the other side understands. */
  attach(peer: object): RequestMaker {
    const schema = (peer as { schema?: unknown } | undefined)?.schema;
    if (!(schema instanceof Schema)) throw unusable("attach needs what parse has returned");
    return (name, args, session, ud) => {
      const protocol = schema.protocol(name);
      if (protocol === undefined) throw unusable(`the peer's schema has no protocol ${name}`);
      const { tag, request, response } = protocol;
      const message = this.#message({ type: tag, session, ud }, request, args);
      if (session !== undefined) this.#await(session, response);
      return message;
    };
  }

  /**
   * What a peer's message is. SPROTO_MALFORMED for bytes that are none, and for responses nobody
   * awaits.
   */
  dispatch(packed: Uint8Array): Dispatched {
    const bytes = unpack(packed);
    const { value: header, end } = decodeStruct(this.#package, bytes);
    const { ud } = header;
    // The constructor has seen that the package's type has both as integers.
    const [type, session] = [header["type"], header["session"]] as [Session?, Session?];
    if (type === undefined) return this.#response(session, bytes.subarray(end), ud);
    const protocol = this.#schema.protocol(type);
    if (protocol === undefined) throw malformed(`a request of protocol ${type}, unknown here`);
    const { name, request, response } = protocol;
    const args = request && decodeStruct(request, bytes.subarray(end)).value;
    const respond = session === undefined ? undefined : this.#responder(session, response);
    return { kind: "request", name, args, respond, ud };
  }

  #responder(session: Session, response: Part): ResponseMaker {
    return (args, ud) => this.#message({ session, ud }, response, args);
  }

  #response(session: Session | undefined, content: Uint8Array, ud: unknown): Dispatched {
    if (session === undefined) throw malformed("neither a request nor a response: no session");
    if (!this.#awaited.has(session)) {
      throw malformed(`a response of session ${session}, which is not awaited`);
    }
    const type = this.#awaited.get(session);
    this.#awaited.delete(session);
    const isEmpty = type === undefined || type === "nil";
    const args = isEmpty ? undefined : decodeStruct(type, content).value;
    return { kind: "response", session, args, ud };
  }

  #await(session: Session, response: Part): void {
    // As a number whenever it is one, which is how the decoder gives it back.
    const key = Number.isSafeInteger(Number(session)) ? Number(session) : session;
    const most = sprotoLimits.sessionsMax;
    if (this.#awaited.size >= most && !this.#awaited.has(key)) {
      throw unusable(`${most} responses are awaited (sessionsMax); this request would be one more`);
    }
    this.#awaited.set(key, response);
  }

  #message(header: object, type: Part, args: unknown): Uint8Array {
    const head = encodeStruct(this.#package, header);
    if (type === undefined || type === "nil") return pack(head);
    const content = encodeStruct(type, args);
    const message = new Uint8Array(head.length + content.length);
    message.set(head);
    message.set(content, head.length);
    return pack(message);
  }
}
