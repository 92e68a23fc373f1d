// Datagram socket: one UDP socket of a service.
// Main thread. Opened by the host service ".socket"; each datagram goes to `onDatagram`.
// Invariant: a datagram that cannot be sent or taken is dropped, as the network drops them;
// `onGone` is called once, and nothing after it.

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { CodedError } from "../../wire/coded-error.ts";
import { endText, errorText } from "./stream-socket.ts";

export type DatagramHandlers = {
  onDatagram(bytes: Uint8Array, host: string, port: number): void;
  onGone(error: string | undefined): void;
};

export type DatagramOptions = {
  /** Undefined: not bound until something is sent. */
  readonly host: string | undefined;
  readonly port: number;
  /** For one without a host. */
  readonly isV6: boolean;
  /** Bytes that wait for the system; what is sent beyond them is dropped. */
  readonly waitingBytesMax: number;
};

export class DatagramSocket {
  readonly #socket: Socket;
  readonly #waitingBytesMax: number;
  #handlers: DatagramHandlers | undefined;
  #target: { readonly host: string; readonly port: number } | undefined;
  #error: string | undefined;
  #isGone = false;
  bytesRead = 0;
  bytesWritten = 0;

  constructor(socket: Socket, waitingBytesMax: number) {
    this.#socket = socket;
    this.#waitingBytesMax = waitingBytesMax;
    socket.on("message", this.#onMessage);
    socket.on("error", (error) => {
      this.#error ??= errorText(error);
      this.close();
    });
    socket.on("close", () => {
      this.#isGone = true;
      this.#handlers?.onGone(this.#error);
      this.#handlers = undefined;
    });
  }

  /** Who hears of it. Once. */
  open(handlers: DatagramHandlers): void {
    this.#handlers = handlers;
  }

  get local(): string {
    try {
      const { address, port } = this.#socket.address();
      return endText(address, port);
    } catch {
      return ""; // not bound yet
    }
  }

  get peer(): string {
    return endText(this.#target?.host, this.#target?.port);
  }

  get waitingBytes(): number {
    return this.#isGone ? 0 : this.#socket.getSendQueueSize();
  }

  /** Where `send` goes to. */
  setTarget(host: string, port: number): void {
    this.#target = { host, port };
  }

  /** False when there is no target. */
  send(bytes: Uint8Array, target = this.#target): boolean {
    if (target === undefined) return false;
    if (this.#isGone || this.waitingBytes + bytes.length > this.#waitingBytesMax) return true;
    this.bytesWritten += bytes.length;
    // One that is too large, or that nobody takes, is lost like any other.
    this.#socket.send(bytes, target.port, target.host, () => {});
    return true;
  }

  close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#socket.close();
  }

  readonly #onMessage = (message: Buffer, { address, port }: RemoteInfo): void => {
    this.bytesRead += message.length;
    this.#handlers?.onDatagram(message, address, port);
  };
}

/** Fails with LISTEN_FAILED. */
export async function openDatagrams(options: DatagramOptions): Promise<DatagramSocket> {
  const { host, port, waitingBytesMax } = options;
  const isV6 = host?.includes(":") ?? options.isV6;
  const socket = createSocket({ type: isV6 ? "udp6" : "udp4" });
  if (host === undefined) return new DatagramSocket(socket, waitingBytesMax);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onFailure = (error: Error): void => {
    const text = `cannot bind UDP to ${endText(host, port)}: ${errorText(error)}`;
    reject(new CodedError("LISTEN_FAILED", text));
    socket.close();
  };
  socket.once("error", onFailure);
  socket.bind({ address: host, port, exclusive: true }, resolve);
  await promise;
  socket.off("error", onFailure);
  return new DatagramSocket(socket, waitingBytesMax);
}
