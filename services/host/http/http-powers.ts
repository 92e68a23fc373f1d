// HTTP powers: what the host service .http needs of src/net and may not import.
// Shard 0. Given by the composition root.
// Invariant: types only; the shapes are those of src/net/http-server.ts, http-client.ts and
// socket-link.ts.

import type { Address } from "isonet";

/** Of caller-rights.ts. */
export type HttpRights = {
  /** Fails with CAPABILITY_MISSING when the caller is untrusted. */
  refuseUntrusted(source: Address | undefined, what: string): void;
  /** Fails with CAPABILITY_MISSING when its launch does not allow it (`allow.net`). */
  checkNet(
    source: Address | undefined,
    way: "connect" | "listen",
    host: string,
    port: number,
  ): void;
};

export type HttpHead = {
  readonly method: string;
  readonly url: string;
  readonly version: string;
  readonly headers: readonly string[];
  readonly peer: string;
  readonly isSecure: boolean;
};

export type AnswerHead = { readonly status: number; readonly headers: readonly string[] };

export type Exchange = {
  readonly head: HttpHead;
  readonly bodyLength: number | undefined;
  readonly isTooLarge: boolean;
  readonly isOpen: boolean;
  readonly isBodyWanted: boolean;
  onAbort: () => void;
  read(): Promise<Uint8Array | undefined>;
  /** False: an answer has begun already. */
  answer(head: AnswerHead, body: Uint8Array | string): boolean;
  begin(head: AnswerHead, length: number | undefined): void;
  write(piece: Uint8Array): Promise<void>;
  finish(): void;
  abort(): void;
};

export type Link = {
  readonly protocol: string;
  readonly waitingBytes: number;
  open(handlers: {
    readonly onMessage: (data: string | Uint8Array) => void;
    readonly onPing: (data: Uint8Array) => void;
    readonly onPong: (data: Uint8Array) => void;
    readonly onClose: (code: number, reason: string, fault: string) => void;
  }): void;
  pause(): void;
  resume(): void;
  write(data: string | Uint8Array, onTaken: () => void): void;
  ping(data: Uint8Array): void;
  close(code: number, reason: string): void;
  destroy(fault: string): void;
};

export type Upgrade = {
  readonly head: HttpHead;
  readonly refusal: number | undefined;
  readonly isOpen: boolean;
  onAbort: () => void;
  refuse(head: AnswerHead, body: Uint8Array | string): void;
  accept(protocol: string): Promise<Link | undefined>;
};

export type ListenOptions = {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly headerBytesMax: number;
  readonly bodyBytesMax: number;
  readonly receiveMs: number;
  readonly idleMs: number;
  readonly connectionsMax: number;
  readonly messageBytesMax: number;
  readonly onExchange: (exchange: Exchange) => void;
  readonly onUpgrade: (upgrade: Upgrade) => void;
};

export type OpenServer = {
  readonly host: string;
  readonly port: number;
  readonly connections: () => number;
  close(): void;
  destroy(): void;
};

export type FetchOptions = {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly body: Uint8Array | string | undefined;
  readonly headerBytesMax: number;
  readonly timeoutMs: number;
  readonly ca: string | undefined;
  readonly isVerified: boolean;
};

export type Reply = AnswerHead & {
  read(): Promise<Uint8Array | undefined>;
  drop(): void;
};

export type DialOptions = {
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly messageBytesMax: number;
  readonly timeoutMs: number;
  readonly ca: string | undefined;
  readonly isVerified: boolean;
};

export type HttpPowers = {
  readonly listen: (options: ListenOptions) => Promise<OpenServer>;
  readonly fetch: (options: FetchOptions) => { answer: Promise<Reply>; abort(): void };
  readonly dial: (url: string, options: DialOptions) => Promise<Link>;
  readonly rights: HttpRights;
  readonly isAlive: (address: Address) => boolean;
  readonly log: (address: Address, text: string) => void;
  /** Calls `act` once after `ms`. */
  readonly after: (ms: number, act: () => void) => void;
};
