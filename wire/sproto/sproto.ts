// Sproto: a schema, and all that can be done with its types and protocols. Pure: host, clients,
// guests.
// The door of this folder, with pack and unpack in packing.ts.
// Invariant: what is returned holds no memory of what was given.

import { decodeStruct, type Struct } from "./decoder.ts";
import { defaultStruct } from "./default-values.ts";
import { encodeStruct } from "./encoder.ts";
import { pack, unpack } from "./packing.ts";
import { RpcHost } from "./rpc.ts";
import { linkSchema } from "./schema-linker.ts";
import type { Protocol, Schema, StructType } from "./schema.ts";
import { unusable } from "./sproto-refusal.ts";

/** A protocol as `queryProto` tells of it: types by their names. */
export type ProtocolNames = {
  readonly name: string;
  readonly tag: number;
  readonly request: string | undefined;
  readonly response: string | undefined;
};

/** sproto.parse. */
export function parse(text: string): Sproto {
  return new Sproto(linkSchema(text));
}

export class Sproto {
  readonly schema: Schema;

  constructor(schema: Schema) {
    this.schema = schema;
  }

  existType(name: string): boolean {
    return this.schema.types.has(name);
  }

  existProto(of: string | number): boolean {
    return this.schema.protocol(of) !== undefined;
  }

  queryProto(of: string | number): ProtocolNames {
    const { name, tag, request, response } = this.#protocol(of);
    const responseName = response === "nil" ? "nil" : response?.name;
    return { name, tag, request: request?.name, response: responseName };
  }

  encode(typeName: string, value: object): Uint8Array {
    return encodeStruct(this.#type(typeName), value);
  }

  decode(typeName: string, bytes: Uint8Array): Struct {
    return decodeStruct(this.#type(typeName), bytes).value;
  }

  pencode(typeName: string, value: object): Uint8Array {
    return pack(this.encode(typeName, value));
  }

  pdecode(typeName: string, bytes: Uint8Array): Struct {
    return this.decode(typeName, unpack(bytes));
  }

  default(name: string, part?: "request" | "response"): Struct | undefined {
    if (part === undefined) return defaultStruct(this.#type(name));
    if (part !== "request" && part !== "response") {
      throw unusable(
        `default: the part is ${part as string}; "request" and "response" are allowed`,
      );
    }
    const type = this.#protocol(name)[part];
    return type === undefined || type === "nil" ? undefined : defaultStruct(type);
  }

  requestEncode(of: string | number, args?: object): { tag: number; bytes: Uint8Array } {
    const { tag, request } = this.#protocol(of);
    return { tag, bytes: encodePart(request, args) };
  }

  requestDecode(
    of: string | number,
    bytes: Uint8Array,
  ): { name: string; args: Struct | undefined } {
    const { name, request } = this.#protocol(of);
    return { name, args: decodePart(request, bytes) };
  }

  responseEncode(of: string | number, args?: object): Uint8Array {
    return encodePart(this.#protocol(of).response, args);
  }

  responseDecode(of: string | number, bytes: Uint8Array): Struct | undefined {
    return decodePart(this.#protocol(of).response, bytes);
  }

  host(packageName = "package"): RpcHost {
    return new RpcHost(this.schema, this.#type(packageName));
  }

  #type(name: string): StructType {
    const type = this.schema.types.get(name);
    if (type === undefined) throw unusable(`the sproto schema has no type ${name}`);
    return type;
  }

  #protocol(of: string | number): Protocol {
    const protocol = this.schema.protocol(of);
    if (protocol === undefined) throw unusable(`the sproto schema has no protocol ${of}`);
    return protocol;
  }
}

function encodePart(type: StructType | "nil" | undefined, args: unknown): Uint8Array {
  return type === undefined || type === "nil" ? new Uint8Array() : encodeStruct(type, args);
}

function decodePart(type: StructType | "nil" | undefined, bytes: Uint8Array): Struct | undefined {
  return type === undefined || type === "nil" ? undefined : decodeStruct(type, bytes).value;
}
