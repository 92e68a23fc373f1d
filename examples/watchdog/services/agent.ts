// Agent: everything of one client. Its frames come here past the gate, as messages of kind
// "client"; what it is told is written to its socket.

import {
  call,
  commands,
  dispatch,
  exit,
  getEnv,
  ignoreRet,
  registerProtocol,
  send,
  timeout,
  type Address,
} from "isonet";
import { textOf } from "isonet/bytes";
import { writeFrame } from "isonet/socket";

/** Heartbeats that a client may leave without an answer. */
const missedMax = 3;
const heartbeat = "heartbeat";
const clientKind = 3;

let watchdog: Address;
let missed = 0;
let frames = 0;

registerProtocol({ name: "client", id: clientKind, unpack: (body) => [body] });
dispatch("client", (client, _gate, body: Uint8Array) => {
  ignoreRet();
  missed = 0;
  const text = textOf(body);
  if (text === heartbeat) return;
  frames++;
  if (text === "quit") send(watchdog, "lua", "close", client);
  else writeFrame(client, body);
});

function beat(client: number, ticks: number): void {
  if (missed >= missedMax) {
    console.log(`client ${client} has not answered ${missed} heartbeats`);
    send(watchdog, "lua", "close", client);
    return;
  }
  missed++;
  writeFrame(client, heartbeat);
  timeout(ticks, () => beat(client, ticks));
}

type Client = { gate: Address; client: number; watchdog: Address; peer: string };

commands({
  /** From the watchdog: this client is yours. */
  async start({ gate, client, watchdog: who, peer }: Client): Promise<void> {
    watchdog = who;
    writeFrame(client, `welcome, client ${client}`);
    console.log(`client ${client} is ${peer}`);
    beat(client, Number(await getEnv("heartbeatTicks")));
    await call(gate, "lua", "forward", client);
  },
  /** From the watchdog: it has gone. */
  disconnect(): never {
    console.log(`it has sent ${frames} frames`);
    return exit();
  },
});
