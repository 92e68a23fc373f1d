// Sproto client: requests and responses of a sproto schema over a gate, both ways.
// The caller's own process. Reads every frame of the connection it is given.
// Invariant: a call is settled once, by its response, its deadline or the end; a server that says
// what is not of the schema is left.

import { CodedError } from "../wire/coded-error.ts";
import type { Struct } from "../wire/sproto/decoder.ts";
import type { Dispatched, RequestMaker, RpcHost } from "../wire/sproto/rpc.ts";
import type { Sproto } from "../wire/sproto/sproto.ts";
import { systemClientClock, within, type ClientClock } from "./client-clock.ts";
import { clientLimits } from "./client-limits.ts";
import type { Connection } from "./connection.ts";

/** What a program does when the server asks; the result is the response, if one is wanted. */
export type SprotoHandler = (
  name: string,
  args: Struct | undefined,
) => object | undefined | Promise<object | undefined>;

/** Schemas of both sides, with the defaults of docs/limits.md. */
export type SprotoClientOptions = {
  /** What the server understands (Skynet's c2s). */
  readonly server: Sproto;
  /** What the server may ask of this side, with the package's type (s2c). */
  readonly own: Sproto;
  /** Default: "package". */
  readonly packageName?: string;
  /** Without it a request of the server is PEER_MALFORMED. */
  readonly onRequest?: SprotoHandler;
  readonly requestMs?: number;
  readonly requestsMax?: number;
  /** For tests. */
  readonly clock?: ClientClock;
};

/** A GateClient, or any connection that carries frames. */
export type SprotoCarrier = Pick<
  Connection<Uint8Array>,
  "peer" | "send" | "receive" | "close" | "hasEnded"
>;

type Request = Extract<Dispatched, { kind: "request" }>;

/**
 * Sproto's RPC (`sproto:host`, `host:attach`), from a program's side.
 *
 *     const gate = await GateClient.connect({ port: 8888 });
 *     const client = new SprotoClient(gate, { server: parseSproto(c2s), own: parseSproto(s2c) });
 *     const answer = await client.call("get", { what: "hello" });
 */
export class SprotoClient implements AsyncDisposable {
  /**
   * Resolves at the end with its reason: an error of the connection, what `onRequest` threw, or
   * undefined when it ended in good order. SPROTO_MALFORMED: the server left the schema.
   */
  readonly ended: Promise<Error | undefined>;
  readonly #carrier: SprotoCarrier;
  readonly #options: SprotoClientOptions;
  readonly #host: RpcHost;
  readonly #request: RequestMaker;
  readonly #calls = new Map<number | bigint, PromiseWithResolvers<Struct | undefined>>();
  #session = 0;
  #answering = 0;
  #failure: Error | undefined;

  constructor(carrier: SprotoCarrier, options: SprotoClientOptions) {
    this.#carrier = carrier;
    this.#options = options;
    this.#host = options.own.host(options.packageName);
    this.#request = this.#host.attach(options.server);
    this.ended = this.#read();
  }

  /**
   * Asks the server; resolves with the response, undefined for one of `response nil`.
   *
   * Fails with CALL_TIMEOUT, OUTBOX_FULL when `requestsMax` wait, ARGUMENT_INVALID for what is not
   * of the schema, and as the connection does.
   */
  async call(name: string, args?: object): Promise<Struct | undefined> {
    const { requestMs: ms = clientLimits.requestMs, clock = systemClientClock } = this.#options;
    const { requestsMax = clientLimits.requestsMax } = this.#options;
    if (this.#calls.size >= requestsMax) {
      const text = `${requestsMax} requests wait for their responses (requestsMax)`;
      throw new CodedError("OUTBOX_FULL", text);
    }
    const session = ++this.#session;
    this.#carrier.send(this.#request(name, args, session));
    const call = Promise.withResolvers<Struct | undefined>();
    this.#calls.set(session, call);
    const failure = (): CodedError =>
      new CodedError("CALL_TIMEOUT", `no response to ${name} within ${ms} ms`);
    return within(call.promise, { clock, ms, failure }).finally(() => this.#calls.delete(session));
  }

  /** Tells the server something, without a response. Fails as `call` does. */
  send(name: string, args?: object): void {
    this.#carrier.send(this.#request(name, args));
  }

  /** Ends the connection; calls without a response fail with CONNECTION_LOST. */
  async close(): Promise<void> {
    await this.#carrier.close();
    await this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(): Promise<Error | undefined> {
    try {
      for (;;) {
        const frame = await this.#carrier.receive();
        if (frame === undefined) break;
        const dispatched = this.#host.dispatch(frame);
        if (dispatched.kind === "request") void this.#answer(this.#expected(dispatched));
        else this.#calls.get(dispatched.session)?.resolve(dispatched.args);
      }
    } catch (error) {
      this.#fail(error as Error);
    }
    const { peer } = this.#carrier;
    const lost = new CodedError("CONNECTION_LOST", `the connection to ${peer} has ended`);
    for (const call of this.#calls.values()) call.reject(this.#failure ?? lost);
    return this.#failure;
  }

  /** Fails with PEER_MALFORMED for a request that nobody handles, or one too many. */
  #expected(request: Request): Request {
    const { requestsMax = clientLimits.requestsMax, onRequest } = this.#options;
    const why =
      onRequest === undefined
        ? "nothing here handles requests"
        : `${requestsMax} requests wait for this program (requestsMax)`;
    if (onRequest !== undefined && this.#answering < requestsMax) return request;
    throw new CodedError("PEER_MALFORMED", `${this.#carrier.peer} asks ${request.name}: ${why}`);
  }

  async #answer({ name, args, respond }: Request): Promise<void> {
    this.#answering++;
    try {
      const result = await this.#options.onRequest?.(name, args);
      if (respond !== undefined && !this.#carrier.hasEnded) this.#carrier.send(respond(result));
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#answering--;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    void this.#carrier.close();
  }
}
