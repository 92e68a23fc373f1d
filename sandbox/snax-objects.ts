// Snax objects: what authors do with snax services from outside: `snax` of "isonet".
// Guest (and host services). Made by api.ts; the service side is snax.ts.
// Invariant: an object has the methods that its service said it has; another name is an error at
// once.

import { formatAddress, type ServiceAddress } from "../wire/address.ts";
import { asThrown, CodedError, isCodedError } from "../wire/coded-error.ts";
import {
  ArrayIsArray,
  ObjectCreate,
  ObjectFreeze,
  SafeProxy,
  SafeString,
} from "../wire/primordials.ts";
import { append, OwnMap } from "./containers.ts";
import { printf } from "./printf.ts";
import type { RuntimeParts } from "./runtime.ts";
import { uniqueName } from "./services.ts";
import type { SnaxGroup, SnaxInterface } from "./snax.ts";
import type { Target } from "./target.ts";

type Bound = {
  readonly handle: number;
  readonly type: string;
  readonly post: object;
  readonly req: object;
  readonly toString: () => string;
};

export function makeSnax(parts: RuntimeParts): object {
  const { services, snax, log } = parts;
  const bind = (target: Target, type = "snax"): Promise<Bound> => bindTo(parts, target, type);
  const api = {
    newService: (what: unknown, ...args: unknown[]) => start(parts, what, args),
    rawNewService: async (what: unknown, ...args: unknown[]) =>
      (await start(parts, what, args)).handle,
    uniqueService: async (name: string, ...args: unknown[]) =>
      bind((await services.uniqueService(uniqueName(false, name), args)) as number, name),
    globalService: async (name: string, ...args: unknown[]) =>
      bind((await services.uniqueService(uniqueName(true, name), args)) as number, name),
    queryService: async (name: string) =>
      bind((await services.queryService(uniqueName(false, name))) as number, name),
    queryGlobal: async (name: string) =>
      bind((await services.queryService(uniqueName(true, name))) as number, name),
    bind,
    interface: async (target: Target) =>
      interfaceOf(parts, await services.addressOf(target), "service"),
    profileInfo: ({ handle }: Bound) => parts.calls.call(handle, "snax", ["profile"]),
    enableCluster: () => snax.answerTo("lua"),
    self: () => objectOf(parts, services.self, services.ownName, snax.interface()),
    kill: (object: Bound, ...args: unknown[]) => services.snax("kill", object.handle, args),
    exit: (...args: unknown[]) => snax.exit(args),
    hotfix: (object: Bound, source: string, ...args: unknown[]) =>
      services.snax("hotfix", object.handle, source, args),
    printf: (format: string, ...values: unknown[]) => log.write("info", printf(format, values)),
  };
  return ObjectFreeze(Object.assign(ObjectCreate(null), api) as object);
}

async function start(parts: RuntimeParts, what: unknown, args: unknown[]): Promise<Bound> {
  const name = typeof what === "string" ? what : SafeString((what as { name?: unknown }).name);
  const address = (await parts.services.newService(what, args)) as number | undefined;
  if (address === undefined) {
    throw new CodedError("SERVICE_ABORTED", `${name} exited while it was starting`);
  }
  try {
    return await bindTo(parts, address, name);
  } catch (error) {
    await parts.services.kill(address); // nobody has its address but this call
    throw asThrown(error);
  }
}

async function bindTo(parts: RuntimeParts, target: Target, type: string): Promise<Bound> {
  const address = await parts.services.addressOf(target);
  return objectOf(parts, address, type, await interfaceOf(parts, address, type));
}

/** What the service says of itself. Fails with PROTOCOL_UNKNOWN. */
async function interfaceOf(
  { calls }: RuntimeParts,
  address: number,
  type: string,
): Promise<SnaxInterface | undefined> {
  try {
    return (await calls.call(address, "snax", ["interface"])) as SnaxInterface | undefined;
  } catch (error) {
    if (!isCodedError(error) || error.code !== "PROTOCOL_UNKNOWN") throw asThrown(error);
    const who = `${type} at ${formatAddress(address as ServiceAddress)}`;
    const why = "is no snax service: its module exports neither accept nor response";
    throw new CodedError("PROTOCOL_UNKNOWN", `${who} ${why}`);
  }
}

function objectOf(
  { calls }: RuntimeParts,
  handle: number,
  type: string,
  names: SnaxInterface | undefined,
): Bound {
  const send = (values: readonly unknown[]): unknown => calls.send(handle, "snax", values);
  const call = (values: readonly unknown[]): unknown => calls.call(handle, "snax", values);
  const text = `[${type}${formatAddress(handle as ServiceAddress)}]`;
  return ObjectFreeze({
    handle,
    type,
    post: methods({ group: "accept", what: `post ${type}` }, names?.accept, send),
    req: methods({ group: "response", what: `request ${type}` }, names?.response, call),
    toString: () => text,
  });
}

/** The names come from a service that may be hostile: those that are no text are left out. */
function methods(
  { group, what }: { readonly group: SnaxGroup; readonly what: string },
  names: unknown,
  deliver: (values: readonly unknown[]) => unknown,
): object {
  const known = new OwnMap<unknown, (...args: unknown[]) => unknown>();
  const list = ArrayIsArray(names) ? names : [];
  for (let index = 0; index < list.length; index++) {
    const name = list[index];
    if (typeof name !== "string") continue;
    known.set(name, (...args) => {
      const values: unknown[] = [group, name];
      for (let at = 0; at < args.length; at++) append(values, args[at]);
      return deliver(values);
    });
  }
  return new SafeProxy(ObjectFreeze(ObjectCreate(null)), {
    get: (_target, name) => {
      const method = known.get(name);
      // `await` and loggers ask for `then` and symbols: that is no method.
      if (method !== undefined || typeof name !== "string" || name === "then") return method;
      throw new CodedError("COMMAND_UNKNOWN", `${what}:${name} no exist`);
    },
  });
}
