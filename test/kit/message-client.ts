// Message clients under test: one of a scripted message server, with a fake clock that follows its
// waits, and what it tells.
// Test processes only.

import { expect } from "vitest";
import { MessageClient, type MessageClientOptions } from "../../client/message-client.ts";
import { FakeNetClock } from "./fake-net-clock.ts";
import {
  scripted,
  type Script,
  type ScriptedPeer,
  type ScriptedServer,
} from "./scripted-server.ts";

export const secret = Buffer.from("05f66ce34109f836", "hex");

const servers: ScriptedServer[] = [];

/** After each test. */
export function closeMessageServers(): void {
  for (const server of servers.splice(0)) server.close();
}

/** The n-th connection gets the n-th script. */
export async function messageClient(
  script: Script | Script[],
  options: Partial<MessageClientOptions> = {},
) {
  const server = await scripted(...[script].flat());
  servers.push(server);
  const clock = new FakeNetClock();
  const words = { user: "hello", server: "sample", subid: "1", secret };
  const bounds = { clock, random: () => 0 };
  const client = new MessageClient({ port: server.port, ...words, ...bounds, ...options });
  const events: string[] = [];
  client.on("connected", ({ index }) => events.push(`connected ${index}`));
  client.on("disconnected", ({ reason }) => events.push(`disconnected ${reason.code}`));
  client.on("reconnecting", ({ attempt, ms }) => {
    events.push(`reconnecting ${attempt} in ${ms}`);
    clock.advance(ms);
  });
  client.on("closed", ({ reason }) => events.push(`closed ${reason?.code}`));
  return { server, clock, client, events };
}

/** The server's side of a handshake with this index. */
export async function accept(peer: ScriptedPeer, index: number, subid = "MQ=="): Promise<void> {
  const said = (await peer.frame()).toString();
  expect(said).toMatch(`aGVsbG8=@c2FtcGxl#${subid}:${index}:`);
  peer.sayFrame("200 OK");
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** What a settled request was answered. */
export const answerOf = (settled: PromiseSettledResult<Uint8Array>): string =>
  settled.status === "fulfilled" ? text(settled.value) : String(settled.reason);
