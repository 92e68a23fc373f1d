// Gate listener: a port with terms: connections that come in frames, addresses that have limits.
// Main thread. Opened, as a power, by the host service ".socket".
// Invariant: a connection of an address that is over its limits is ended before anything is read;
// every other one is handed on once.

import type { AddressTerms, FrameTerms } from "../../wire/gate-terms.ts";
import { AddressLimits, type AddressRefusal } from "./address-limits.ts";
import { FramedStream } from "./framed-stream.ts";
import {
  listenForStreams,
  type Admission,
  type StreamListener,
  type StreamListenOptions,
} from "./stream-listener.ts";
import type { StreamSocket } from "./stream-socket.ts";
import { listenForMessages } from "./websocket-gate.ts";
import type { WebSocketStream } from "./websocket-stream.ts";

export type GateStream = StreamSocket | FramedStream | WebSocketStream;

export type GateListenOptions = Omit<StreamListenOptions, "onConnection" | "admission"> & {
  /** Undefined: connections are streams of bytes. */
  readonly frames: FrameTerms | undefined;
  readonly limits: AddressTerms | undefined;
  readonly onConnection: (stream: GateStream) => void;
};

/** Opens the port. Fails with LISTEN_FAILED. */
export function listenForGate(options: GateListenOptions): Promise<StreamListener> {
  const { frames, onConnection } = options;
  const admission = admissionOf(options);
  if (frames === undefined) return listenForStreams({ ...options, admission });
  const { websocket } = frames;
  if (websocket !== undefined)
    return listenForMessages({ ...options, frames, websocket, admission });
  return listenForStreams({
    ...options,
    admission,
    onConnection: (stream) => onConnection(framed(stream, frames, options)),
  });
}

function admissionOf({ limits, clock, onError }: GateListenOptions): Admission | undefined {
  if (limits === undefined) return undefined;
  const addresses = new AddressLimits({ ...limits, nowMs: () => clock.nowMs() });
  return {
    admit: (ip) => {
      const refusal = addresses.admit(ip);
      if (refusal !== undefined) onError(`CLIENT_REFUSED: ${refusalText(ip, refusal)}`);
      return refusal === undefined;
    },
    leave: (ip) => addresses.closed(ip),
  };
}

function framed(
  stream: StreamSocket,
  { lengthBytes: prefixBytes, frameBytesMax: bodyBytesMax, idleMs }: FrameTerms,
  { clock }: GateListenOptions,
): FramedStream {
  return new FramedStream(stream, { clock, prefixBytes, bodyBytesMax, idleMs });
}

function refusalText(ip: string, refusal: AddressRefusal): string {
  return refusal.kind === "connects"
    ? `${ip} connects more than ${refusal.perSecondMax} times in a second`
    : `${ip} has ${refusal.connectionsMax} connections`;
}
