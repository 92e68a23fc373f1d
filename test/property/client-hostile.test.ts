// Clients of servers that say anything: every call settles, with a result or an error code.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { login } from "../../client/login.ts";
import { MessageClient } from "../../client/message-client.ts";
import { isCodedError } from "../../wire/coded-error.ts";
import { scripted } from "../kit/scripted-server.ts";

const words = { user: "hello", server: "sample", password: "password" };
const numRuns = 60;
const expected = /^(settled|LOGIN_REFUSED|CONNECTION_LOST|PEER_MALFORMED|REMOTE_FAULT)$/;

const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "settled",
    (error: unknown) => (isCodedError(error) ? error.code : String(error)),
  );

const bytes = fc.uint8Array({ maxLength: 60 });

describe("a server that says anything", () => {
  test("at a login, half of it right", async () => {
    const lines = fc.constantFrom(
      "Q0NDQ0NDQ0M=\n",
      "t8+/cmQUX9Q=\n",
      "200 MQ==\n",
      "403 No\n",
      "\n",
    );
    const said = fc.array(fc.oneof(lines, bytes), { maxLength: 6 });

    await fc.assert(
      fc.asyncProperty(said, async (parts) => {
        using server = await scripted((peer) => {
          peer.say(...parts);
          peer.end();
        });

        expect(await outcomeOf(login({ port: server.port, ...words }))).toMatch(expected);
      }),
      { numRuns },
    );
  });

  test("at a message server, behind a good handshake", async () => {
    const frame = fc
      .uint8Array({ maxLength: 12 })
      .map((body) => Buffer.concat([Buffer.from([0, body.length]), body]));
    const answer = fc.constantFrom([0, 6, 65, 1, 0, 0, 0, 0], [0, 5, 0, 0, 0, 0, 0]);
    const said = fc.array(fc.oneof(answer, frame, bytes), { maxLength: 6 });

    await fc.assert(
      fc.asyncProperty(said, async (parts) => {
        using server = await scripted(async (peer) => {
          await peer.frame();
          peer.sayFrame("200 OK");
          await peer.request();
          peer.say(...parts);
          peer.end();
        });
        const identity = { ...words, subid: "1", secret: new Uint8Array(8).fill(1) };
        const hurry = { attemptsMax: 2, backOffMs: 1 };
        await using client = new MessageClient({ port: server.port, ...identity, ...hurry });

        await client.open();
        expect(await outcomeOf(client.request("a"))).toMatch(expected);
      }),
      { numRuns },
    );
  });
});
