// Attackers: clients of the kind that no server wants: many, slow, silent, rude.
// Test process. Each ends with the list it is in.
// Invariant: an attacker that is refused or reset is no failure of the test.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

const closed = new WeakMap<Socket, Promise<unknown>>();

/** A connection, as far as it came: errors are part of the game. */
export async function attacker(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  socket.on("error", () => {});
  closed.set(socket, new Promise<void>((resolve) => socket.once("close", () => resolve())));
  await Promise.race([once(socket, "connect").catch(() => {}), closed.get(socket)]);
  return socket;
}

export function attackers(port: number, count: number): Promise<Socket[]> {
  return Promise.all(Array.from({ length: count }, () => attacker(port)));
}

/** Resolves when the other side has ended it, or this one has. */
export async function ended(socket: Socket): Promise<void> {
  socket.resume();
  if (socket.readableEnded) socket.end();
  else socket.once("end", () => socket.end());
  await closed.get(socket);
}

/** Goes in the given manner. */
export function leave(socket: Socket, manner: number): void {
  if (manner % 3 === 0) socket.end();
  else if (manner % 3 === 1) socket.resetAndDestroy();
  else socket.destroy();
  socket.resume();
}

/** Asks until it is so; the test's own time is the bound. */
export async function until<T>(ask: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (isSo(value)) return value;
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}
