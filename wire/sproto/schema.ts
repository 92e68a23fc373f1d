// Schema: types and protocols as the encoder and the decoder read them. Pure: host, clients,
// guests.
// Made by schema-linker.ts, once for each schema text, and never changed afterwards.
// Invariant: fields are in the order of their tags; every type that is named here exists.

/** What one value of a field is. */
export type Content =
  | {
      readonly kind: "integer";
      /** 10 to the number of decimals; undefined for whole numbers. */
      readonly scale: number | undefined;
    }
  | { readonly kind: "boolean" }
  | { readonly kind: "double" }
  | { readonly kind: "string" }
  | { readonly kind: "binary" }
  | { readonly kind: "struct"; readonly type: StructType };

/** How many values a field has, and how they are held. */
export type Shape =
  | { readonly kind: "one" }
  | { readonly kind: "list" }
  /** Structs by one of their fields, whose name this is: `*T(key)`. */
  | { readonly kind: "keyed"; readonly key: string }
  /** Structs of two fields, whose names these are, as keys and values: `*T()`. */
  | { readonly kind: "map"; readonly key: string; readonly value: string };

export type Field = {
  readonly name: string;
  /** With its type's name in front, for what is said about it. */
  readonly place: string;
  readonly tag: number;
  readonly content: Content;
  readonly shape: Shape;
};

export type StructType = {
  readonly name: string;
  readonly fields: readonly Field[];
};

export type Protocol = {
  readonly name: string;
  readonly tag: number;
  readonly request: StructType | undefined;
  /** "nil": there is a response, and it is empty. */
  readonly response: StructType | "nil" | undefined;
};

export class Schema {
  readonly types: ReadonlyMap<string, StructType>;
  readonly protocols: readonly Protocol[];
  readonly #byName: ReadonlyMap<string, Protocol>;
  readonly #byTag: ReadonlyMap<number | bigint, Protocol>;

  constructor(types: ReadonlyMap<string, StructType>, protocols: readonly Protocol[]) {
    this.types = types;
    this.protocols = protocols;
    this.#byName = new Map(protocols.map((protocol) => [protocol.name, protocol]));
    this.#byTag = new Map(protocols.map((protocol) => [protocol.tag, protocol]));
  }

  /** By name, or by tag; a bigint is no protocol's tag. */
  protocol(of: string | number | bigint): Protocol | undefined {
    return typeof of === "string" ? this.#byName.get(of) : this.#byTag.get(of);
  }
}
