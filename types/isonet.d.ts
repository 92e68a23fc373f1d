// The author API: what a service imports from "isonet". The contract of sandbox/, checked against
// it by the compiler.
// Names and semantics are Skynet's (skynet.lua) unless a comment says otherwise; promises stand for
// coroutines.
// Times named `ticks` are Skynet's unit, 10 ms; names ending in Ms are milliseconds.

/** A service's 32-bit identity. Text forms: ":0100000c", "c", ".name". */
export type Address = number & { readonly brand: "address" };

/**
 * Where a message goes: an address, its text form, or a name. A name is resolved when the message
 * is routed.
 */
export type Destination = Address | string;

/** A destination, or one with options for this call. */
export type Target = Destination | CallTarget;

/** A destination with options for the calls to it. */
export interface CallTarget {
  readonly to: Destination;
  /**
   * Milliseconds until CALL_TIMEOUT; 0: wait as long as the caller's own deadline, or for ever.
   * Default: the host's `callTimeoutMs` (30 000).
   */
  readonly timeoutMs?: number;
}

/** What a message can carry; anything else is refused with PACK_UNSUPPORTED and the path to it. */
export type Packable =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | readonly Packable[]
  | ReadonlyMap<Packable, Packable>
  | ReadonlySet<Packable>
  | { readonly [key: string]: Packable };

/** Text of a failed operation. `code` is one of docs/errors.md. */
export interface CodedError extends Error {
  readonly code: string;
  /** `code` of the error that the remote handler threw, when it had one. */
  readonly remoteCode: string | undefined;
}

// --- life of a service -------------------------------------------------------------------------

/**
 * Registers the start handler; it gets the arguments of newService and may await. The creator's
 * newService resolves when it has returned and fails with SERVICE_INIT_FAILED when it throws. Call
 * it once, in the module body. A module that never calls start is ready when its body has run.
 * (skynet.start)
 */
export function start(handler: (...args: any[]) => unknown): void;
/**
 * Runs `handler` before the start handler, in order of registration; at once when the service has
 * started. (skynet.init)
 */
export function init(handler: () => unknown): void;
/**
 * Ends this service: see docs/writing-a-service.md for who is told what, in which order. Never
 * returns. (skynet.exit)
 */
export function exit(): never;
/**
 * Ends another service at once, without its consent. Every caller that waits on it gets
 * ADDRESS_DEAD. (skynet.kill)
 */
export function kill(target: Destination): Promise<void>;

/** How a service has ended. */
export interface Ended {
  readonly address: Address;
  /**
   * "exited": by its own exit; "killed": by `kill`; else a code of docs/errors.md: MEMORY_LIMIT,
   * CELL_LOST, SERVICE_INIT_FAILED (a restart), RESTART_LIMIT (it crashed too often), ADDRESS_DEAD
   * (it was stopped in a turn without end, or had ended before the call).
   */
  readonly code: string;
  readonly text: string;
  /** True when it will be restarted at its address. */
  readonly restarts: boolean;
}
/**
 * Waits until another service ends, and tells how. One call, one end: call it again to hear of the
 * next. A service that has ended already gives ADDRESS_DEAD at once; one that is being restarted is
 * waited for.
 * Fails with NAME_UNKNOWN, ADDRESS_UNKNOWN, and with ARGUMENT_INVALID beyond 1,024 monitors of one
 * service, or by one. (no counterpart in Skynet)
 */
export function monitor(target: Destination): Promise<Ended>;
/**
 * Registers what gives this service's state, as one value that can be sent, at most 1 MiB packed.
 * The host asks for it between messages: see `RestartTerms.checkpointMs`. May be async. (no
 * counterpart in Skynet)
 */
export function exportState(handler: () => unknown): void;
/**
 * Registers what takes a state that was exported before, when the service is restarted. It runs
 * after the module body and before the init and start handlers, and is awaited; a service without
 * a checkpoint starts without it. (no counterpart in Skynet)
 */
export function importState(handler: (state: any) => unknown): void;

// --- protocols and handlers --------------------------------------------------------------------

/**
 * A kind of message: its name and number, how its bodies are packed and unpacked, and who handles
 * it.
 */
export interface Protocol {
  readonly name: string;
  /** 0..255; the numbers of Skynet's own types are taken. */
  readonly id: number;
  readonly pack?: (...values: any[]) => Uint8Array;
  readonly unpack?: (body: Uint8Array) => readonly unknown[];
  readonly dispatch?: Handler;
}

/**
 * Gets session (0: no reply wanted), source and the unpacked values. What it returns is not a
 * reply: use ret or commands.
 */
export type Handler = (session: number, source: Address, ...values: any[]) => unknown;

/** Fails with PROTOCOL_INVALID when the name or the id is taken. (skynet.register_protocol) */
export function registerProtocol(protocol: Protocol): void;
/**
 * Sets the handler of a protocol and returns the one before; without a handler returns the present
 * one. (skynet.dispatch)
 */
export function dispatch(protocol: string, handler?: Handler): Handler | undefined;
/**
 * Handles requests of kinds that have no handler; returns the handler before.
 * (skynet.dispatch_unknown_request)
 */
export function dispatchUnknownRequest(
  handler: (session: number, source: Address, body: Uint8Array, kind: number) => unknown,
): unknown;
/**
 * Handles responses nobody waits for; by default they are counted and dropped.
 * (skynet.dispatch_unknown_response)
 */
export function dispatchUnknownResponse(
  handler: (session: number, source: Address, body: Uint8Array) => unknown,
): unknown;

/** Functions by name: what a service exports the type of, and `service` checks callers against. */
export type Commands = { readonly [name: string]: (...args: any[]) => unknown };

/**
 * Answers "lua" messages from a table of functions: the first value names the command, the others
 * are its arguments, and what the function returns, or resolves to, is the reply. An unknown
 * command fails with COMMAND_UNKNOWN. A later call adds to the table and replaces commands of the
 * same name.
 */
export function commands<T extends Commands>(table: T): T;

/**
 * A service as a value, with its commands checked: `const world = service<WorldCommands>(".world");
 * await world.call.move(1, 2)`.
 */
export function service<T extends Commands>(target: Target): ServiceHandle<T>;

/** A service's commands as functions; made by `service`. */
export interface ServiceHandle<T extends Commands> {
  readonly target: Target;
  /** Requests by command name, each resolving with what the command returns. */
  readonly call: {
    readonly [K in keyof T]: (...args: Parameters<T[K]>) => Promise<Awaited<ReturnType<T[K]>>>;
  };
  /** One-way messages by command name. */
  readonly send: { readonly [K in keyof T]: (...args: Parameters<T[K]>) => void };
  /** The same service, with another timeout for its calls. */
  within(timeoutMs: number): ServiceHandle<T>;
}

// --- sending -----------------------------------------------------------------------------------

/** One way. A dead or full destination is not reported; the host counts it. (skynet.send) */
export function send(target: Destination, protocol: string, ...values: readonly unknown[]): void;
/** As send, with a body that is packed already. (skynet.rawsend) */
export function rawSend(target: Destination, protocol: string, body: Uint8Array): void;
/**
 * Sends in the name of `source` (0: own), with a session chosen by the caller. The host decides
 * whether it may. (skynet.redirect)
 */
export function redirect(
  target: Destination,
  source: Address | 0,
  protocol: string,
  session: number,
  body: Uint8Array,
): void;
/**
 * Sends a request and resolves with the reply: the one value, undefined for none, an array of the
 * values for several.
 *
 * The wait ends at the target's timeout or at the deadline of the request being handled, whichever
 * is first. Other messages are handled while it waits.
 * Fails with ADDRESS_DEAD, ADDRESS_UNKNOWN, NAME_UNKNOWN, CALL_TIMEOUT, MAILBOX_FULL,
 * MESSAGE_TOO_LARGE, REPLY_MISSING, PROTOCOL_UNKNOWN, COMMAND_UNKNOWN, SLICE_EXCEEDED,
 * MEMORY_LIMIT, or REMOTE_FAULT (the handler threw: its message is the error's message and its
 * `code` property is `remoteCode`). (skynet.call)
 */
export function call(target: Target, protocol: string, ...values: readonly unknown[]): Promise<any>;
/** As call, with packed bodies both ways; the reply is the caller's own copy. (skynet.rawcall) */
export function rawCall(target: Target, protocol: string, body: Uint8Array): Promise<Uint8Array>;

/**
 * One call of a request: "lua" and no values unless it says so. Further properties are the caller's
 * own.
 */
export interface RequestEntry {
  readonly target: Target;
  readonly protocol?: string;
  readonly values?: readonly unknown[];
  readonly [extra: string]: unknown;
}

/** How one call of a request ended: with values or with an error. */
export interface RequestResult {
  /** The same object that was passed in. */
  readonly request: RequestEntry;
  readonly values: readonly unknown[] | undefined;
  readonly error: CodedError | undefined;
}

/** Several calls at once. (skynet.request) */
export interface Requests {
  add(entry: RequestEntry): this;
  /**
   * Sends all and yields results in order of arrival, failures included; ends when all are in or
   * after `timeoutTicks`. Once only. Leaving the loop abandons the rest.
   */
  select(timeoutTicks?: number): AsyncIterable<RequestResult>;
  /** True when select ended by its timeout. */
  readonly timedOut: boolean;
}
/** Makes a set of calls that are sent together. (skynet.request) */
export function request(entries?: readonly RequestEntry[]): Requests;
/** Short for request(entries).select(timeoutTicks). */
export function select(
  entries: readonly RequestEntry[],
  timeoutTicks?: number,
): AsyncIterable<RequestResult>;

// --- replying ----------------------------------------------------------------------------------

/**
 * Replies to the request being handled. True when sent, false when it was a one-way message or the
 * requester is known dead.
 * Fails with NO_SESSION outside a request's logical thread, after response() or ignoreRet(), and on
 * a second reply.
 * Without a body: an empty reply. After an await it finds its request through the async stack, at a
 * few microseconds. (skynet.ret)
 */
export function ret(body?: Uint8Array): boolean;
/** ret(pack(...values)). (skynet.retpack) */
export function retPack(...values: readonly unknown[]): boolean;
/** Declares that this thread will not reply. (skynet.ignoreret) */
export function ignoreRet(): void;

/** A reply taken over from the thread that owed it; made by `response`. */
export interface Response {
  /**
   * Replies: with packed values, or with a fault when `ok` is false (the first value is its text).
   * Fails with ALREADY_REPLIED the second time.
   */
  (ok: boolean, ...values: readonly unknown[]): boolean;
  /** True while the reply is still wanted. (response "TEST") */
  isWanted(): boolean;
}
/**
 * Takes the duty to reply away from this thread, for later. A no-op for a one-way message.
 * (skynet.response)
 */
export function response(pack?: (...values: any[]) => Uint8Array): Response;
/** Session and source of the request being handled; undefined outside one. (skynet.context) */
export function context(): { readonly session: number; readonly source: Address } | undefined;

// --- threads and time --------------------------------------------------------------------------

/** A logical thread: a message being handled, a fork or a timer. */
export interface Thread {
  readonly id: number;
}

/**
 * Runs `handler` after the present message, in order. An error is logged and does not stop the
 * others. (skynet.fork)
 */
export function fork<A extends readonly unknown[]>(
  handler: (...args: A) => unknown,
  ...args: A
): Thread;
/** Runs `handler` after `ticks` of 10 ms; 0 goes behind what is in the mailbox. (skynet.timeout) */
export function timeout(ticks: number, handler: () => unknown): Thread;
/** Forgets a timer that has not fired; true when there was one. (no counterpart in Skynet) */
export function cancel(timer: Thread): boolean;
/**
 * Waits. Resolves with "BREAK" when woken through its token or thread, else undefined.
 * (skynet.sleep)
 */
export function sleep(ticks: number, token?: unknown): Promise<"BREAK" | undefined>;
/** sleep(0): behind everything already in the mailbox. (skynet.yield) */
declare function yield_(): Promise<"BREAK" | undefined>;
export { yield_ as yield };
/**
 * Waits for wakeup(token). The token is any value, by default the running thread. Fails with
 * TOKEN_IN_USE. (skynet.wait)
 */
export function wait(token?: unknown): Promise<void>;
/**
 * Wakes who sleeps or waits on the token: true when there is one. Does not end a call.
 * (skynet.wakeup)
 */
export function wakeup(token: unknown): boolean;
/** The running thread; undefined when it cannot be told. (coroutine.running) */
export function running(): Thread | undefined;
/**
 * Ends a thread that is not running: what it waits on rejects with THREAD_KILLED; a reply it owes
 * is a fault. (skynet.killthread)
 */
export function killThread(thread: Thread | string): Thread | undefined;
/** Ticks since the host started. (skynet.now) */
export function now(): number;
/** Seconds of the epoch when the host started. (skynet.starttime) */
export function startTime(): number;
/** Seconds of the epoch, to the hundredth. (skynet.time) */
export function time(): number;

/**
 * Runs a function alone among those given to the same queue; waiters in order; re-entrant in one
 * logical thread. (skynet.queue)
 */
export function queue(): <T>(handler: () => T | Promise<T>) => Promise<T>;

// --- services and names ------------------------------------------------------------------------

/** A destination that an untrusted service may send "lua" messages to, or the kinds it may send. */
export type AllowedSend =
  | Destination
  | {
      readonly to: Destination;
      /** Names of Skynet's own protocols or numbers of your own. Default: "lua". */
      readonly kinds?: readonly (string | number)[];
    };

/**
 * What an untrusted service may do beyond its own affairs; nothing that is not named here. It may
 * always reply, send to services of its owner, send "lua" and author's own kinds to the service
 * that launched it, and write log lines.
 */
export interface Allow {
  /** Whom it may send to, by name or address; "*": every service but the host's own. */
  readonly send?: readonly AllowedSend[];
  /** Services alive that it has launched, those included that these have launched. Default 0. */
  readonly launch?: number;
  /** Names it may have. Default 0. */
  readonly names?: number;
  /** Settings it may read; "*": all. */
  readonly env?: readonly string[];
  /** Sockets (the library "isonet/socket"): without it none, not even one that is handed to it. */
  readonly net?: AllowedNet;
}

/**
 * Where an untrusted service may connect to and listen: "example.com:443", "[::1]:80", "*:8080",
 * "127.0.0.1:*", "unix:/path". Hosts are compared as the service writes them, not what they resolve
 * to: "*" covers this machine and its neighbours as well.
 */
export interface AllowedNet {
  readonly connect?: readonly string[];
  readonly listen?: readonly string[];
}

/**
 * When a service is started again, at its own address and with its names: after a crash (it went
 * over a limit and was disposed, its cell was lost, or a restart failed), or "always": after its
 * own exit as well. Nothing restarts what was killed, or never came to life.
 */
export type RestartPolicy = "never" | "on-crash" | "always";

/** How a service is restarted. */
export interface RestartTerms {
  readonly policy: RestartPolicy;
  /**
   * Ends within `seconds` that are followed by a restart, 0 to 1,000, default 5. One more, and the
   * service is given up (RESTART_LIMIT) and its names are free.
   */
  readonly restartsMax?: number;
  /** 1 to 86,400, default 60. */
  readonly seconds?: number;
  /**
   * Milliseconds before a restart, 0 to 3,600,000, default 100; they double with each end until
   * `seconds` pass without one. Up to a quarter is left off at random, so that services that ended
   * together do not come back at the same moment. None for the first end of an untrusted service
   * whose cell was lost in the turn of another one, or in nobody's.
   */
  readonly backoffMs?: number;
  /** The longest wait, default 10,000. */
  readonly backoffMsMax?: number;
  /**
   * Milliseconds between two exports of its state, of which the last is imported by a restart, 100
   * to 86,400,000; 0, the default: none.
   */
  readonly checkpointMs?: number;
}

/** What to launch, and how. */
export interface LaunchOptions {
  readonly name: string;
  /** Heap limit in MiB; default: the host's `memoryMb`. */
  readonly memoryMb?: number;
  /** Place it on this service's shard. For trusted services. */
  readonly near?: Destination;
  /**
   * "untrusted": the code may be hostile. It runs in a process of its own kind (a cell), with the
   * hardened runtime and the limits below. What an untrusted service launches is untrusted, and its
   * owner's. Default "trusted".
   */
  readonly trust?: "trusted" | "untrusted";
  /**
   * Who is charged for it, up to 64 bytes: a player's or a tenant's name. Services of one owner
   * share one CPU bucket and its strikes. Default: the service's name.
   */
  readonly owner?: string;
  /** Milliseconds after which a turn is interrupted (SLICE_EXCEEDED), 10 to 5,000. */
  readonly sliceMs?: number;
  /**
   * CPU milliseconds its owner gets each second, 1 to 1,000. Of several services the most counts.
   */
  readonly cpuPerSecondMs?: number;
  /** Messages that wait for it; senders get MAILBOX_FULL beyond. 16 to 65,536. */
  readonly mailboxMax?: number;
  /** Whether it is restarted when it has ended. Default "never". */
  readonly restart?: RestartPolicy | RestartTerms;
  /**
   * For untrusted services: what it may do. What is not named fails with CAPABILITY_MISSING.
   * Default: nothing.
   */
  readonly allow?: Allow;
  /** Write down all that goes in and comes out, for `isonet replay`. For trusted launchers. */
  readonly record?: boolean;
  /**
   * Source text of modules it may import, by relative specifier: replaces files of that name. Such
   * a module may be a stranger's: it can import only others like it, not "isonet" (IMPORT_REFUSED),
   * and gets to see what the module that imports it hands to it. The main module is free of this.
   */
  readonly modules?: { readonly [specifier: string]: string };
}

/**
 * Starts a service and resolves with its address when its start handler has returned; undefined
 * when it exited meanwhile.
 * Fails with SERVICE_NOT_FOUND, SERVICE_LOAD_FAILED, SERVICE_INIT_FAILED, SERVICE_ABORTED,
 * ISOLATE_CEILING. (skynet.newservice)
 */
export function newService(
  name: string | LaunchOptions,
  ...args: readonly unknown[]
): Promise<Address | undefined>;
/**
 * The one service of this name, started by the first caller; `true` first: one for all nodes. A
 * failed start stays failed (UNIQUE_FAILED). (skynet.uniqueservice)
 */
export function uniqueService(name: string, ...args: readonly unknown[]): Promise<Address>;
export function uniqueService(
  global: true,
  name: string,
  ...args: readonly unknown[]
): Promise<Address>;
/**
 * Waits until somebody has started the unique service, within the call timeout.
 * (skynet.queryservice)
 */
export function queryService(name: string): Promise<Address>;
export function queryService(global: true, name: string): Promise<Address>;
/** Own address. (skynet.self) */
export function self(): Address;
/** Address of a local name (".name"), or undefined. (skynet.localname) */
export function localName(name: string): Promise<Address | undefined>;
/**
 * Gives this service a name: local with a leading dot, else global. Fails with NAME_TAKEN,
 * NAME_INVALID. (skynet.register)
 */
export function register(name: string): Promise<void>;
/** Gives another service a name. (skynet.name) */
export function name(name: string, target: Destination): Promise<void>;
/** ":0100000c" for a number; a string is returned as it is. (skynet.address) */
export function address(target: Destination): string;
/** Reads ":0100000c" or "c". Undefined when it is neither. */
export function parseAddress(text: string): Address | undefined;
/** A session number nobody uses. (skynet.genid) */
export function genId(): number;

// --- snax --------------------------------------------------------------------------------------

/**
 * What a module of a snax service exports: `accept`, functions for one-way messages; `response`,
 * functions for requests, whose result is the reply; `init`, the start handler; `exit`, run by
 * snax.kill and snax.exit. One that exports `accept` or `response` is a snax service.
 */
export interface SnaxModule {
  readonly accept?: Commands;
  readonly response?: Commands;
  readonly init?: (...args: any[]) => unknown;
  readonly exit?: (...args: any[]) => unknown;
}
type SnaxTable<M, G extends "accept" | "response"> = M extends { readonly [K in G]?: infer T }
  ? NonNullable<T>
  : unknown;
type SnaxArguments<M, F extends "init" | "exit"> = M extends {
  readonly [K in F]: (...args: infer A) => unknown;
}
  ? A
  : readonly unknown[];

/** A snax service as a value. The type is that of its module: `typeof import("./counter.ts")`. */
export interface SnaxObject<M = SnaxModule> {
  readonly handle: Address;
  /** The name it was started or bound by. */
  readonly type: string;
  /** One-way messages, for its `accept`. Another name fails with COMMAND_UNKNOWN, at access. */
  readonly post: {
    readonly [K in keyof SnaxTable<M, "accept">]: SnaxTable<M, "accept">[K] extends (
      ...args: infer A
    ) => unknown
      ? (...args: A) => void
      : never;
  };
  /**
   * Requests, for its `response`. Fails as `call`; another name with COMMAND_UNKNOWN, at access.
   */
  readonly req: {
    readonly [K in keyof SnaxTable<M, "response">]: SnaxTable<M, "response">[K] extends (
      ...args: infer A
    ) => infer R
      ? (...args: A) => Promise<Awaited<R>>
      : never;
  };
  /** "[counter:0100000c]" */
  toString(): string;
}

/** Names of a snax service's methods. */
export interface SnaxInterface {
  readonly accept: readonly string[];
  readonly response: readonly string[];
}

/** What the methods of a snax service have done since it started: "response.add", "accept.hear". */
export interface SnaxProfile {
  readonly [method: string]: {
    /** Calls, those that failed or run still included. */
    readonly count: number;
    /**
     * Seconds for which they ran, each until it returned or waited for the first time, by the
     * service's own clock (`Date`): exact enough of many calls, in steps of 1 ms, and of 10 ms in
     * an untrusted service. A call that was interrupted adds nothing.
     */
    readonly time: number;
  };
}

/** Services whose methods are functions that their module exports. (skynet.snax) */
export interface Snax {
  /**
   * Starts one. Fails as newService, with SERVICE_ABORTED when it exits while it starts, and with
   * PROTOCOL_UNKNOWN when it is no snax service: it is ended then. (snax.newservice)
   */
  newService<M = SnaxModule>(
    name: string | LaunchOptions,
    ...args: SnaxArguments<M, "init">
  ): Promise<SnaxObject<M>>;
  /** As `newService`, with the address for its result. (snax.rawnewservice) */
  rawNewService(name: string | LaunchOptions, ...args: readonly unknown[]): Promise<Address>;
  /** As uniqueService: both know the same services. (snax.uniqueservice) */
  uniqueService<M = SnaxModule>(
    name: string,
    ...args: SnaxArguments<M, "init">
  ): Promise<SnaxObject<M>>;
  /** As uniqueService with `true`: one for all nodes. (snax.globalservice) */
  globalService<M = SnaxModule>(
    name: string,
    ...args: SnaxArguments<M, "init">
  ): Promise<SnaxObject<M>>;
  /** Waits until somebody has started it, within the call timeout. (snax.queryservice) */
  queryService<M = SnaxModule>(name: string): Promise<SnaxObject<M>>;
  /** Of globalService. (snax.queryglobal) */
  queryGlobal<M = SnaxModule>(name: string): Promise<SnaxObject<M>>;
  /** Asks the service for its methods. Fails with PROTOCOL_UNKNOWN, and as `call`. (snax.bind) */
  bind<M = SnaxModule>(target: Destination, type?: string): Promise<SnaxObject<M>>;
  /**
   * Asks a service that runs for the names of its methods. Fails as `bind`. (snax.interface, which
   * reads a file: here nobody runs a module but in a service)
   */
  interface(target: Destination): Promise<SnaxInterface>;
  /**
   * How often each method was called, and for how long it ran. `infoFunc` left alone, the console's
   * `info` shows the same. Fails as `call`. (snax.profile_info)
   */
  profileInfo<M>(object: SnaxObject<M>): Promise<SnaxProfile>;
  /**
   * From here on this service takes `lua` messages, too, of the same values: `call(address, "lua",
   * "response", "add", 1)`. So it can be used by whoever speaks `lua` only: the console's `call`,
   * and a proxy that hands on messages of other nodes. The words "accept", "response",
   * "interface", "profile" and "exit" are no commands of its own then. Fails with
   * PROTOCOL_UNKNOWN in what is no snax service, and in its module's body, before its methods are
   * known. (snax.enablecluster)
   */
  enableCluster(): void;
  /** This service itself, once its module has been loaded. (snax.self) */
  self<M = SnaxModule>(): SnaxObject<M>;
  /**
   * Runs its exit function with the arguments, resolves with what that returns, and ends it. An
   * untrusted service ends only what it has launched. (snax.kill)
   */
  kill<M>(object: SnaxObject<M>, ...args: SnaxArguments<M, "exit">): Promise<any>;
  /** Runs the own exit function and ends this service: never resolves. (snax.exit) */
  exit(...args: readonly unknown[]): Promise<never>;
  /**
   * Replaces methods of a running service: `source` is the body of a JavaScript function in the
   * scope of its module, and returns `{ accept, response, init, exit, hotfix }`, each optional.
   * Names that it declares are new, all others are the module's own, with their values. Then runs
   * `hotfix` with the arguments and resolves with what it returns; `init` has run and does not run
   * again. A patch lasts until the service ends, is started anew or moves; `versions` shows it.
   * Fails with HOTFIX_REFUSED for a method that there is not, and nothing is changed; with
   * INJECT_FAILED, and with what `hotfix` throws. For trusted services. (snax.hotfix)
   */
  hotfix<M>(object: SnaxObject<M>, source: string, ...args: readonly unknown[]): Promise<any>;
  /** A log line from a C format: %s %d %i %f %g %x %%. (snax.printf) */
  printf(format: string, ...values: readonly unknown[]): void;
}
/** Snax services, from outside and for themselves. (skynet.snax) */
export const snax: Snax;

// --- values, environment, insight --------------------------------------------------------------

/**
 * Packs values into a body. Fails with PACK_UNSUPPORTED, PACK_TOO_DEEP, PACK_TOO_MANY,
 * MESSAGE_TOO_LARGE. (skynet.pack)
 */
export function pack(...values: readonly unknown[]): Uint8Array;
/** Fails with UNPACK_MALFORMED. */
export function unpack(body: Uint8Array): unknown[];
/** Host-wide settings; undefined when unset. (skynet.getenv) */
export function getEnv(key: string): Promise<string | undefined>;
/** Fails with ENV_EXISTS when the key is set. (skynet.setenv) */
export function setEnv(key: string, value: string | number | boolean): Promise<void>;
/** Sets what the console's `info` shows. (skynet.info_func) */
export function infoFunc(provider: (...args: any[]) => unknown): void;

/** Figures of this service. (skynet.stat) */
export interface OwnStat {
  /** Frames waiting. */
  readonly mqlen: number;
  /** Seconds of CPU used. */
  readonly cpu: number;
  /** Seconds of the present turn. */
  readonly time: number;
  /** Messages handled. */
  readonly message: number;
  /** True once after a turn that the monitor reported. */
  readonly endless: boolean;
  /**
   * Turns that were interrupted: they ran longer than turnMsMax, or an operator's signal 0 came.
   */
  readonly interrupts: number;
}
/** Figures of this service: all, or one. (skynet.stat) */
export function stat(): Promise<OwnStat>;
export function stat<K extends keyof OwnStat>(what: K): Promise<OwnStat[K]>;
/** Suspended threads: how many, or a line for each by thread. (skynet.task) */
export function task(): number;
export function task(detail: "all"): { [thread: string]: string };
/** Pretends that `target` has ended: fails own calls to it with ADDRESS_DEAD. (skynet.term) */
export function term(target: Destination): void;
/** Resolves with the address's end: never while it lives, then with its code. (debug LINK) */
export function link(target: Destination): Promise<string>;
/**
 * Lowers this service's own memory limit, in the module body only. Over it the service is disposed.
 * (skynet.memlimit)
 */
export function memLimit(bytes: number): void;
/**
 * Gives the running thread a trace tag that its calls carry on; the log tells each step.
 * (skynet.trace)
 */
export function trace(info?: string): string;
/**
 * Messages of a protocol: true traces each that comes in, false none, undefined those that carry a
 * tag. (skynet.traceproto)
 */
export function traceProto(protocol: string, mode?: boolean): void;
/** Writes to the log at error level. (skynet.error) */
export function error(...values: readonly unknown[]): void;

// --- globals
// -------------------------------------------------------------------------------------------------

declare global {
  /** A service's console writes to the host's log, under the service's address and name. */
  interface Console {
    debug(...values: any[]): void;
    log(...values: any[]): void;
    info(...values: any[]): void;
    warn(...values: any[]): void;
    error(...values: any[]): void;
    /** At debug level. */
    trace(...values: any[]): void;
    /** At error level, when the condition is false. */
    assert(condition?: boolean, ...values: any[]): void;
  }
  var console: Console;
}
