// API: the functions that authors import from "isonet", over the parts of one service's runtime.
// Guest (and host services). Made by runtime.ts; its contract and doc comments are
// types/isonet.d.ts.
// Invariant: every name of the contract is here, and nothing else.

import type * as Contract from "isonet";
import { formatAddress, parseAddress, type ServiceAddress } from "../wire/address.ts";
import { decode, encode } from "../wire/codec.ts";
import { CodedError, isCodedError } from "../wire/coded-error.ts";
import { MathCeil, ObjectCreate, ObjectFreeze, ObjectHasOwn } from "../wire/primordials.ts";
import { sessionMax } from "../wire/session.ts";
import { SystemCommand } from "../wire/system-command.ts";
import { bodyOf } from "./bytes.ts";
import type { Calls } from "./calls.ts";
import { addCommands, makeHandle } from "./commands.ts";
import { append } from "./containers.ts";
import { killThread } from "./kill-thread.ts";
import { makeQueue } from "./queue.ts";
import { Requests, type RequestEntry } from "./requests.ts";
import type { ProtocolHandler } from "./protocols.ts";
import type { RuntimeParts } from "./runtime.ts";
import { uniqueName } from "./services.ts";
import { makeSnax } from "./snax-objects.ts";
import type { Target } from "./target.ts";
import type { Timers } from "./timers.ts";

export type Isonet = typeof Contract;

/** Every function takes what it needs from the parts; none keeps state of its own. */
export function makeApi(parts: RuntimeParts): Isonet {
  const api = {
    ...lifeApi(parts),
    ...protocolApi(parts),
    ...sendApi(parts),
    ...replyApi(parts),
    ...threadApi(parts),
    ...serviceApi(parts),
    ...valueApi(parts),
    ...insightApi(parts),
    snax: makeSnax(parts),
  };
  return ObjectFreeze(Object.assign(ObjectCreate(null), api) as unknown as Isonet);
}

type Handler = (...args: never[]) => unknown;

const memLimitMin = 1024;
const memLimitMax = 2 ** 40;

function invalid(text: string): CodedError {
  return new CodedError("ARGUMENT_INVALID", text);
}

function lifeApi({ lifecycle, services }: RuntimeParts) {
  return {
    start: (handler: Handler) => lifecycle.start(handler),
    init: (handler: () => unknown) => lifecycle.init(handler),
    exportState: (handler: () => unknown) => lifecycle.exportState(handler),
    importState: (handler: (state: unknown) => unknown) => lifecycle.importState(handler),
    exit: () => lifecycle.exit(),
    kill: (target: Target) => services.kill(target),
    monitor: (target: Target) => services.monitor(target),
  };
}

function protocolApi({ protocols, dispatcher, calls }: RuntimeParts) {
  return {
    registerProtocol: (definition: Parameters<typeof protocols.register>[0]) =>
      protocols.register(definition),
    dispatch: (name: string, handler?: Handler) => {
      if (handler === undefined) return protocols.find(name)?.dispatch;
      if (typeof handler !== "function") throw invalid("dispatch needs a function");
      const entry = protocols.require(name);
      const before = entry.dispatch;
      entry.dispatch = handler as ProtocolHandler;
      return before;
    },
    dispatchUnknownRequest: (handler: typeof dispatcher.onUnknownRequest) => {
      const before = dispatcher.onUnknownRequest;
      dispatcher.onUnknownRequest = handler;
      return before;
    },
    dispatchUnknownResponse: (handler: typeof dispatcher.onUnknownResponse) => {
      const before = dispatcher.onUnknownResponse;
      dispatcher.onUnknownResponse = handler;
      return before;
    },
    commands: (table: Record<string, Handler>) => {
      addCommands(protocols, table);
      return table;
    },
    service: (target: Target) => makeHandle(calls, target),
  };
}

function sendApi({ calls, protocols, outbox, timers }: RuntimeParts) {
  return {
    send: (target: Target, protocol: string, ...values: unknown[]) =>
      calls.send(target, protocol, values),
    rawSend: (target: Target, protocol: string, body: Uint8Array) =>
      calls.rawSend(target, protocol, body),
    // oxlint-disable-next-line max-params -- Skynet's form
    redirect: (
      target: Target,
      source: number,
      protocol: string,
      session: number,
      body: Uint8Array,
    ) => {
      if (source >>> 0 !== source) throw invalid("redirect needs an address as its source, or 0");
      if (!(session >= 0 && session <= sessionMax && session >>> 0 === session)) {
        throw invalid(`redirect needs a session from 0 to ${sessionMax}`);
      }
      const frame = calls.frameTo(target, protocols.require(protocol).id);
      frame.source = source;
      frame.session = session;
      outbox.writeBody(frame, bodyOf(body, "redirect"));
    },
    call: (target: Target, protocol: string, ...values: unknown[]) =>
      calls.call(target, protocol, values),
    rawCall: (target: Target, protocol: string, body: Uint8Array) =>
      calls.rawCall(target, protocol, body),
    request: (entries: readonly RequestEntry[] = []) => makeRequests(calls, timers, entries),
    select: (entries: readonly RequestEntry[], timeoutTicks?: number) =>
      makeRequests(calls, timers, entries).select(timeoutTicks),
  };
}

function makeRequests(calls: Calls, timers: Timers, entries: readonly RequestEntry[]): Requests {
  const requests = new Requests(calls, timers);
  for (let index = 0; index < entries.length; index++) {
    requests.add(entries[index] as RequestEntry);
  }
  return requests;
}

function replyApi({ replies, threads }: RuntimeParts) {
  return {
    ret: (body?: Uint8Array) => replies.ret(body),
    retPack: (...values: unknown[]) => replies.retPack(values),
    ignoreRet: () => replies.ignoreRet(),
    response: (pack?: (...values: never[]) => Uint8Array) => replies.response(pack),
    context: () => {
      const thread = threads.running();
      if (thread === undefined || thread.duty === "none") return undefined;
      return { session: thread.session, source: thread.source };
    },
  };
}

function threadApi(parts: RuntimeParts) {
  const { threads, forks, timers, clock } = parts;
  return {
    fork: (handler: Handler, ...args: unknown[]) => forks.fork(handler, args),
    timeout: (ticks: number, handler: () => unknown) => timers.timeout(ticks, handler),
    cancel: (thread: Parameters<typeof timers.cancel>[0]) => timers.cancel(thread),
    sleep: (ticks: number, token?: unknown) => timers.sleep(ticks, token),
    yield: () => timers.sleep(0),
    wait: (token?: unknown) => timers.wait(token),
    wakeup: (token: unknown) => timers.wakeup(token),
    running: () => threads.running(),
    killThread: (which: Parameters<typeof killThread>[1]) => killThread(parts, which),
    now: () => clock.now(),
    startTime: () => clock.startTime(),
    time: () => clock.time(),
    queue: () => makeQueue(threads, timers),
  };
}

function serviceApi({ services, waits }: RuntimeParts) {
  return {
    newService: (what: unknown, ...args: unknown[]) => services.newService(what, args),
    uniqueService: (...args: unknown[]) => {
      const isGlobal = args[0] === true;
      const name = uniqueName(isGlobal, (isGlobal ? args[1] : args[0]) as string);
      const rest: unknown[] = [];
      for (let index = isGlobal ? 2 : 1; index < args.length; index++) append(rest, args[index]);
      return services.uniqueService(name, rest);
    },
    queryService: (...args: unknown[]) => {
      const isGlobal = args[0] === true;
      return services.queryService(uniqueName(isGlobal, (isGlobal ? args[1] : args[0]) as string));
    },
    self: () => services.self,
    localName: (name: string) => services.localName(name),
    register: (name: string) => services.register(name),
    name: (name: string, target: Target) => services.name(name, target),
    address: (target: number | string) => {
      return typeof target === "number" ? formatAddress(target as ServiceAddress) : target;
    },
    parseAddress: (text: string) => parseAddress(text, services.node),
    genId: () => waits.nextSession(),
  };
}

function valueApi({ services, debug }: RuntimeParts) {
  return {
    pack: (...values: unknown[]) => encode(values),
    unpack: (body: Uint8Array) => decode(bodyOf(body, "unpack")),
    getEnv: (key: string) => services.getEnv(key),
    setEnv: (key: string, value: unknown) => services.setEnv(key, value),
    infoFunc: (provider: Handler) => {
      debug.infoProvider = provider;
    },
  };
}

function insightApi(parts: RuntimeParts) {
  const { calls, threads, tracer, protocols, outbox, log, tasks, lifecycle, term } = parts;
  return {
    stat: async (what?: string) => {
      const all = (await calls.ask(SystemCommand.stat)) as Record<string, unknown>;
      if (what === undefined) return all;
      if (ObjectHasOwn(all, what)) return all[what];
      throw invalid(
        `no statistic ${what}: mqlen, cpu, time, message, endless and interrupts exist`,
      );
    },
    task: (detail?: string) => (detail === "all" ? tasks.all() : tasks.count),
    term: (target: Target) => term(target),
    link: async (target: Target) => {
      const to = calls.destinationOf(target);
      try {
        await calls.call({ to, timeoutMs: Infinity }, "debug", ["LINK"]);
        return "ADDRESS_DEAD";
      } catch (error) {
        if (isCodedError(error)) return error.code;
        throw error;
      }
    },
    memLimit: (bytes: number) => {
      if (lifecycle.hasStarted) throw invalid("memLimit may be called in the module body only");
      if (!(bytes >= memLimitMin && bytes <= memLimitMax)) {
        throw invalid(`memLimit needs ${memLimitMin} to ${memLimitMax} bytes`);
      }
      outbox.writeCommand(SystemCommand.memLimit, 0, MathCeil(bytes / 1024));
    },
    trace: (info = "") => {
      const thread = threads.running();
      if (thread !== undefined) return tracer.tag(thread, info);
      throw new CodedError("NO_SESSION", "trace: no logical thread runs here");
    },
    traceProto: (name: string, mode?: boolean) => {
      protocols.require(name).traceMode = mode;
    },
    error: (...values: unknown[]) => log.values("error", values),
  };
}
