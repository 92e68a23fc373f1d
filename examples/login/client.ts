// Client: a player's program: logs in, asks, loses its connection, asks again, and is logged out by
// a second login. It needs nothing of a host, only the two addresses.
// Run beside the example: npx node examples/login/client.ts [login port] [message server's port]
// Invariant: what it prints is what the servers answered, in the order of the conversation.

import { CodedError, login, MessageClient } from "isonet/client";

const [loginPort = "8001", messagePort = "8888"] = process.argv.slice(2);
const host = "127.0.0.1";
const words = { user: "hello", server: "sample", password: "password" };

async function logIn() {
  const { secret, subid } = await login({ host, port: Number(loginPort), ...words });
  console.log(`logged in: subid ${subid}`);
  return { host, port: Number(messagePort), ...words, secret, subid };
}

/** One request and its answer; `session` asks for the answer of an earlier one. */
async function ask(client: MessageClient, content: string, session?: number): Promise<void> {
  const options = session === undefined ? {} : { session };
  const answer = await client.request(content, options);
  const where = session === undefined ? "" : ` under session ${session}`;
  console.log(`asked ${JSON.stringify(content)}${where}: ${Buffer.from(answer).toString()}`);
}

/** The status of a refusal, as the server said it. */
function refusal(error: unknown): string {
  if (error instanceof CodedError) return `${error.code} ${error.remoteCode ?? ""}`.trim();
  throw error;
}

await login({ host, port: Number(loginPort), ...words, password: "wrong" }).catch(
  (error: unknown) => console.log(`with a wrong password: ${refusal(error)}`),
);

await using client = new MessageClient(await logIn());
client.on("connected", ({ index }) => console.log(`connected with index ${index}`));
client.on("disconnected", () => console.log("disconnected"));
const ended = new Promise<string>((resolve) => {
  client.on("closed", ({ reason }) => resolve(refusal(reason)));
});

await client.open();
await ask(client, "echo");
await Promise.all(["one", "two", "three"].map((content) => ask(client, content)));

// A lost connection: the same session gets the kept answer, whatever is asked.
client.reconnect();
await ask(client, "fake", 0);
await ask(client, "again");

// Whoever logs in a second time has the first login ended.
await using second = new MessageClient(await logIn());
console.log(`the first login has ended: ${await ended}`);
await second.open();
await ask(second, "here again");
