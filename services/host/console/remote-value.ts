// Remote value: what V8's protocol says of a value, as one line of text.
// Shard 0. Used by debug-talk.ts.
// Invariant: the text is bounded and harmless for a terminal, whatever the service made of it.

import { safeWord } from "./safe-text.ts";

const charsMax = 4000;

type Property = { readonly name?: unknown; readonly value?: unknown; readonly type?: unknown };

type RemoteValue = {
  readonly type?: unknown;
  readonly subtype?: unknown;
  readonly value?: unknown;
  readonly unserializableValue?: unknown;
  readonly description?: unknown;
  readonly preview?: {
    readonly properties?: readonly Property[];
    readonly entries?: readonly { readonly key?: unknown; readonly value?: unknown }[];
    readonly overflow?: unknown;
  };
};

/** `remote` is a RemoteObject of the protocol, or what stands for one. */
export function remoteText(remote: unknown): string {
  const text = safeWord(plainText(remote ?? {}));
  return text.length > charsMax ? `${text.slice(0, charsMax)} …` : text;
}

function plainText(remote: RemoteValue): string {
  const { type, subtype, value, unserializableValue, description, preview } = remote;
  if (type === "undefined") return "undefined";
  if (type === "string") return JSON.stringify(value);
  if (typeof unserializableValue === "string") return unserializableValue;
  if (type !== "object" || subtype === "null" || subtype === "error") {
    return String(description ?? value);
  }
  if (preview === undefined) return String(description);
  const { properties = [], entries = [], overflow } = preview;
  const isArray = subtype === "array";
  const parts = properties
    .filter(({ name }) => name !== "size" || entries.length === 0)
    .map((property) => (isArray ? propertyText(property) : named(property)));
  const pairs = entries.map(({ key, value: entry }) => {
    const text = plainText(entry ?? {});
    return key === undefined ? text : `${plainText(key as RemoteValue)} => ${text}`;
  });
  const all = [...parts, ...pairs, ...(overflow === true ? ["…"] : [])].join(", ");
  const what = description === "Object" || isArray ? "" : `${String(description)} `;
  return isArray ? `[${all}]` : `${what}{${all}}`;
}

function named(property: Property): string {
  return `${String(property.name)}: ${propertyText(property)}`;
}

function propertyText({ value, type }: Property): string {
  if (type === "string") return JSON.stringify(value);
  return typeof value === "string" && value !== "" ? value : String(type);
}
