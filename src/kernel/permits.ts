// Permits: whether an untrusted service may send a frame, by what its launch allows.
// Shard 0, for each frame that comes out of a cell. Pure: what it knows of services is given to it.
// Invariant: what is remembered of a source was true under the present names; only what is
// permitted is remembered.

import { formatAddress, kernelAddress, localIdOf, wellKnown } from "../../wire/address.ts";
import type { ServiceAddress } from "../../wire/address.ts";
import type { ErrorCode } from "../../wire/error-codes.ts";
import { FrameFlag, frameHeaderBytes, FrameWord } from "../../wire/frame.ts";
import { limits } from "../../wire/limits.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import { anybody, type Permitted } from "../../wire/service-permits.ts";
import { readUtf8 } from "../../wire/utf8.ts";
import type { NameTable } from "./names.ts";

export type PermitParts = {
  readonly names: Pick<NameTable, "resolve" | "namesOf" | "version">;
  /** What the launch of an untrusted service allows; undefined: it is not known here. */
  readonly permittedOf: (source: ServiceAddress) => Permitted | undefined;
  /** Owner of a launched service; undefined for one of the host's own and for nobody. */
  readonly ownerOf: (address: ServiceAddress) => string | undefined;
  readonly isHostOwn: (address: ServiceAddress) => boolean;
  /** True when `destination` has sent `source` a request. */
  readonly isCaller: (source: ServiceAddress, destination: ServiceAddress) => boolean;
};

export type Refusal = { readonly code: ErrorCode; readonly text: string };

/** Kinds of messages that may be sent to one destination. */
type Kinds = { has(kind: number): boolean };

const everyKind: Kinds = { has: () => true };
const noKinds: Kinds = { has: () => false };
const authorKindMin = 13;
/** To the service that launched it: what an author's handlers are for, not debug commands. */
const launcherKinds: Kinds = {
  has: (kind) => kind === MessageKind.lua || kind >= authorKindMin,
};
const lua: Kinds = new Set([MessageKind.lua]);
/** Services that answer everybody: what not everybody may do, they refuse themselves. */
const answering = new Map<number, Kinds>([
  [wellKnown.logger, new Set([MessageKind.text])],
  [wellKnown.launcher, lua],
  [wellKnown.registry, lua],
  [wellKnown.serviceManager, lua],
  [wellKnown.snax, lua],
  [wellKnown.http, lua],
  [wellKnown.random, lua],
]);
/** Of the services that sockets are asked of, by those whose launch allows them. */
const socketKinds: Kinds = new Set([MessageKind.lua, MessageKind.socket]);
const kindNames = new Map<number, string>(
  Object.entries(MessageKind).map(([name, kind]) => [kind, name]),
);

const unnamed = "allow.send does not name it";
const unnamedKind = "allow.send does not name this kind for it";
const noNet = "it has no allow.net, and so no sockets";

export class Permits {
  readonly #parts: PermitParts;
  /** By source, by name or address: kinds that it may send there. */
  readonly #known = new Map<number, Map<string | number, Kinds>>();
  #namesVersion = -1;

  constructor(parts: PermitParts) {
    this.#parts = parts;
  }

  /**
   * Undefined when the frame at word `at`, which is well formed and whose source is true, may go
   * where it is sent to.
   */
  check(source: ServiceAddress, words: Uint32Array, at: number): Refusal | undefined {
    const kindAndFlags = words[at + FrameWord.kindAndFlags] as number;
    const kind = kindAndFlags & 0xff;
    const flags = kindAndFlags >>> 8;
    const isNamed = flags === FrameFlag.named;
    if (flags !== 0 && !isNamed) return this.#refuse(source, `send frames with flags ${flags}`);
    const destination = words[at + FrameWord.destination] as ServiceAddress;
    if (kind === MessageKind.response || kind === MessageKind.error) {
      return this.#checkReply(source, destination, { kind, isNamed, words, at });
    }
    const to = isNamed ? nameIn(words, at) : destination;
    if (kind !== MessageKind.system && this.#kinds(source, to).has(kind)) return undefined;
    return this.#refuseKind(source, to, kind);
  }

  /** A service has ended, or its permits have changed. */
  forget(source: ServiceAddress): void {
    this.#known.delete(source);
  }

  /** The word of an end is for those who asked, and for those who may be asked. */
  #checkReply(
    source: ServiceAddress,
    destination: ServiceAddress,
    frame: { kind: number; isNamed: boolean; words: Uint32Array; at: number },
  ): Refusal | undefined {
    const { kind, isNamed, words, at } = frame;
    if (!isNamed && this.#parts.isCaller(source, destination)) return undefined;
    const isFarewell = kind === MessageKind.error && words[at + FrameWord.session] === 0;
    if (isFarewell && !isNamed && this.#kinds(source, destination) !== noKinds) return undefined;
    const to = isNamed ? "a name" : formatAddress(destination);
    return this.#refuse(source, `reply to ${to}, which has sent it no request`);
  }

  // For each frame of a cell: two look-ups when it is known.
  #kinds(source: ServiceAddress, to: string | number): Kinds {
    const { version } = this.#parts.names;
    if (version !== this.#namesVersion) {
      this.#known.clear();
      this.#namesVersion = version;
    }
    let known = this.#known.get(source);
    const kinds = known?.get(to);
    if (kinds !== undefined) return kinds;
    const found = this.#find(source, to);
    if (found === noKinds) return found;
    if (known === undefined || known.size >= limits.permitsRememberedMax) {
      known = new Map();
      this.#known.set(source, known);
    }
    known.set(to, found);
    return found;
  }

  #find(source: ServiceAddress, to: string | number): Kinds {
    const permitted = this.#parts.permittedOf(source);
    if (permitted === undefined) return noKinds;
    if (typeof to === "number") return this.#toAddress(source, permitted, to as ServiceAddress);
    const address = this.#parts.names.resolve(to);
    const byName = listed(permitted, [to], { isAnybody: address === undefined });
    return address === undefined
      ? byName
      : either(byName, this.#toAddress(source, permitted, address));
  }

  #toAddress(source: ServiceAddress, permitted: Permitted, to: ServiceAddress): Kinds {
    const { names, ownerOf, isHostOwn } = this.#parts;
    if (to === kernelAddress) return noKinds;
    if (to === source || ownerOf(to) === permitted.owner) return everyKind;
    const isAnybody = !isHostOwn(to);
    const inList = listed(permitted, [to, ...names.namesOf(to)], { isAnybody });
    if (to === permitted.launcher) return either(inList, launcherKinds);
    return either(inList, (isAnybody ? undefined : hostKinds(permitted, to)) ?? noKinds);
  }

  #refuseKind(source: ServiceAddress, to: string | number, kind: number): Refusal {
    const name = kindNames.get(kind);
    const what = name === undefined ? `messages of kind ${kind}` : `"${name}"`;
    const whom = typeof to === "string" ? to : formatAddress(to as ServiceAddress);
    const isToSockets =
      typeof to === "number" && localIdOf(to as ServiceAddress) === wellKnown.socket;
    const isUnnamed = this.#kinds(source, to) === noKinds;
    const why = isToSockets && isUnnamed ? noNet : isUnnamed ? unnamed : unnamedKind;
    return this.#refuse(source, `send ${what} to ${whom}: ${why}`);
  }

  #refuse(source: ServiceAddress, what: string): Refusal {
    const owner = this.#parts.permittedOf(source)?.owner ?? "nobody";
    const who = `service ${formatAddress(source)} (owner ${owner})`;
    return { code: "CAPABILITY_MISSING", text: `${who} may not ${what}` };
  }
}

function hostKinds({ permits }: Permitted, to: ServiceAddress): Kinds | undefined {
  const localId = localIdOf(to);
  if (localId !== wellKnown.socket) return answering.get(localId);
  return permits.net === undefined ? undefined : socketKinds;
}

function listed(
  { permits }: Permitted,
  keys: readonly (string | number)[],
  { isAnybody }: { readonly isAnybody: boolean },
): Kinds {
  let kinds = noKinds;
  for (const key of isAnybody ? [...keys, anybody] : keys) {
    const more = permits.send.get(key);
    if (more !== undefined) kinds = either(kinds, withTrace(more));
  }
  return kinds;
}

/** A call's trace tag goes before it. */
function withTrace(kinds: ReadonlySet<number>): Kinds {
  return { has: (kind) => kinds.has(kind) || kind === MessageKind.trace };
}

function either(one: Kinds, other: Kinds): Kinds {
  if (one === noKinds || other === everyKind) return other;
  if (other === noKinds || one === everyKind) return one;
  return { has: (kind) => one.has(kind) || other.has(kind) };
}

/** The name before the body of a frame; "" when it is not well formed. */
function nameIn(words: Uint32Array, at: number): string {
  const bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4, words[at]);
  const end = frameHeaderBytes + 1 + (bytes[frameHeaderBytes] ?? 0);
  return end > bytes.length ? "" : readUtf8(bytes, frameHeaderBytes + 1, end);
}
