// Msgserver: a gate for users who have logged in (snax.msgserver, reference §6.6).
// Guest: the library "isonet/msgserver", on isonet/gateserver. What it does: message-server.ts.
// Invariant: one server in each isolate: a second `start` fails.

import { cancel, error as logError, timeout } from "isonet";
import * as gate from "isonet/gateserver";
import type * as Contract from "isonet/msgserver";
import * as socket from "isonet/socket";
import { CodedError } from "../wire/coded-error.ts";
import { within } from "./gateserver/gate-conf.ts";
import { MessageServer, serverDefaults } from "./msgserver/message-server.ts";
import { userId as readUserId, userName } from "./msgserver/user-name.ts";

type Conf = Contract.MessageServerConf;

let server: MessageServer | undefined;

const tickMs = 10;
const anyNumber = 0x7fff_ffff;

export function start(conf: Conf): void {
  if (server !== undefined)
    throw new CodedError("ARGUMENT_INVALID", "this service is a message server already");
  const given = { ...serverDefaults, ...conf };
  const messages = new MessageServer(
    {
      openClient: gate.openClient,
      closeClient: gate.closeClient,
      send: (fd, frame) => void socket.writeFrame(fd, frame),
      log: (text) => logError(text),
      after: (ms, handler) => {
        const timer = timeout(Math.ceil(ms / tickMs), handler);
        return () => void cancel(timer);
      },
    },
    {
      expiredNumber: within("expiredNumber", given.expiredNumber, [1, 65_536]),
      keptBytesMax: within("keptBytesMax", given.keptBytesMax, [0, anyNumber]),
      requestsMax: within("requestsMax", given.requestsMax, [1, 65_536]),
      handshakeMs: within("handshakeMs", given.handshakeMs, [0, anyNumber]),
      onRequest: (name, content) => conf.requestHandler(name, content),
      onDisconnect: (name) => conf.disconnectHandler?.(name),
    },
  );
  server = messages;
  gate.start({
    embed: conf.embed === true,
    connect: (fd, peer) => messages.connect(fd, peer),
    message: (fd, frame) => messages.message(fd, frame),
    disconnect: (fd) => messages.disconnect(fd),
    error: (fd) => messages.disconnect(fd),
    open: (_source, opened) => register(conf, opened),
    command: (command, _source, ...args) => run(conf, command, args),
  });
}

function register(conf: Conf, opened: gate.GateConf & { readonly address: string }): unknown {
  const { servername } = opened as { readonly servername?: unknown };
  if (typeof servername !== "string" || servername === "") {
    const text = "the conf of open must have a servername, the login server's name for this one";
    throw new CodedError("ARGUMENT_INVALID", text);
  }
  return conf.registerHandler?.(servername, { ...opened, servername });
}

function run(conf: Conf, command: string, [first, second, ...rest]: readonly unknown[]): unknown {
  const uid = first as string;
  switch (command) {
    case "login":
      return conf.loginHandler(uid, second as Uint8Array, ...rest);
    case "logout":
      return conf.logoutHandler(uid, second as string, ...rest);
    case "kick":
      return conf.kickHandler(uid, second as string, ...rest);
    default:
      throw new CodedError("COMMAND_UNKNOWN", `a message server has no command ${command}`);
  }
}

/** Fails with ARGUMENT_INVALID before `start`. */
function started(): MessageServer {
  if (server !== undefined) return server;
  throw new CodedError("ARGUMENT_INVALID", "start the message server first");
}

export function login(name: string, secret: Uint8Array): void {
  started().login(name, secret);
}

export function logout(name: string): void {
  started().logout(name);
}

export function ip(name: string): string | undefined {
  return started().ip(name);
}

export function username(uid: string, subid: string | number | bigint, of: string): string {
  return userName(uid, subid, of);
}

export function userId(name: string): Contract.UserId {
  return readUserId(name);
}

({ start, login, logout, ip, username, userId }) satisfies typeof Contract;
