// Socket powers: what an endpoint for DevTools needs of src/net/websocket.ts and may not import.
// Shard 0. Given by the composition root.
// Invariant: types only; the shapes are those of src/net.

import type { IncomingMessage } from "node:http";

export type SocketClient = {
  readonly peer: string;
  open(handlers: { readonly onText: (text: string) => void; readonly onClose: () => void }): void;
  send(text: string): void;
  close(reason: string): void;
};

export type SocketListener = {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
};

export type SocketPowers = (options: {
  readonly host: string;
  readonly port: number;
  readonly portOption: string;
  readonly messageBytesMax: number;
  readonly waitingBytesMax: number;
  readonly admit: (request: IncomingMessage) => string | undefined;
  readonly answer: (path: string) => unknown;
  readonly take: (path: string, client: SocketClient) => string | undefined;
}) => Promise<SocketListener>;
