// Launch allow: reads the capability list of an untrusted service's launch (option `allow`).
// Shard 0. Used by launch-options.ts and launcher.ts.
// Invariant: hostile input: what is not of the required form is refused with ARGUMENT_INVALID,
// naming the place in the list.

import type { Allow, AllowedSend } from "isonet";
import { parseAddress } from "../../wire/address.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { MessageKind, messageKindMax } from "../../wire/message-kind.ts";
import {
  anybody,
  noPermits,
  type NetPattern,
  type NetPermits,
  type ServicePermits,
} from "../../wire/service-permits.ts";
import { utf8Length } from "../../wire/utf8.ts";
import { readNetPattern } from "./net-pattern.ts";

const addressMax = 0xffff_ffff;
const keys = ["send", "launch", "names", "env", "net"];
const netKeys = ["connect", "listen"];
const sendKeys = ["to", "kinds"];
const luaOnly: ReadonlySet<number> = new Set([MessageKind.lua]);
/** What only replies and the kernel are sent as. */
const never: ReadonlySet<number> = new Set([
  MessageKind.response,
  MessageKind.system,
  MessageKind.error,
]);
const kindsByName = new Map<unknown, number>(
  Object.entries(MessageKind).filter(([, kind]) => !never.has(kind)),
);

/** An address without a node is one of `node`. Fails with ARGUMENT_INVALID. */
export function readAllow(given: unknown, node: number): ServicePermits {
  if (given === undefined) return noPermits;
  const allow = checkKeys("allow", given, keys) as Allow;
  return {
    send: readSend(allow.send, node),
    launchesMax: readCount("allow.launch", allow.launch, limits.ownerServicesMax),
    namesMax: readCount("allow.names", allow.names, limits.ownerNamesMax),
    env: new Set(readList("allow.env", allow.env).map(readKey)),
    net: allow.net === undefined ? undefined : readNet(allow.net),
  };
}

function readNet(given: unknown): NetPermits {
  const { connect, listen } = checkKeys("allow.net", given, netKeys) as NonNullable<Allow["net"]>;
  return {
    connect: readPatterns("allow.net.connect", connect),
    listen: readPatterns("allow.net.listen", listen),
  };
}

function readPatterns(path: string, given: unknown): NetPattern[] {
  return readList(path, given).map((text, index) => {
    const pattern = readNetPattern(text);
    if (pattern !== undefined) return pattern;
    const wanted =
      'a host and a port, as "example.com:443", "[::1]:80" or "*:8080", or "unix:/path",';
    throw invalid(`${path}[${index}]`, text, wanted);
  });
}

function readSend(given: unknown, node: number): Map<string | number, ReadonlySet<number>> {
  const send = new Map<string | number, ReadonlySet<number>>();
  for (const [index, entry] of readList("allow.send", given).entries()) {
    const path = `allow.send[${index}]`;
    const isPlain = typeof entry === "string" || typeof entry === "number";
    const { to, kinds } = isPlain
      ? { to: entry, kinds: undefined }
      : (checkKeys(path, entry, sendKeys) as Exclude<AllowedSend, string | number>);
    const key = readDestination(isPlain ? path : `${path}.to`, to, node);
    const wanted = kinds === undefined ? luaOnly : readKinds(`${path}.kinds`, kinds);
    send.set(key, new Set([...wanted, ...(send.get(key) ?? [])]));
  }
  return send;
}

function readDestination(path: string, to: unknown, node: number): string | number {
  if (typeof to === "number" && to > 0 && to <= addressMax && to >>> 0 === to) {
    return parseAddress(to.toString(16), node) ?? to;
  }
  if (typeof to === "string" && to !== "" && utf8Length(to) <= limits.nameBytesMax) {
    const address = to.startsWith(":") ? parseAddress(to, node) : to;
    if (address !== undefined) return address;
  }
  throw invalid(path, to, `a name of up to ${limits.nameBytesMax} bytes, an address or "*"`);
}

function readKinds(path: string, given: unknown): ReadonlySet<number> {
  const kinds = new Set<number>();
  for (const [index, kind] of readList(path, given).entries()) {
    const known = kindsByName.get(kind);
    const isNumber = Number.isInteger(kind) && Number(kind) >= 0 && Number(kind) <= messageKindMax;
    if (known === undefined && !(isNumber && !never.has(Number(kind)))) {
      const names = [...kindsByName.keys()].join(", ");
      const wanted = `one of ${names}, or the number of a kind, up to ${messageKindMax},`;
      throw invalid(`${path}[${index}]`, kind, wanted);
    }
    kinds.add(known ?? Number(kind));
  }
  return kinds;
}

function readKey(key: unknown, index: number): string {
  if (typeof key === "string" && key !== "") return key;
  throw invalid(`allow.env[${index}]`, key, `the key of a setting, or "${anybody}"`);
}

function readCount(path: string, count: unknown, max: number): number {
  if (count === undefined) return 0;
  const isCount = typeof count === "number" && Number.isInteger(count);
  if (isCount && count >= 0 && count <= max) return count;
  throw invalid(path, count, `a whole number from 0 to ${max}`);
}

function readList(path: string, given: unknown): readonly unknown[] {
  if (given === undefined) return [];
  if (Array.isArray(given) && given.length <= limits.allowEntriesMax) return given;
  throw invalid(path, given, `a list of up to ${limits.allowEntriesMax} entries (allowEntriesMax)`);
}

function checkKeys(path: string, given: unknown, known: readonly string[]): object {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalid(path, given, `an object with ${known.join(", ")}`);
  }
  const strange = Object.keys(given).find((key) => !known.includes(key));
  if (strange === undefined) return given;
  throw new CodedError(
    "ARGUMENT_INVALID",
    `launch option ${path}.${strange} is not known; ${known.join(", ")} are`,
  );
}

function invalid(path: string, value: unknown, wanted: string): CodedError {
  const shown =
    typeof value === "string" || typeof value === "number"
      ? JSON.stringify(value)
      : Array.isArray(value)
        ? `a list of ${value.length}`
        : typeof value;
  return new CodedError(
    "ARGUMENT_INVALID",
    `launch option ${path} is ${shown}: ${wanted} is needed`,
  );
}
