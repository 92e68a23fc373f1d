// Index: the door for programs that embed a host: `import { Host } from "isonet/host"`.
// Main thread. Everything else of src/ is internal and may change with any release.
// Invariant: what is exported here is documented where it is defined.

export { CodedError } from "../wire/coded-error.ts";
export type { ErrorCode } from "../wire/error-codes.ts";
export { Host, type HostListener, type HostServiceBody } from "./host.ts";
export { resolveOptions, type HostOptions, type ResolvedOptions } from "./options.ts";
export type { OnStart, OnStop } from "./config-module.ts";
// For gates: ports with bounds, and two ways to cut a stream into messages.
export type { CloseReason, Connection, ConnectionHandlers } from "./net/connection.ts";
export { LineReader, type LineHandlers } from "./net/line-reader.ts";
export { listen, type Listener, type ListenOptions } from "./net/listener.ts";
export { PrefixedReader, prefixFrame } from "./net/prefixed-frames.ts";
