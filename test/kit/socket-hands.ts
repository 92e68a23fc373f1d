// Socket hands: a service that does what a test tells it with the library of sockets, and clients
// for it.
// Test process, and a real host. Used by the integration tests of sockets.
// Invariant: waits are for answers, never for time.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Address } from "isonet";
import type { TestHost } from "./host.ts";

/** Does what it is told, with the library of sockets. */
export const hands = `
import { call, commands, exit } from "isonet";
import { textOf } from "isonet/bytes";
import * as socket from "isonet/socket";
const accepted: [number, string][] = [];
const events: unknown[] = [];
const text = (value: any) => (value instanceof Uint8Array ? textOf(value) : value);
const outcome = async (work: () => any) => {
  try {
    return text(await work());
  } catch (error: any) {
    return error.code;
  }
};
commands({
  act: (name: string, ...args: any[]) => outcome(() => (socket as any)[name](...args)),
  why: async (name: string, ...args: any[]) => {
    try {
      return await (socket as any)[name](...args);
    } catch (error: any) {
      return error.message;
    }
  },
  listen: async (...args: any[]) => {
    const listening = await (socket.listen as any)(...args);
    await socket.start(listening.id, (id, peer) => { accepted.push([id, peer]); });
    return listening;
  },
  accepted: () => accepted,
  echo: async (id: number) => {
    await socket.start(id);
    for (;;) {
      const bytes = await socket.read(id);
      if (bytes === undefined) break;
      socket.write(id, bytes);
    }
    await socket.close(id);
  },
  udpEcho: (host: string) => socket.udp((data, from) => {
    events.push([textOf(data), socket.udpAddress(from).host]);
    socket.sendTo(echoId, from, data);
  }, host, 0).then((id) => (echoId = id)),
  udpTalk: (host: string, port: number, line: string) => new Promise((resolve) => {
    void socket.udpDial(host, port, (data) => resolve(textOf(data)))
      .then((id) => socket.write(id, line));
  }),
  events: () => events,
  watch: (id: number) => socket.onClose(id, (which) => { events.push(["closed", which]); }),
  lastWords: (id: number) => { socket.write(id, "good-bye"); exit(); },
  flood: (id: number) => {
    for (let n = 0; n < 30_000; n++) socket.write(id, String(n).padStart(6, "0"));
  },
});
let echoId = 0;
`;

export type Hands = {
  readonly address: Address;
  /** Calls a function of the library: its value, or the code of its error. */
  readonly act: (name: string, ...args: unknown[]) => Promise<unknown>;
  readonly ask: (command: string, ...args: unknown[]) => Promise<unknown>;
  /** Asks for what goes on until the end of its socket, or of the host. */
  readonly begin: (command: string, ...args: unknown[]) => void;
};

export async function newHands(kit: TestHost, options: object = {}): Promise<Hands> {
  const address = (await kit.isonet.newService({ name: "hands", ...options })) as Address;
  const ask = (...values: unknown[]): Promise<unknown> =>
    kit.isonet.call(address, "lua", ...values);
  const begin = (...values: unknown[]): void => void ask(...values).catch(() => {});
  return { address, ask, begin, act: (...values) => ask("act", ...values) };
}

/** A service that listens, and a client of it, accepted but not started. */
export async function connected(
  kit: TestHost,
  options: object = {},
): Promise<{
  server: Hands;
  id: number;
  client: Socket;
  port: number;
}> {
  const server = await newHands(kit, options);
  const listening = (await server.ask("listen", "127.0.0.1", 0)) as { id: number; port: number };
  const client = connect({ port: listening.port, host: "127.0.0.1", allowHalfOpen: true });
  await once(client, "connect");
  const id = await until(async () => {
    const accepted = (await server.ask("accepted")) as [number, string][];
    return accepted[0]?.[0];
  });
  return { server, id, client, port: listening.port };
}

/** Asks until there is an answer. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise(setImmediate);
  }
}

export async function allOf(socket: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}
