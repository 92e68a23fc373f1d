// Stream dialer: makes one outgoing connection of a service.
// Main thread. Called by the host service ".socket". Names are resolved by the system's resolver,
// off the event loop; each of their addresses is tried.
// Invariant: resolves with a connection that is there, unread, or fails within its time; what comes
// later is ended.

import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { CodedError } from "../../wire/coded-error.ts";
import { unixPrefix } from "./stream-listener.ts";
import { endText, errorText, StreamSocket, type StreamOptions } from "./stream-socket.ts";

export type DialTlsOptions = {
  readonly servername?: string | undefined;
  readonly ca?: string | undefined;
  readonly insecure?: boolean | undefined;
};

export type StreamDialOptions = StreamOptions & {
  /** "unix:/path" for a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly tls: DialTlsOptions | undefined;
};

/** Fails with CONNECT_FAILED, and RESOLVE_FAILED when the name has no address. */
export async function dialStream(options: StreamDialOptions): Promise<StreamSocket> {
  const { clock, timeoutMs } = options;
  const where = options.host.startsWith(unixPrefix)
    ? options.host
    : endText(options.host, options.port);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = begin(options, resolve, where);
  const onFailure = (error: Error): void => reject(failure(error, where));
  socket.on("error", onFailure);
  const forget = clock.after(timeoutMs, () => {
    const text = `cannot connect to ${where}: no connection within ${timeoutMs} ms`;
    reject(new CodedError("CONNECT_FAILED", text));
  });
  try {
    await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    forget();
  }
  const stream = new StreamSocket(socket, options);
  socket.off("error", onFailure);
  socket.setKeepAlive(true);
  return stream;
}

function begin(options: StreamDialOptions, onConnect: () => void, where: string): Socket {
  const { host, port, tls } = options;
  const at = host.startsWith(unixPrefix) ? { path: host.slice(unixPrefix.length) } : { host, port };
  const common = { ...at, allowHalfOpen: true, noDelay: true };
  // Paused before it connects, it is not read; a secured one has to be, for its handshake.
  if (tls === undefined) return connect(common, onConnect).pause();
  try {
    return secured(connectTls({ ...common, ...tlsOptions(tls, host) }), onConnect);
  } catch (error) {
    throw failure(error as Error, where);
  }
}

function secured(socket: TLSSocket, onConnect: () => void): Socket {
  return socket.once("secureConnect", onConnect);
}

function tlsOptions({ servername, ca, insecure = false }: DialTlsOptions, host: string): object {
  // No name is sent for an address: the certificate has to name the address itself.
  const isAddress = /^[0-9.]+$/.test(host) || host.includes(":");
  const name = servername ?? (isAddress ? undefined : host);
  return {
    rejectUnauthorized: !insecure,
    ...(name === undefined ? {} : { servername: name }),
    ...(ca === undefined ? {} : { ca }),
  };
}

function failure(error: Error, where: string): CodedError {
  const { code } = error as NodeJS.ErrnoException;
  const isName = code === "ENOTFOUND" || code === "EAI_AGAIN";
  // Several addresses were tried: the error of one stands for all.
  const one = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  const text = `cannot connect to ${where}: ${errorText(one)}`;
  return new CodedError(isName ? "RESOLVE_FAILED" : "CONNECT_FAILED", text);
}
