// Message client: requests and answers over a message server that a user has logged in to.
// The caller's own process. Reconnects by itself, with a larger index each time, and asks again
// what was not answered.
// Invariant: a request is sent again only under its old session, right behind the handshake, to a
// server that still knows the login: so that it is executed once.

import { EventEmitter } from "node:events";
import { CodedError, isCodedError } from "../wire/coded-error.ts";
import { BackOff } from "./back-off.ts";
import { systemClientClock, type ClientClock } from "./client-clock.ts";
import { clientLimits } from "./client-limits.ts";
import type { FrameConnection } from "./connection.ts";
import type { Login } from "./login.ts";
import { MessageConnector } from "./message-connector.ts";
import type { Identity } from "./message-handshake.ts";
import { RequestTable } from "./request-table.ts";
import { connectFrames, type FrameOptions } from "./stream-connection.ts";

/** Where, who, and bounds and waits with the defaults of docs/limits.md. */
export type MessageClientOptions = Omit<FrameOptions, "prefixBytes" | "frameBytesMax"> &
  Identity & {
    /**
     * Logs in again when the server does not know the login any more (404). Without it the client
     * ends then.
     */
    readonly loginAgain?: () => Promise<Login>;
    /** Opens the connections, instead of TCP to `host` and `port`. */
    readonly connect?: () => Promise<FrameConnection>;
    /** Index of the first handshake: larger than all that this login has had. Default: 1. */
    readonly index?: number;
    /** Session of the first request. Default: 0. */
    readonly session?: number;
    readonly replyMs?: number;
    /** Time for each request, reconnections included. 0: as long as the client lasts. */
    readonly requestMs?: number;
    readonly windowMax?: number;
    readonly requestsMax?: number;
    readonly backOffMs?: number;
    readonly backOffMsMax?: number;
    readonly attemptsMax?: number;
    /** In [0, 1): shortens waits. For tests. */
    readonly random?: () => number;
  };

/** Of one request. */
export type RequestOptions = {
  readonly timeoutMs?: number;
  /**
   * Session of an earlier request: after a reconnection the server answers from its cache, whatever
   * the content. By default each request has a new one.
   */
  readonly session?: number;
};

/** What a message client tells, beside the answers. */
export type MessageClientEvents = {
  /** A handshake was accepted. */
  connected: [{ readonly index: number }];
  /** A connection was lost. */
  disconnected: [{ readonly reason: CodedError }];
  /** The next attempt begins after `ms`. */
  reconnecting: [{ readonly attempt: number; readonly ms: number; readonly reason: CodedError }];
  /** Nothing more comes: by `close`, or because the client gave up for this reason. */
  closed: [{ readonly reason: CodedError | undefined }];
};

type State =
  | { readonly kind: "new" }
  | { readonly kind: "lost" }
  | { readonly kind: "connected"; readonly connection: FrameConnection }
  | { readonly kind: "closed"; readonly reason: CodedError | undefined };

/** Status of a login that was too early, not wrong. */
const loginGoesOn = "406";

/**
 * Skynet's message server, from the client's side (`snax.msgserver`).
 *
 *     const words = { user: "hello", server: "sample", password: "password" };
 *     const { secret, subid } = await login({ port: 8001, ...words });
 *     const client = new MessageClient({ port: 8888, ...words, secret, subid });
 *     await client.open();
 *     const answer = await client.request("echo");
 *     await client.close();
 */
export class MessageClient extends EventEmitter<MessageClientEvents> implements AsyncDisposable {
  readonly #options: MessageClientOptions;
  readonly #clock: ClientClock;
  readonly #backOff: BackOff;
  readonly #requests: RequestTable;
  readonly #connector: MessageConnector;
  #state: State = { kind: "new" };
  #ended: Promise<void> = Promise.resolve();
  /** Ends a wait between two attempts. */
  #wake: () => void = () => {};

  constructor(options: MessageClientOptions) {
    super();
    const { user, server, subid, secret } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClientClock;
    this.#backOff = new BackOff({
      firstMs: options.backOffMs ?? clientLimits.backOffMs,
      msMax: this.#backOffMsMax,
      attemptsMax: options.attemptsMax ?? clientLimits.attemptsMax,
      random: options.random ?? Math.random,
    });
    this.#requests = new RequestTable({
      clock: this.#clock,
      windowMax: options.windowMax ?? clientLimits.windowMax,
      requestsMax: options.requestsMax ?? clientLimits.requestsMax,
      firstSession: options.session ?? 0,
      send: (frame) => this.#send(frame),
    });
    this.#connector = new MessageConnector({
      identity: { user, server, subid, secret },
      index: options.index ?? 1,
      replyMs: options.replyMs ?? clientLimits.replyMs,
      connect: options.connect ?? (() => connectFrames({ ...options, prefixBytes: 2 })),
      loginAgain: options.loginAgain,
      onNewLogin: () => this.#failSent(),
      // At once behind the handshake: a handler that ended between its acceptance and the old
      // session would make the server execute the request anew.
      sendAgain: (connection) => this.#requests.sendAgain((frame) => connection.send(frame)),
    });
  }

  /** Index of the next handshake. */
  get nextIndex(): number {
    return this.#connector.nextIndex;
  }

  /** Session of the next request. */
  get nextSession(): number {
    return this.#requests.nextSession;
  }

  get isConnected(): boolean {
    return this.#state.kind === "connected";
  }

  /** True after `close`, and when the client has given up. */
  get isClosed(): boolean {
    return this.#state.kind === "closed";
  }

  /**
   * Connects for the first time, once. From then on the client reconnects by itself.
   *
   * Fails with LOGIN_REFUSED, whose `remoteCode` is the status: "404" (not logged in), "400",
   * "403" (the index was used), "401" (the secret); with CONNECT_FAILED, CONNECTION_LOST,
   * CALL_TIMEOUT and PEER_MALFORMED. Then the client is closed.
   */
  async open(): Promise<void> {
    if (this.#state.kind !== "new") {
      throw new CodedError("ARGUMENT_INVALID", "a message client is opened once");
    }
    this.#state = { kind: "lost" };
    try {
      const connection = await this.#connector.connect();
      this.#ended = this.#run(connection);
    } catch (error) {
      this.#end(error as CodedError);
      throw error;
    }
  }

  /**
   * Asks the server; resolves with the content of its answer. Answers may come in any order.
   *
   * Fails with REMOTE_FAULT when the server's handler failed, CALL_TIMEOUT after `timeoutMs`,
   * OUTBOX_FULL when `requestsMax` wait, MESSAGE_TOO_LARGE over 65,531 bytes, LOGIN_REFUSED and
   * CONNECTION_LOST when the client has closed or given up. After CALL_TIMEOUT and CONNECTION_LOST
   * the request may have been executed.
   */
  async request(content: string | Uint8Array, options: RequestOptions = {}): Promise<Uint8Array> {
    if (this.#state.kind === "closed") throw this.#closedError();
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const { requestMs = clientLimits.requestMs } = this.#options;
    return this.#requests.add(bytes, options.timeoutMs ?? requestMs, options.session);
  }

  /** Cuts the connection: the client reconnects, as it does after any loss. */
  reconnect(): void {
    if (this.#state.kind === "connected") this.#state.connection.destroy();
    this.#wake();
  }

  /** Ends the client; requests without an answer fail with CONNECTION_LOST. */
  async close(): Promise<void> {
    const before = this.#state;
    this.#end(undefined);
    if (before.kind === "connected") await before.connection.close();
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #backOffMsMax(): number {
    return this.#options.backOffMsMax ?? clientLimits.backOffMsMax;
  }

  /** From the first connection to the end of the client. */
  async #run(first: FrameConnection): Promise<void> {
    let connection: FrameConnection | undefined = first;
    while (connection !== undefined) {
      const reason = await this.#serve(connection);
      if (this.isClosed) return;
      this.#state = { kind: "lost" };
      this.#tell("disconnected", { reason });
      connection = await this.#reconnected(reason);
    }
  }

  /** Hands out answers until the connection is lost; resolves with the reason. */
  async #serve(connection: FrameConnection): Promise<CodedError> {
    if (this.isClosed) {
      connection.destroy();
      return this.#closedError();
    }
    const sinceMs = this.#clock.nowMs();
    this.#state = { kind: "connected", connection };
    this.#tell("connected", { index: this.#connector.nextIndex - 1 });
    this.#requests.flow();
    try {
      for await (const frame of connection) {
        if (this.#requests.answer(frame)) this.#backOff.reset();
      }
      return new CodedError("CONNECTION_LOST", `the connection to ${connection.peer} has ended`);
    } catch (error) {
      // Cut at once: what the server has still to read of this connection would be a request more.
      connection.destroy();
      return error as CodedError;
    } finally {
      if (this.#clock.nowMs() - sinceMs >= this.#backOffMsMax) this.#backOff.reset();
    }
  }

  /** A new connection; undefined when the client has ended meanwhile, or gives up. */
  async #reconnected(lost: CodedError): Promise<FrameConnection | undefined> {
    let reason = lost;
    for (;;) {
      const ms = this.#backOff.next();
      if (ms === undefined) {
        const text = `given up after ${this.#backOff.attempts} attempts: ${reason.message}`;
        this.#end(new CodedError("CONNECTION_LOST", text));
        return undefined;
      }
      this.#tell("reconnecting", { attempt: this.#backOff.attempts, ms, reason });
      await this.#wait(ms);
      if (this.isClosed) return undefined;
      try {
        return await this.#connector.connect();
      } catch (error) {
        reason = error as CodedError;
        const isFinal = reason.code === "LOGIN_REFUSED" && reason.remoteCode !== loginGoesOn;
        if (isFinal) this.#end(reason);
        if (this.isClosed) return undefined;
      }
    }
  }

  /** The new login's cache knows nothing of them: asked again they could be executed twice. */
  #failSent(): void {
    this.#requests.fail("sent", (session) => {
      const text = `the login was lost before the answer to request ${session}`;
      return new CodedError("CONNECTION_LOST", `${text}; it may have been executed`);
    });
  }

  #send(frame: Uint8Array): boolean {
    if (this.#state.kind !== "connected") return false;
    try {
      this.#state.connection.send(frame);
      return true;
    } catch (error) {
      if (!isCodedError(error)) throw error;
      return false; // it has ended, or is full: the next answer makes room, or the next connection
    }
  }

  async #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const forget = this.#clock.after(ms, resolve);
    this.#wake = resolve;
    await promise;
    forget();
  }

  #end(reason: CodedError | undefined): void {
    if (this.isClosed) return;
    this.#state = { kind: "closed", reason };
    this.#connector.abandon();
    this.#wake();
    this.#requests.fail("all", () => this.#closedError());
    this.#tell("closed", { reason });
  }

  #closedError(): CodedError {
    const reason = this.#state.kind === "closed" ? this.#state.reason : undefined;
    if (reason === undefined) return new CodedError("CONNECTION_LOST", "the client is closed");
    return new CodedError(
      reason.code,
      `the client has ended: ${reason.message}`,
      reason.remoteCode,
    );
  }

  /** Afterwards, so that what a listener does or throws finds this class in order. */
  #tell<K extends keyof MessageClientEvents>(event: K, ...facts: MessageClientEvents[K]): void {
    queueMicrotask(() => void this.emit<keyof MessageClientEvents>(event, ...facts));
  }
}
