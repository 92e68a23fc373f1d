// Message connector: from a login to a connection that the message server has accepted.
// The caller's own process. Asked by message-client.ts for every connection.
// Invariant: each handshake of one login has a larger index than all before it, whatever became of
// those; a connection that is not handed out has ended.

import { CodedError, isCodedError } from "../wire/coded-error.ts";
import type { FrameConnection } from "./connection.ts";
import type { Login } from "./login.ts";
import { acceptance, handshakeText, type Identity } from "./message-handshake.ts";

export type ConnectorOptions = {
  readonly identity: Identity;
  /** Of the first handshake. */
  readonly index: number;
  readonly replyMs: number;
  readonly connect: () => Promise<FrameConnection>;
  readonly loginAgain: (() => Promise<Login>) | undefined;
  /** The server has forgotten the old login, and with it every answer. */
  readonly onNewLogin: () => void;
  /** Sends what is to follow the handshake without waiting for its answer. */
  readonly sendAgain: (connection: FrameConnection) => void;
};

const unknownUser = "404";

export class MessageConnector {
  readonly #options: ConnectorOptions;
  #identity: Identity;
  #index: number;
  #handshaking: FrameConnection | undefined;
  #isAbandoned = false;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#identity = options.identity;
    this.#index = options.index;
  }

  /** Index of the next handshake. */
  get nextIndex(): number {
    return this.#index;
  }

  /**
   * One attempt, and a second one after logging in again. Fails with LOGIN_REFUSED,
   * CONNECT_FAILED, CONNECTION_LOST, CALL_TIMEOUT, PEER_MALFORMED.
   */
  async connect(): Promise<FrameConnection> {
    try {
      return await this.#attempt();
    } catch (error) {
      const { loginAgain, onNewLogin } = this.#options;
      const isUnknown = isCodedError(error) && error.remoteCode === unknownUser;
      if (!isUnknown || loginAgain === undefined || this.#isAbandoned) throw error;
      const { secret, subid } = await loginAgain().catch(refuse);
      this.#identity = { ...this.#identity, secret, subid };
      this.#index = 1;
      onNewLogin();
    }
    return this.#attempt();
  }

  /** Ends an attempt that goes on, which then fails, and allows no other. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#handshaking?.destroy();
  }

  async #attempt(): Promise<FrameConnection> {
    const connection = await this.#options.connect().catch(refuse);
    this.#handshaking = connection;
    try {
      this.#refuseAbandoned();
      const { replyMs, sendAgain } = this.#options;
      connection.send(Buffer.from(handshakeText(this.#identity, this.#index++)));
      sendAgain(connection);
      await acceptance(connection, replyMs);
      this.#refuseAbandoned();
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      this.#handshaking = undefined;
    }
  }

  #refuseAbandoned(): void {
    if (this.#isAbandoned) throw new CodedError("CONNECTION_LOST", "the client is closed");
  }
}

/** What a hook of the caller's throws counts as a connection that was not made. */
function refuse(error: unknown): never {
  if (isCodedError(error)) throw error;
  const text = error instanceof Error ? error.message : String(error);
  throw new CodedError("CONNECT_FAILED", text);
}
