// The example login, by the real command line, played by the client library, which was written
// from the reference alone.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { login, MessageClient, type Login } from "../../client/index.ts";
import type { Child } from "../kit/child.ts";
import { startExample } from "../kit/example.ts";

const server = "sample";
const password = "password";
let example: Child;
let loginPort: number;
let gatePort: number;

function logIn(user: string, words: { password?: string; server?: string } = {}): Promise<Login> {
  return login({ host: "127.0.0.1", port: loginPort, user, server, password, ...words });
}

async function connect(
  user: string,
  { secret, subid }: Login,
  options: { readonly index?: number; readonly session?: number } = {},
): Promise<MessageClient> {
  const at = { host: "127.0.0.1", port: gatePort };
  const client = new MessageClient({ ...at, user, server, secret, subid, ...options });
  await client.open();
  return client;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

beforeAll(async () => {
  example = startExample("login", ["env.loginPort=0", "env.gatePort=0"]);
  const [, at, gate] = await example.saw(
    /login server 127\.0\.0\.1:(\d+), message server sample 127\.0\.0\.1:(\d+)/,
  );
  loginPort = Number(at);
  gatePort = Number(gate);
});

afterAll(async () => {
  example.kill("SIGTERM");
  await example.ended;
});

describe("the example login", () => {
  test("logs a user in, and echoes", async () => {
    const client = await connect("ann", await logIn("ann"));

    expect(textOf(await client.request("hello"))).toBe("hello");
    await client.close();
  });

  test("refuses a wrong password and a server that there is not", async () => {
    await expect(logIn("ann", { password: "guess" })).rejects.toMatchObject({
      code: "LOGIN_REFUSED",
      remoteCode: "401",
    });
    await expect(logIn("ann", { server: "elsewhere" })).rejects.toMatchObject({
      code: "LOGIN_REFUSED",
      remoteCode: "403",
    });
  });

  test("keeps the answers of a user who is away, and gives them on the next connection", async () => {
    const entry = await logIn("bob");
    const first = await connect("bob", entry, { index: 1 });
    const answer = textOf(await first.request("first", { session: 7 }));
    await first.close();
    const second = await connect("bob", entry, { index: 2 });

    expect(answer).toBe("first");
    expect(textOf(await second.request("other", { session: 7 }))).toBe("first");
    expect(textOf(await second.request("other", { session: 7 }))).toBe("other");
    await second.close();
  });

  test("kicks a user who logs in again: the old name is unknown from then on", async () => {
    const old = await logIn("carl");
    const client = await connect("carl", old);
    const again = await logIn("carl");

    expect(again.subid).not.toBe(old.subid);
    await client.close();
    await expect(connect("carl", old, { index: 2 })).rejects.toMatchObject({
      code: "LOGIN_REFUSED",
      remoteCode: "404",
    });
    const fresh = await connect("carl", again);
    expect(textOf(await fresh.request("back"))).toBe("back");
    await fresh.close();
  });

  test("lets many users in at once, each with an agent", async () => {
    const users = Array.from({ length: 20 }, (_, index) => `user${index}`);
    const echoes = await Promise.all(
      users.map(async (user) => {
        const client = await connect(user, await logIn(user));
        const echo = textOf(await client.request(user));
        await client.close();
        return echo;
      }),
    );

    expect(echoes).toEqual(users);
  });
});
