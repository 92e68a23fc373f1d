// Gate conf: what the command `open` asks for, checked.
// Guest: part of "isonet/gateserver" and "isonet/loginserver". Fed with another service's message.
// Invariant: every figure is a whole number within its bounds; what is left open has its default.

import type { GateConf, WebSocketConf } from "isonet/gateserver";
import { CodedError } from "../../wire/coded-error.ts";
import { gateLimits } from "../../wire/gate-limits.ts";
import {
  gateTermBounds,
  type AddressTerms,
  type FrameTerms,
  type WebSocketTerms,
} from "../../wire/gate-terms.ts";
import { limits } from "../../wire/limits.ts";

/** As it comes in a message: of any type. */
type Given<T> = { readonly [K in keyof T]?: unknown };

export type CheckedConf = {
  readonly address: string;
  readonly port: number;
  readonly maxclient: number;
  readonly nodelay: boolean;
  readonly backlog: number;
  readonly frames: FrameTerms;
  readonly limits: AddressTerms;
  /** Checked by the host. */
  readonly tls?: Tls;
};

export type Tls = { readonly cert: string; readonly key: string };

const shortFrameBytesMax = 0xffff;

/** Fails with ARGUMENT_INVALID. */
export function checkConf(conf: unknown): CheckedConf {
  if (typeof conf !== "object" || conf === null)
    throw invalid("the conf of open", conf, "an object with a port");
  const given = conf as Given<GateConf>;
  const { address = "0.0.0.0", lengthBytes = 2, nodelay = true } = given;
  if (typeof address !== "string") throw invalid("address", address, "a text");
  if (lengthBytes !== 2 && lengthBytes !== 4) throw invalid("lengthBytes", lengthBytes, "2 or 4");
  const frameMax = lengthBytes === 2 ? shortFrameBytesMax : gateLimits.longFrameBytesMax;
  return {
    address,
    port: within("port", given.port, [0, 65_535]),
    maxclient: within("maxclient", given.maxclient ?? gateLimits.maxclient, [1, 65_536]),
    nodelay: nodelay === true,
    backlog: within("backlog", given.backlog ?? limits.socketBacklog, [1, 4096]),
    frames: {
      lengthBytes,
      frameBytesMax: within("frameBytesMax", given.frameBytesMax ?? frameMax, [0, frameMax]),
      idleMs: within("idleMs", given.idleMs ?? 0, gateTermBounds.idleMs),
      websocket: websocketTerms(given.websocket),
    },
    limits: addressTerms(given),
    ...(given.tls === undefined ? {} : { tls: given.tls as Tls }),
  };
}

/** What one address may take. Fails with ARGUMENT_INVALID. */
export function addressTerms({
  connectsPerSecond = gateLimits.connectsPerSecondMax,
  connectionsPerAddress = 0,
}: Pick<Given<GateConf>, "connectsPerSecond" | "connectionsPerAddress">): AddressTerms {
  const { connectsPerSecondMax, connectionsMax } = gateTermBounds;
  return {
    connectsPerSecondMax: within("connectsPerSecond", connectsPerSecond, connectsPerSecondMax),
    connectionsMax: within("connectionsPerAddress", connectionsPerAddress, connectionsMax),
  };
}

function websocketTerms(given: unknown): WebSocketTerms | undefined {
  if (given === undefined || given === false) return undefined;
  if (given === true) return { path: undefined, origins: undefined, sendsText: false };
  const conf = typeof given === "string" ? { path: given } : given;
  if (typeof conf !== "object" || conf === null)
    throw invalid("websocket", given, "true, a path, or { path, origins, sendsText }");
  const { path, origins, sendsText } = conf as Given<WebSocketConf>;
  if (path !== undefined && !(typeof path === "string" && path.startsWith("/")))
    throw invalid("websocket.path", path, "a text that starts with /");
  const isList = Array.isArray(origins) && origins.every((each) => typeof each === "string");
  if (origins !== undefined && !isList)
    throw invalid("websocket.origins", origins, 'a list of texts as "https://example.com"');
  return { path, origins, sendsText: sendsText === true };
}

/** Fails with ARGUMENT_INVALID unless it is a whole number within the bounds. */
export function within(
  name: string,
  value: unknown,
  [min, max]: readonly [number, number],
): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max)
    return value as number;
  throw invalid(name, value, `a whole number from ${min} to ${max}`);
}

function invalid(name: string, value: unknown, allowed: string): CodedError {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new CodedError("ARGUMENT_INVALID", `${name} must be ${allowed}, not ${shown}`);
}
