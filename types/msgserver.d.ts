// The library "isonet/msgserver": a gate for users who have logged in, with requests and answers
// that survive a re-connection (snax.msgserver; reference §6.6).
//
// The first frame of a connection is its handshake, `username:index:base64(hmac)`; its index must
// be greater than that of the user's last one. A request is its content and a session of four
// bytes; its answer has the same session. Answers are kept: a request that is sent again after a
// new handshake gets the kept one, and its handler does not see it twice.

import type { GateConf } from "isonet/gateserver";

/** The parts of a user name. */
export interface UserId {
  readonly uid: string;
  readonly subid: string;
  readonly server: string;
}

/** What the command `open` gets: a gate's, with the name that the login server knows it by. */
export interface MessageGateConf extends GateConf {
  readonly servername: string;
}

/** The same, with the address and port that are bound. */
export type OpenedConf = MessageGateConf & { readonly address: string };

/** What a message server does with its users. All may be async. */
export interface MessageServerConf {
  /** Command `login`: lets a user in; the result is the subid. */
  loginHandler(uid: string, secret: Uint8Array, ...args: any[]): unknown;
  /** Command `logout`. */
  logoutHandler(uid: string, subid: string | number, ...args: any[]): unknown;
  /** Command `kick`. */
  kickHandler(uid: string, subid: string | number, ...args: any[]): unknown;
  /**
   * A request; the result is the answer's content, at most 65,530 bytes. One that fails is logged,
   * and answered as failed.
   */
  requestHandler(
    username: string,
    content: Uint8Array,
  ): Uint8Array | string | undefined | Promise<Uint8Array | string | undefined>;
  /** The port is open, as the conf says; what it returns is the reply of `open`. */
  registerHandler?(servername: string, conf: OpenedConf): unknown;
  /** A connection of the user has ended, the latest or an older one. The user stays logged in. */
  disconnectHandler?(username: string): unknown;
  /** True: the service starts itself, and the message server is a part of it. Default false. */
  readonly embed?: boolean;
  /**
   * Answers that are kept for each user at least; twice as many at most. 1 to 65,536, default 128.
   */
  readonly expiredNumber?: number;
  /** Bytes of answers that are kept for each user; the oldest go first. Default 4 MiB. */
  readonly keptBytesMax?: number;
  /** Requests of one user at a time; a connection that asks more is ended. Default 1,024. */
  readonly requestsMax?: number;
  /** Milliseconds for the handshake, default 30,000; 0: for ever. */
  readonly handshakeMs?: number;
}

/**
 * Makes this service a message server. Besides a gate's commands it answers `login`, `logout` and
 * `kick`. (msgserver.start)
 */
export function start(conf: MessageServerConf): void;

/**
 * The user may connect, with this secret. Fails with USER_ONLINE, and with ARGUMENT_INVALID for a
 * secret that has not eight bytes. (msgserver.login)
 */
export function login(username: string, secret: Uint8Array): void;

/**
 * Forgets the user with all answers, and ends the latest connection. Fails with USER_UNKNOWN.
 * (msgserver.logout)
 */
export function logout(username: string): void;

/** "ip:port" of the latest connection; undefined when it has ended. (msgserver.ip) */
export function ip(username: string): string | undefined;

/** The user name: base64(uid)@base64(server)#base64(subid). (msgserver.username) */
export function username(uid: string, subid: string | number | bigint, server: string): string;

/** The parts of a user name. Fails with ARGUMENT_INVALID, CRYPT_INVALID. (msgserver.userid) */
export function userId(username: string): UserId;
