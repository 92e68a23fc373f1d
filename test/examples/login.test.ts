// The example login, by the real command line, played by the client library, which was written
// from the reference alone; by programs that use it, and by a client in Python that shares no line
// with it. One host for all of them.

import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { login, MessageClient, type Login } from "../../client/index.ts";
import { Child, run } from "../kit/child.ts";
import { startExample } from "../kit/example.ts";
import { foreignClient, hasPython } from "../kit/foreign-client.ts";
import { node24 } from "../kit/nodes.ts";

const root = path.resolve(import.meta.dirname, "../..");
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

/** `input | isonet client words…`. */
function isonetClient(input: string, ...words: readonly string[]): Child {
  const launcher = path.join(root, "bin/isonet.mjs");
  const who = ["--user", "dora", "--password", password];
  return new Child([node24, launcher, "client", ...words, ...who], { input });
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

describe("programs at the example login", () => {
  test("its own client: login, echo, reconnection, kept answer, logout", async () => {
    const file = path.join(root, "examples/login/client.ts");
    const noWarning = "--disable-warning=ExperimentalWarning";
    const { code, stdout, stderr } = await run([
      node24,
      noWarning,
      file,
      `${loginPort}`,
      `${gatePort}`,
    ]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => line.replace(/subid \d+/, "subid N"))).toEqual([
      "with a wrong password: LOGIN_REFUSED 401",
      "logged in: subid N",
      "connected with index 1",
      'asked "echo": echo',
      'asked "one": one',
      'asked "two": two',
      'asked "three": three',
      "disconnected",
      "connected with index 2",
      'asked "fake" under session 0: echo',
      'asked "again": again',
      "disconnected",
      "logged in: subid N",
      "the first login has ended: LOGIN_REFUSED 404",
      'asked "here again": here again',
    ]);
  });

  test("isonet client: plays by hand, and tells why it is refused", async () => {
    const messages = ["message", `${gatePort}`, "--login", `${loginPort}`, "--server", "sample"];
    const played = isonetClient("one\ntwo\n", ...messages).ended;
    const refused = isonetClient("", "login", `${loginPort}`, "--server", "nowhere").ended;

    expect(await played).toMatchObject({ code: 0, stdout: "one\ntwo\n", stderr: "" });
    expect(await refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^isonet: LOGIN_REFUSED: .* 403 "Forbidden"/),
    });
  });

  test.skipIf(!hasPython)("the client in Python, built from docs/clients.md alone", async () => {
    const places = ["--login", `127.0.0.1:${loginPort}`, "--messages", `127.0.0.1:${gatePort}`];
    const { code, stdout, stderr } = await foreignClient(...places, "--user", "bob").ended;

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim().split("\n")).toEqual([
      expect.stringMatching(/^login \d+$/),
      "answer 1 0 good echo",
      "answer 1 1 good second",
      "answer 2 0 good echo",
      "answer 2 2 good again",
      "index used 403 Index Expired",
      "index no number 400 Bad Request",
      "wrong secret 401 Unauthorized",
      "wrong user 404 User Not Found",
      "answer 7 1 good second",
      "wrong password 401 Unauthorized",
    ]);
  });
});
