// Net powers: what the socket service needs of the machine, as it sees it.
// Shard 0. Given by src/socket-powers.ts from src/net; tests give their own.

import type { AddressTerms, FrameTerms } from "../../../wire/gate-terms.ts";

/** Hears of one connection. Nothing is told after `onGone`. */
export type StreamHandlers = {
  onData(chunk: Uint8Array): void;
  onEnd(): void;
  onWarning(kib: number): void;
  onFlushed(): void;
  onGone(error: string | undefined): void;
};

/** A connection: nothing is read before `resume`. */
export type Stream = {
  readonly peer: string;
  readonly local: string;
  readonly isGone: boolean;
  readonly isReading: boolean;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly waitingBytes: number;
  open(handlers: StreamHandlers): void;
  setNoDelay(on: boolean): void;
  resume(): void;
  pause(): void;
  write(block: Uint8Array, order: { readonly isLow: boolean }): void;
  /** The frame with this body, as `write` takes it. Fails with MESSAGE_TOO_LARGE. */
  frameOf(body: Uint8Array): Uint8Array;
  close(): void;
  destroy(): void;
};

export type StreamListener = {
  readonly host: string;
  readonly port: number;
  close(): void;
};

export type DatagramHandlers = {
  onDatagram(bytes: Uint8Array, host: string, port: number): void;
  onGone(error: string | undefined): void;
};

export type Datagrams = {
  readonly peer: string;
  readonly local: string;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly waitingBytes: number;
  open(handlers: DatagramHandlers): void;
  setTarget(host: string, port: number): void;
  send(bytes: Uint8Array, target?: { readonly host: string; readonly port: number }): boolean;
  close(): void;
};

export type Tls = { readonly cert: string; readonly key: string };

export type DialTls = {
  readonly servername?: string | undefined;
  readonly ca?: string | undefined;
  readonly insecure?: boolean | undefined;
};

export type NetPowers = {
  /** Fails with CONNECT_FAILED, RESOLVE_FAILED. */
  readonly dial: (at: {
    readonly host: string;
    readonly port: number;
    readonly timeoutMs: number;
    readonly tls: DialTls | undefined;
  }) => Promise<Stream>;
  /** Fails with LISTEN_FAILED. */
  readonly listen: (at: {
    readonly host: string;
    readonly port: number;
    readonly backlog: number;
    readonly tls: Tls | undefined;
    readonly frames: FrameTerms | undefined;
    readonly limits: AddressTerms | undefined;
    readonly onConnection: (stream: Stream) => void;
    readonly onError: (text: string) => void;
  }) => Promise<StreamListener>;
  /** Fails with LISTEN_FAILED. */
  readonly datagrams: (at: {
    readonly host: string | undefined;
    readonly port: number;
    readonly isV6: boolean;
  }) => Promise<Datagrams>;
  /** Fails with RESOLVE_FAILED. */
  readonly resolve: (host: string) => Promise<string[]>;
  readonly clock: {
    nowMs(): number;
    after(ms: number, handler: () => void): () => void;
  };
};
