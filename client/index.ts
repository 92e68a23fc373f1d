// Index: the door for programs that are clients: `import { login } from "isonet/client"`.
// Runs in any Node 24, without a host. Everything else of client/ is internal.
// Invariant: what is exported here is documented where it is defined.

export { CodedError } from "../wire/coded-error.ts";
export type { ErrorCode } from "../wire/error-codes.ts";
export type { ClientClock } from "./client-clock.ts";
export type {
  Connection,
  ConnectionOptions,
  FrameConnection,
  LineConnection,
} from "./connection.ts";
export {
  connectFrames,
  connectLines,
  type FrameOptions,
  type LineOptions,
  type TcpOptions,
  type TlsIdentity,
} from "./stream-connection.ts";
export { connectWebSocket, type WebSocketOptions } from "./websocket-connection.ts";
export { GateClient, type GateOptions } from "./gate-client.ts";
export { login, loginToken, type Login, type LoginOptions, type LoginWords } from "./login.ts";
export { handshakeText, messageUsername, type Identity } from "./message-handshake.ts";
export {
  SprotoClient,
  type SprotoCarrier,
  type SprotoClientOptions,
  type SprotoHandler,
} from "./sproto-client.ts";
export { parse as parseSproto, type Sproto } from "../wire/sproto/sproto.ts";
export {
  MessageClient,
  type MessageClientEvents,
  type MessageClientOptions,
  type RequestOptions,
} from "./message-client.ts";
