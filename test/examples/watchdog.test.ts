// The example watchdog, by the real command line: agents that echo, heartbeats, kicks.

import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EchoClient } from "../../examples/watchdog/client.ts";
import { run, type Child } from "../kit/child.ts";
import { portOf, startExample } from "../kit/example.ts";
import { LineClient } from "../kit/line-client.ts";
import { node24 } from "../kit/nodes.ts";

const script = path.resolve(import.meta.dirname, "../../examples/watchdog/client.ts");

describe("the watchdog's world", () => {
  let example: Child;
  let port = 0;
  let consolePort = 0;

  beforeAll(async () => {
    const settings = ["env.port=0", "env.heartbeatTicks=20", "console.port=0"];
    example = startExample("watchdog", settings);
    const [, found] = await example.saw(/the gate listens on 127\.0\.0\.1:(\d+)/);
    port = Number(found);
    consolePort = await portOf(example, "console");
  });
  afterAll(() => example[Symbol.asyncDispose]());

  /** A client that has been welcomed, its number, and what it hears after that. */
  async function enter(options: { answersHeartbeats?: boolean } = {}) {
    const welcome = Promise.withResolvers<string>();
    const heard: string[] = [];
    const onText = (text: string): void => {
      const [, id] = /^welcome, client (\d+)$/.exec(text) ?? [];
      if (id === undefined) heard.push(text);
      else welcome.resolve(id);
    };
    const client = await EchoClient.connect({ port, onText, ...options });
    return { client, heard, id: await welcome.promise };
  }

  /** What the operator's console says to one line. */
  async function operate(line: string): Promise<string> {
    using operator = new LineClient("the console", consolePort);
    await operator.saw(/Welcome.*\n/);
    operator.send(line);
    const [text] = await operator.saw(/[^]*<CMD \w+>/);
    return text;
  }

  const agents = async (): Promise<number> =>
    (await operate("list")).match(/\tagent$/gm)?.length ?? 0;

  test("gives each client an agent that echoes, in order", async () => {
    const [ann, bob] = await Promise.all([enter(), enter()]);
    const texts = Array.from({ length: 500 }, (_, index) => `text ${index}`);

    for (const text of texts) ann.client.say(text);
    bob.client.say("bob's own");

    await expect.poll(() => ann.heard.length).toBe(500);
    expect(ann.heard).toEqual(texts);
    await expect.poll(() => bob.heard).toEqual(["bob's own"]);
    expect(ann.id).not.toBe(bob.id);
    await ann.client[Symbol.asyncDispose]();
    await bob.client[Symbol.asyncDispose]();
  });

  test("ends a client who says quit, with its agent", async () => {
    const { client } = await enter();

    client.say("quit");
    await client.ended;

    await expect.poll(agents).toBe(0);
  });

  test("ends a client who does not answer heartbeats, and keeps one who does", async () => {
    const [silent, awake] = await Promise.all([enter({ answersHeartbeats: false }), enter()]);

    await silent.client.ended;
    await example.saw(new RegExp(`client ${silent.id} has not answered 3 heartbeats`));
    awake.client.say("still here");
    await expect.poll(() => awake.heard).toEqual(["still here"]);
    await awake.client[Symbol.asyncDispose]();
  });

  test("ends a client whom the operator kicks, and lets it come again", async () => {
    const { client, id } = await enter();

    await operate(`call .watchdog "close", ${id}`);
    await client.ended;

    const again = await enter();
    expect(Number(again.id)).toBeGreaterThan(Number(id));
    await again.client[Symbol.asyncDispose]();
  });

  test("is used by its client as a command", async () => {
    const command = [
      node24,
      "--disable-warning=ExperimentalWarning",
      script,
      "--port",
      String(port),
    ];
    const shell = ["sh", "-c", `printf 'hello\\nquit\\n' | ${command.join(" ")}`];

    const { stdout, code } = await run(shell);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^welcome, client \d+\nhello\n$/m);
  });
});
