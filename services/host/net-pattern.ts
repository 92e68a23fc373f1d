// Net pattern: which addresses an untrusted service may connect to or listen on: "host:port", each
// part a "*" or the thing itself; "unix:/path" for a Unix socket.
// Shard 0. Read by launch-allow.ts; asked by caller-rights.ts.
// Invariant: hosts are compared as they are asked for, not what they resolve to: "*" and a name
// whose owner is a stranger cover this machine and its neighbours too.

import { hostPort } from "../../wire/host-port.ts";
import type { NetPattern } from "../../wire/service-permits.ts";
import { anybody } from "../../wire/service-permits.ts";

const portMax = 0xffff;
const unixPrefix = "unix:";

/** Undefined when the text is no pattern. */
export function readNetPattern(text: unknown): NetPattern | undefined {
  if (typeof text !== "string") return undefined;
  if (text.startsWith(unixPrefix)) return { host: text, port: 0 };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\*|[0-9]{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, v6, plain, port] = match;
  const host = (v6 ?? plain ?? "").toLowerCase();
  if (port === anybody) return { host, port: anybody };
  return Number(port) <= portMax ? { host, port: Number(port) } : undefined;
}

/** True when one of the patterns is for the address; a port of undefined is any. */
export function coversAddress(
  patterns: readonly NetPattern[],
  host: string,
  port: number | typeof anybody | undefined,
): boolean {
  const isUnix = host.startsWith(unixPrefix);
  const wanted = isUnix ? host : host.toLowerCase();
  return patterns.some((pattern) => {
    const isHost = pattern.host === wanted || (pattern.host === anybody && !isUnix);
    return isHost && (port === undefined || pattern.port === anybody || pattern.port === port);
  });
}

/** "[::1]:80", "*:80". */
export function netText({ host, port }: NetPattern): string {
  if (host.startsWith(unixPrefix)) return host;
  return hostPort(host, port);
}
