// The library "isonet/sproto": Skynet's sproto, schemas, encoding, packing and RPC, with the same
// bytes.
// A value or name of one's own that cannot be is ARGUMENT_INVALID, bytes that are not of the schema
// are SPROTO_MALFORMED. Limits: docs/limits.md, Sproto.
// Not there: schemas that were compiled to bytes (sproto.new) and shared slots (sprotoloader).

/**
 * A struct: its fields that are there, by name. When encoding, only own properties count, and
 * undefined and null are fields that are not there.
 *
 * | type | takes | gives |
 * |---|---|---|
 * | integer | number, bigint; 64 bits | a number while that is exact, else a bigint |
 * | integer(n) | number, rounded to n decimals | number |
 * | double | number | number |
 * | boolean | boolean | boolean |
 * | string | string, Uint8Array | string: what is no UTF-8 becomes U+FFFD |
 * | binary | string, Uint8Array | Uint8Array, a copy |
 * | *T | array | array |
 * | *T(key) | Map, array, object: its values | Map by the field `key` |
 * | *T() | Map, object | Map from T's first field to its second |
 */
export type Struct = { [field: string]: any };

/** A request's session: 64 bits, chosen by who asks. */
export type Session = number | bigint;

/**
 * Reads a schema. SPROTO_SCHEMA_INVALID with the line of what is wrong. Parse once, in the module
 * body. (sproto.parse)
 */
export function parse(text: string): Sproto;

/** Leaves out zero bytes. (sproto.pack) */
export function pack(bytes: Uint8Array): Uint8Array;

/** The bytes again, filled up with zeros to a multiple of eight. (sproto.unpack) */
export function unpack(packed: Uint8Array): Uint8Array;

/** A protocol: types by their names, "nil" for `response nil`. */
export interface ProtocolNames {
  readonly name: string;
  readonly tag: number;
  readonly request: string | undefined;
  readonly response: string | undefined;
}

/** A schema that was read. Protocols are named by name or tag. */
export interface Sproto {
  /** (sproto:exist_type) */
  existType(name: string): boolean;
  /** (sproto:exist_proto) */
  existProto(protocol: string | number): boolean;
  /** (sproto:queryproto) */
  queryProto(protocol: string | number): ProtocolNames;

  /** (sproto:encode) */
  encode(type: string, value: object): Uint8Array;
  /**
   * Bytes may follow the value, and fields that this schema has not may be in it. (sproto:decode)
   */
  decode(type: string, bytes: Uint8Array): Struct;
  /** encode, and pack. (sproto:pencode) */
  pencode(type: string, value: object): Uint8Array;
  /** unpack, and decode. (sproto:pdecode) */
  pdecode(type: string, packed: Uint8Array): Struct;
  /**
   * An object with every field of the type, or of a protocol's part, empty; undefined for a part
   * that is not there. Structs in it are `{}`: Skynet's marks, `__type` and `__array`, are left
   * out.
   * (sproto:default)
   */
  default(type: string): Struct | undefined;
  default(protocol: string, part: "request" | "response"): Struct | undefined;

  /** What the protocol asks, without a package around it, and its tag. (sproto:request_encode) */
  requestEncode(protocol: string | number, args?: object): { tag: number; bytes: Uint8Array };
  /** (sproto:request_decode) */
  requestDecode(
    protocol: string | number,
    bytes: Uint8Array,
  ): { name: string; args: Struct | undefined };
  /** (sproto:response_encode) */
  responseEncode(protocol: string | number, args?: object): Uint8Array;
  /** (sproto:response_decode) */
  responseDecode(protocol: string | number, bytes: Uint8Array): Struct | undefined;

  /**
   * One end of a connection, where peers may ask what this schema says. `packageName` is the type
   * around each message, with integers `type` and `session`, and `ud` of any type; default
   * "package". (sproto:host)
   */
  host(packageName?: string): SprotoHost;
}

/** Makes the packed bytes of a request; without a session, there will be no response. */
export type RequestMaker = (
  protocol: string | number,
  args?: object,
  session?: Session,
  ud?: unknown,
) => Uint8Array;

/** Makes the packed bytes of a response. */
export type ResponseMaker = (args?: object, ud?: unknown) => Uint8Array;

/** What came: a request, or the response to one of ours. */
export type Dispatched =
  | {
      readonly kind: "request";
      /** The protocol's. */
      readonly name: string;
      readonly args: Struct | undefined;
      /** Undefined when the peer wants no response. Sending the bytes is the caller's business. */
      readonly respond: ResponseMaker | undefined;
      readonly ud: unknown;
    }
  | {
      readonly kind: "response";
      readonly session: Session;
      readonly args: Struct | undefined;
      readonly ud: unknown;
    };

/** One end of a connection: keep one for each peer, as sessions are the peer's own. */
export interface SprotoHost {
  /**
   * Requests of what the peer understands, which `peer` says. A request with a session is awaited
   * until its response is dispatched; at most 65,536 are. (host:attach)
   */
  attach(peer: Sproto): RequestMaker;
  /**
   * What a message of the peer is. SPROTO_MALFORMED for bytes that are none, a protocol that is not
   * there, and a response that nobody awaits: do not go on with such a peer. (host:dispatch)
   */
  dispatch(packed: Uint8Array): Dispatched;
}
