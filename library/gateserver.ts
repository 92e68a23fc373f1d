// Gateserver: a service that takes clients on a port, in frames (snax.gateserver, reference §6.1).
// Guest: the library "isonet/gateserver", on isonet/socket; the host cuts the frames.
// Invariant: the end of every accepted connection is told once, whether it was let in or refused.

import { dispatch, error as logError, retPack, start as startService, type Address } from "isonet";
import { textOf } from "isonet/bytes";
import type * as Contract from "isonet/gateserver";
import * as socket from "isonet/socket";
import { CodedError } from "../wire/coded-error.ts";
import { Clients } from "./gateserver/clients.ts";
import { checkConf } from "./gateserver/gate-conf.ts";

type Handler = Contract.GateHandler;

const clients = new Clients();
let listenerId: number | undefined;
let isOpening = false;

const shownBytes = 64;

export function start(handler: Handler): void {
  if (typeof handler.message !== "function" || typeof handler.connect !== "function") {
    throw new CodedError("ARGUMENT_INVALID", "a gate's handler has connect and message");
  }
  dispatch("lua", async (_session, source, command: unknown, ...args: unknown[]) => {
    retPack(await answer(handler, source, command, args));
  });
  if (handler.embed !== true) startService(() => {});
}

function answer(
  handler: Handler,
  source: Address,
  command: unknown,
  args: readonly unknown[],
): unknown {
  if (command === "open") return open(handler, source, args[0]);
  if (command === "close") return close();
  if (typeof command === "string" && handler.command !== undefined)
    return handler.command(command, source, ...args);
  throw new CodedError("COMMAND_UNKNOWN", `this gate has no command ${String(command)}`);
}

async function open(handler: Handler, source: Address, given: unknown): Promise<unknown> {
  if (isOpening || listenerId !== undefined)
    throw new CodedError("GATE_OPEN", "this gate listens already: close it first");
  const { address, port, maxclient, nodelay, ...options } = checkConf(given);
  isOpening = true;
  try {
    console.log(`Listen on ${address}:${port}`);
    const listening = await socket.listen(address, port, options);
    clients.setMax(maxclient);
    listenerId = listening.id;
    const conf = { ...(given as object), address: listening.host, port: listening.port };
    await socket.serve(listening.id, eventsOf(handler, nodelay));
    return await handler.open?.(source, conf);
  } catch (error) {
    if (listenerId !== undefined) await close(); // nobody knows of a port that was not opened well
    throw error;
  } finally {
    isOpening = false;
  }
}

/** The port is free again; clients stay. */
async function close(): Promise<void> {
  if (listenerId === undefined) throw new CodedError("SOCKET_CLOSED", "this gate does not listen");
  const id = listenerId;
  listenerId = undefined;
  await socket.close(id);
}

function eventsOf(handler: Handler, nodelay: boolean): socket.FrameEvents {
  return {
    connect: (fd, peer) => {
      if (!clients.accept(fd)) {
        socket.shutdown(fd);
        return undefined;
      }
      if (!nodelay) socket.noDelay(fd, false);
      return handler.connect(fd, peer);
    },
    frame: (fd, frame) => {
      if (clients.isConnected(fd)) return handler.message(fd, frame);
      const text = textOf(frame.subarray(0, shownBytes));
      logError(`Drop message from fd (${fd}) : ${text}`);
      return undefined;
    },
    error: (fd, text) => handler.error?.(fd, text),
    close: (fd) => {
      clients.end(fd);
      return handler.disconnect?.(fd);
    },
    warning: (fd, kib) => handler.warning?.(fd, kib),
  };
}

export function openClient(fd: number): void {
  if (!clients.isConnected(fd)) return;
  void socket.start(fd).catch(() => {}); // its end is told
}

export function closeClient(fd: number): void {
  if (clients.close(fd)) void socket.close(fd);
}

export function forward(fd: number, to: Address, client: Address | 0 = 0): void {
  if (!clients.isConnected(fd)) return;
  socket.forward(fd, to, client);
  openClient(fd);
}

export function unforward(fd: number): void {
  if (clients.isConnected(fd)) socket.unforward(fd);
}

({ start, openClient, closeClient, forward, unforward }) satisfies typeof Contract;
