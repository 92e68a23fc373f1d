// The library "isonet/loginserver": a service that users log in at, with keys that no line of it
// gives away (snax.loginserver; reference §6.4).
//
// The first instance of a service is the master: it takes the name, opens the port, and launches
// more instances of the same service, which find the name taken and become slaves. A slave does the
// key work of a connection and checks its token; the master lets the user in and tells the client.

/** Whom a token is for. */
export interface Authorised {
  /** The message server that the user asks for. */
  readonly server: string;
  readonly uid: string;
}

/** How users log in. All handlers may be async. */
export interface LoginConf {
  /** Default "0.0.0.0". */
  readonly host?: string;
  /** 0: any free one; `listenHandler` is told which. */
  readonly port: number;
  /** The master is registered as "." and this. Default "login". */
  readonly name?: string;
  /** Slaves, 1 to 64, default 8. */
  readonly instance?: number;
  /** True: one user may log in several times at once. Default false: the second gets 406. */
  readonly multilogin?: boolean;
  /** In a slave: whom the token is for. One that fails is answered 401. */
  authHandler(token: string, bytes: Uint8Array): Authorised | Promise<Authorised>;
  /** In the master: lets the user in; the result is the subid. One that fails is answered 403. */
  loginHandler(server: string, uid: string, secret: Uint8Array): LoginResult | Promise<LoginResult>;
  /** In the master: other services' commands; what it returns is the reply. */
  commandHandler(command: string, ...args: any[]): unknown;
  /** In the master: the port is open. */
  listenHandler?(host: string, port: number): unknown;
  /** Milliseconds for the lines of a client, default 30,000; 0: for ever. */
  readonly handshakeMs?: number;
  /** Connections that have not got their result, 1 to 65,536, default 4,096; more are ended. */
  readonly loginsMax?: number;
  /** Connects of one address in a second, default 10,000; 0: any number. */
  readonly connectsPerSecond?: number;
  /** Connections of one address at a time; default 0: any number. */
  readonly connectionsPerAddress?: number;
  /** Each connection is secured: PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Name of this service, for launching slaves. Default: what the launcher says it is. */
  readonly service?: string;
}

/** A subid: what the client is given, and knows itself by at the message server. */
export type LoginResult = string | number | bigint | Uint8Array | undefined;

/**
 * Makes this service a login server; the start handler of each instance is this library's. A
 * function gives the conf as each instance starts, from settings for instance; it gets the
 * arguments of newService, which slaves have none of.
 * The master's start fails with LISTEN_FAILED, NAME_TAKEN and ARGUMENT_INVALID. (loginserver)
 */
export function login(conf: LoginConf | ((...args: any[]) => LoginConf | Promise<LoginConf>)): void;
