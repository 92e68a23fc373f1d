// The example simpledb, by the real command line: its own client, lines by hand, and clients that
// keep to no rule.

import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DatabaseClient } from "../../examples/simpledb/client.ts";
import { run, type Child } from "../kit/child.ts";
import { startExample } from "../kit/example.ts";
import { LineClient } from "../kit/line-client.ts";
import { node24 } from "../kit/nodes.ts";

const script = path.resolve(import.meta.dirname, "../../examples/simpledb/client.ts");

describe("simpledb", () => {
  let example: Child;
  let port = 0;

  beforeAll(async () => {
    example = startExample("simpledb", ["env.port=0"]);
    const [, found] = await example.saw(/simpledb listens on 127\.0\.0\.1:(\d+)/);
    port = Number(found);
  });
  afterAll(() => example[Symbol.asyncDispose]());

  test("keeps what one client has set for the others", async () => {
    using ann = await DatabaseClient.connect(port);
    using bob = await DatabaseClient.connect(port);

    expect(await ann.ask("SET name Ann of the hills")).toEqual(["OK"]);
    expect(await bob.ask("get name")).toEqual(["VALUE Ann of the hills"]);
    expect(await bob.ask("SET note 1")).toEqual(["OK"]);
    expect(await ann.ask("KEYS n")).toEqual(["KEYS 2 of 2", "name", "note"]);
    expect(await ann.ask("KEYS na")).toEqual(["KEYS 1 of 1", "name"]);
    expect(await ann.ask("DEL name")).toEqual(["OK"]);
    expect(await bob.ask("DEL name")).toEqual(["NONE"]);
    expect(await bob.ask("GET name")).toEqual(["NONE"]);
  });

  test("says what is wrong with a line, and goes on", async () => {
    using client = await DatabaseClient.connect(port);

    expect(await client.ask("PUT a b")).toEqual([
      'ERR UNKNOWN "PUT": there are GET key, SET key value, DEL key, KEYS [beginning], QUIT',
    ]);
    expect(await client.ask("GET")).toEqual(["ERR KEY has 0 characters: 1 to 128 are allowed"]);
    expect(await client.ask("GET a b")).toEqual(["ERR END nothing may follow the key"]);
    expect(await client.ask(`SET a ${"x".repeat(4097)}`)).toEqual([
      "ERR VALUE has 4097 characters: 1 to 4096 are allowed",
    ]);
    expect(await client.ask(`SET a ${"x".repeat(4096)}`)).toEqual(["OK"]);
    expect(await client.ask("GET nothing")).toEqual(["NONE"]);
  });

  test("answers lines that come at once, in order, with either end of line, and says BYE", async () => {
    using client = new LineClient("the client", port);

    client.send("SET a 1\r", "SET a 2", "GET a", "QUIT", "GET a");
    await client.closed;

    expect(client.text).toBe("OK\nOK\nVALUE 2\nBYE\n");
  });

  test("answers who has said all and listens still", async () => {
    using client = new LineClient("the client", port);

    client.send("SET last words", "GET last", "GET unfinished");
    client.end();
    await client.closed;

    expect(client.text).toBe("OK\nVALUE words\nNONE\nBYE\n");
  });

  test("ends a client whose line does not end, and serves the others", async () => {
    using client = new LineClient("the client", port);

    client.send("x".repeat(20_000));
    await client.closed;
    expect(client.text).toBe("");

    using other = await DatabaseClient.connect(port);
    expect(await other.ask("SET a 1")).toEqual(["OK"]);
  });

  test("takes no more than it may of entries", async () => {
    using client = await DatabaseClient.connect(port);
    const value = "x".repeat(4096);
    let answer: string[] = [];

    for (let entry = 0; answer[0]?.startsWith("ERR") !== true && entry < 3000; entry++) {
      answer = await client.ask(`SET big${entry} ${value}`);
    }

    expect(answer).toEqual(["ERR FULL at most 10000 entries with 8388608 characters are kept"]);
    expect(await client.ask("KEYS big")).toHaveLength(101);
    expect(await client.ask("DEL big1")).toEqual(["OK"]);
    expect(await client.ask(`SET small 1`)).toEqual(["OK"]);
  });

  test("is asked by its client as a command", async () => {
    const ask = (...words: string[]) => run([node24, script, "--port", String(port), ...words]);

    expect(await ask("SET", "from", "a shell")).toMatchObject({ code: 0, stdout: "OK\n" });
    expect(await ask("GET", "from")).toMatchObject({ code: 0, stdout: "VALUE a shell\n" });
  });
});
