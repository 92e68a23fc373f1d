// Sproto client: calls, responses in any order, requests of the server, and servers off the schema.

import { afterEach, describe, expect, test } from "vitest";
import { GateClient } from "../../../client/gate-client.ts";
import { SprotoClient, type SprotoClientOptions } from "../../../client/sproto-client.ts";
import { parse } from "../../../wire/sproto/sproto.ts";
import { FakeNetClock } from "../../kit/fake-net-clock.ts";
import { scripted, type Script, type ScriptedServer } from "../../kit/scripted-server.ts";

const packageText = `
.package {
  type 0 : integer
  session 1 : integer
}
`;
const server = parse(`${packageText}
echo 1 {
  request { what 0 : string }
  response { r 0 : string }
}
fire 2 { request { n 0 : integer } }
ack 4 { response nil }
`);
const own = parse(`${packageText}
beat 1 {}
ask 2 {
  request { n 0 : integer }
  response { n 0 : integer }
}
`);

const servers: ScriptedServer[] = [];

afterEach(() => {
  for (const each of servers.splice(0)) each.close();
});

async function clientOf(script: Script, options: Partial<SprotoClientOptions> = {}) {
  const listening = await scripted(script);
  servers.push(listening);
  const clock = new FakeNetClock();
  const gate = await GateClient.connect({ port: listening.port, clock });
  const client = new SprotoClient(gate, { server, own, clock, ...options });
  return { client, clock, listening };
}

/** A response to "echo", byte for byte as Skynet packs it: session, and the text "ok". */
const okTo = (session: number): Buffer => {
  const bytes = Buffer.from("5502010001c4026f6b", "hex");
  bytes[3] = (session + 1) * 2;
  return bytes;
};

describe("a sproto client", () => {
  test("calls with Skynet's bytes, and takes responses in any order", async () => {
    const { client } = await clientOf(async (peer) => {
      const host = server.host();
      const requests = [host.dispatch(await peer.frame()), host.dispatch(await peer.frame())];
      expect(requests).toMatchObject([
        { name: "echo", args: { what: "a" } },
        { name: "echo", args: { what: "b" } },
      ]);
      for (const request of requests.toReversed()) {
        if (request.kind === "response" || request.args === undefined) throw new Error("no");
        peer.sayFrame(request.respond?.({ r: request.args["what"] as string }) ?? "");
      }
    });

    expect(
      await Promise.all([client.call("echo", { what: "a" }), client.call("echo", { what: "b" })]),
    ).toEqual([{ r: "a" }, { r: "b" }]);
  });

  test("reads a response that Skynet packed", async () => {
    const { client } = await clientOf(async (peer) => {
      await peer.frame();
      peer.sayFrame(okTo(1));
    });

    expect(await client.call("echo", { what: "a" })).toEqual({ r: "ok" });
  });

  test("tells without a session, and takes a response of nothing", async () => {
    const { client } = await clientOf(async (peer) => {
      const host = server.host();
      expect(host.dispatch(await peer.frame())).toMatchObject({ name: "fire", respond: undefined });
      const ack = host.dispatch(await peer.frame());
      peer.sayFrame(ack.kind === "request" ? (ack.respond?.() ?? "") : "");
    });

    client.send("fire", { n: 5 });
    expect(await client.call("ack")).toBeUndefined();
  });

  test("answers what the server asks, also while it waits itself", async () => {
    const answered = Promise.withResolvers<unknown>();
    const { client } = await clientOf(
      async (peer) => {
        const host = own.host();
        const ask = host.attach(own);
        peer.sayFrame(ask("ask", { n: 20 }, 9));
        peer.sayFrame(ask("beat"));
        answered.resolve(host.dispatch(await peer.frame()));
        await peer.ended();
      },
      { onRequest: (name, args) => (name === "ask" ? { n: Number(args?.["n"]) + 1 } : undefined) },
    );

    expect(await answered.promise).toMatchObject({ session: 9, args: { n: 21 } });
    await client.close();
    expect(await client.ended).toBeUndefined();
  });

  test("ends its calls with the connection, and each by its deadline", async () => {
    const { client, clock } = await clientOf(async (peer) => {
      await peer.frame();
      clock.advance(30_000);
      await peer.frame();
      peer.end();
    });

    await expect(client.call("ack")).rejects.toMatchObject({ code: "CALL_TIMEOUT" });
    await expect(client.call("ack")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await expect(client.call("ack")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(clock.pending).toBe(0);
  });

  test("refuses what is not of the schema, and more calls than it may have", async () => {
    const { client } = await clientOf((peer) => peer.ended(), { requestsMax: 1 });

    await expect(client.call("nothing")).rejects.toMatchObject({ code: "ARGUMENT_INVALID" });
    const open = client.call("ack");
    await expect(client.call("ack")).rejects.toMatchObject({ code: "OUTBOX_FULL" });
    const [ended] = await Promise.allSettled([open, client.close()]);
    expect(ended).toMatchObject({ reason: { code: "CONNECTION_LOST" } });
  });
});

const handles = { onRequest: (): undefined => undefined };

describe("a server off the schema", () => {
  test.each([
    ["says garbage", "garbage", "SPROTO_MALFORMED", handles],
    ["answers what nobody asked", okTo(5), "SPROTO_MALFORMED", handles],
    ["asks a program that handles nothing", own.host().attach(own)("beat"), "PEER_MALFORMED", {}],
    [
      "asks more than the program answers",
      own.host().attach(own)("beat"),
      "PEER_MALFORMED",
      { ...handles, requestsMax: 0 },
    ],
  ])("that %s is left", async (_what, frame, code, options) => {
    const { client, listening } = await clientOf(async (peer) => {
      peer.sayFrame(frame);
      await peer.ended();
    }, options);

    expect(await client.ended).toMatchObject({ code });
    await listening.done();
  });

  test("is left as well when the program's own handler fails", async () => {
    const { client } = await clientOf(
      async (peer) => {
        peer.sayFrame(own.host().attach(own)("beat"));
        await peer.ended();
      },
      {
        onRequest: () => {
          throw new Error("mine");
        },
      },
    );

    expect(await client.ended).toMatchObject({ message: "mine" });
  });
});
