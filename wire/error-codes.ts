// Error codes: every way in which isonet says no. Neutral: host and guest.
// Checked against docs/errors.md in both directions by test/tidy.
// Invariant: numbers are wire format and never change their meaning.

import { MapPrototypeGet } from "./primordials.ts";

export const errorCodes = {
  ADDRESS_DEAD: {
    number: 1,
    text: "the service has ended, before or while it handled the request",
  },
  ADDRESS_UNKNOWN: { number: 2, text: "no service has this address" },
  NAME_UNKNOWN: { number: 3, text: "no service has this name" },
  NAME_TAKEN: { number: 4, text: "another service has this name" },
  NAME_INVALID: { number: 5, text: "the name is not a valid service name" },
  CALL_TIMEOUT: { number: 6, text: "no reply within the call's timeout" },
  MAILBOX_FULL: { number: 7, text: "the destination's mailbox is full" },
  MESSAGE_TOO_LARGE: { number: 8, text: "the message is over messageBytesMax" },
  OUTBOX_FULL: { number: 9, text: "the service sent more in one turn than outboxBytesMax" },
  REMOTE_FAULT: { number: 10, text: "the handler of the request threw" },
  REPLY_MISSING: { number: 11, text: "the handler ended without a reply" },
  PROTOCOL_UNKNOWN: { number: 12, text: "the destination has no handler for this kind of message" },
  NO_SESSION: { number: 13, text: "there is no request to reply to here" },
  ALREADY_REPLIED: { number: 14, text: "the request has been replied to" },
  PACK_UNSUPPORTED: { number: 15, text: "a value of this type cannot be sent" },
  PACK_TOO_DEEP: { number: 16, text: "the value is nested deeper than packDepthMax" },
  UNPACK_MALFORMED: { number: 17, text: "the bytes are not packed values" },
  TOKEN_IN_USE: { number: 18, text: "another thread waits on this token" },
  THREAD_KILLED: { number: 19, text: "the logical thread was ended by killThread" },
  SERVICE_EXITED: { number: 20, text: "the service is exiting" },
  SERVICE_NOT_FOUND: { number: 21, text: "no file on servicePath has this service's name" },
  SERVICE_LOAD_FAILED: { number: 22, text: "the service's module could not be loaded" },
  SERVICE_INIT_FAILED: { number: 23, text: "the service's start handler failed" },
  SERVICE_ABORTED: { number: 24, text: "the service was killed while it was starting" },
  IMPORT_REFUSED: { number: 25, text: "the module may not import this" },
  MEMORY_LIMIT: { number: 26, text: "the service went over its memory limit and was disposed" },
  SLICE_EXCEEDED: {
    number: 27,
    text: "the turn ran longer than it may (turnMsMax, sliceMs), or an operator sent signal 0",
  },
  ISOLATE_CEILING: {
    number: 28,
    text: "the host has as many isolates as the machine's limits allow",
  },
  TIMERS_FULL: { number: 29, text: "the service has timersMax timers" },
  ADDRESSES_USED_UP: { number: 30, text: "every address of this node is in use" },
  ENV_EXISTS: { number: 31, text: "the environment key is set and cannot be changed" },
  COMMAND_UNKNOWN: { number: 32, text: "the service has no such command" },
  ARGUMENT_INVALID: { number: 33, text: "an argument is not of the required form" },
  NOT_PERMITTED: { number: 34, text: "the sender may not do this" },
  CONFIG_INVALID: { number: 35, text: "the configuration is not valid" },
  PORT_IN_USE: { number: 36, text: "another program listens on this port" },
  HOST_STOPPING: { number: 37, text: "the host is shutting down" },
  SELF_TEST_FAILED: { number: 38, text: "isolates do not work on this machine" },
  INJECT_FAILED: { number: 39, text: "the injected script failed" },
  NOT_AVAILABLE: { number: 40, text: "the host has no such thing" },
  PROTOCOL_INVALID: { number: 41, text: "the protocol's name or number is not free" },
  LINK_FULL: { number: 42, text: "the link to the destination's shard is full" },
  UNIQUE_FAILED: { number: 43, text: "the unique service failed when it was first launched" },
  PACK_TOO_MANY: { number: 44, text: "the body has more values than packValuesMax" },
  THREADS_FULL: { number: 45, text: "the service has threadsMax suspended threads" },
  NAMES_FULL: { number: 46, text: "the host has namesMax names" },
  CELL_LOST: { number: 48, text: "the process of the service's cell has ended" },
  SERVICE_RESTARTING: { number: 49, text: "the service is being restarted" },
  RESTART_LIMIT: { number: 50, text: "the service crashed too often and is not restarted" },
  CAPABILITY_MISSING: { number: 51, text: "the service's launch does not allow this" },
  HOTFIX_FAILED: { number: 54, text: "the running module could not be looked into or changed" },
  REPLACE_FAILED: { number: 55, text: "the service was not replaced, and goes on as it was" },
  HOTFIX_REFUSED: { number: 56, text: "the new text is not in force, and the old one is" },
  OWNER_REFUSED: { number: 53, text: "the owner's services have done too much harm" },
  CELLS_FULL: { number: 52, text: "no cell has room for another untrusted service" },
  INSPECT_FAILED: { number: 60, text: "a recording of the service could not be made or read" },
  INSPECT_BUSY: { number: 61, text: "another recording of the service or its shard goes on" },
  INJECT_MISSED: { number: 62, text: "the function was not called before the deadline" },
  DEBUGGER_ATTACHED: { number: 57, text: "a debugger is attached to the service" },
  SEND_LIMIT: { number: 47, text: "the service has sent sendsPerSecondMax messages in a second" },
  RECORDING_REFUSED: { number: 63, text: "the service cannot be recorded, or is not" },
  HTTP_UNREACHABLE: {
    number: 88,
    text: "the other server or client cannot be reached, or has broken off",
  },
  HTTP_TIMEOUT: { number: 89, text: "the other server has not answered in time" },
  HTTP_TOO_LARGE: { number: 90, text: "a head or a body is larger than it may be" },
  HTTP_INVALID: { number: 91, text: "the other server's answer is not what was asked for" },
  HTTP_LIMIT: { number: 92, text: "there are as many servers or requests as there may be" },
  RECORDING_INVALID: { number: 64, text: "the file is no recording, or is damaged" },
  CRYPT_INVALID: { number: 67, text: "an argument of isonet/crypt is not valid" },
  SPROTO_MALFORMED: { number: 68, text: "the bytes are not of this sproto schema" },
  SPROTO_SCHEMA_INVALID: { number: 69, text: "the sproto schema is not valid" },
  GATE_OPEN: { number: 80, text: "the gate listens already" },
  USER_ONLINE: { number: 81, text: "the user is logged in already" },
  USER_UNKNOWN: { number: 82, text: "no user of this name is logged in" },
  CLIENT_REFUSED: { number: 84, text: "the gate does not take this client, or ends it" },
  CONNECT_FAILED: { number: 70, text: "no connection could be made to the address" },
  LISTEN_FAILED: { number: 71, text: "the address cannot be listened on" },
  SOCKET_CLOSED: { number: 72, text: "the socket is closed, or not one of this service's" },
  SOCKETS_FULL: { number: 73, text: "the service or the host has as many sockets as it may" },
  SOCKET_BUSY: { number: 74, text: "another thread reads this socket" },
  READ_LIMIT: { number: 75, text: "more bytes wait unread than the socket's limit" },
  RESOLVE_FAILED: { number: 76, text: "the host name has no address, or nobody tells it" },
  CHANNEL_BROKEN: { number: 77, text: "the connection of the channel has ended" },
  CHANNEL_CLOSED: { number: 78, text: "the channel is closed until it is connected again" },
  LOGIN_REFUSED: { number: 85, text: "the server has refused the login or the handshake" },
  CONNECTION_LOST: { number: 86, text: "the connection has ended, or broke" },
  PEER_MALFORMED: { number: 87, text: "the other side broke the protocol or passed a bound" },
} as const;

/** Name of an error: what programs match on. */
export type ErrorCode = keyof typeof errorCodes;

const codesByNumber: Map<unknown, unknown> = new Map(
  Object.entries(errorCodes).map(([code, entry]) => [entry.number, code as ErrorCode]),
);

/** The number of a code in error frames. */
export function errorNumber(code: ErrorCode): number {
  return errorCodes[code].number;
}

/** The code with this number; REMOTE_FAULT for a number this version does not know. */
export function errorCodeOf(number: number): ErrorCode {
  return (MapPrototypeGet(codesByNumber, number) as ErrorCode | undefined) ?? "REMOTE_FAULT";
}
