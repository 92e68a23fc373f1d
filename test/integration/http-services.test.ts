// Services that serve over HTTP: their end, their restart, what they may, and what they cannot do
// to others.

import { once } from "node:events";
import { request as plainRequest } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebKit } from "../kit/web-kit.ts";

/** Speaks to the host in the library's place, and lies. */
const liar = `
import { call, commands, dispatch, registerProtocol, retPack } from "isonet";

const lies: Record<string, unknown> = {
  "/nothing": undefined,
  "/number": 7,
  "/status": { status: 99, headers: [] },
  "/splitting": { status: 200, headers: ["x", "a\\r\\ny: b"], body: "" },
  "/framing": { status: 200, headers: ["content-length", "3", "transfer-encoding", "x"], body: "hello" },
  "/longer": { status: 200, headers: [], stream: 1, length: 5 },
  "/shorter": { status: 200, headers: [], stream: 1, length: 5000 },
  "/texts": { status: 200, headers: [], stream: 2 },
};
let pieces = 0;

registerProtocol({ name: "isonet-http", id: 254 });
dispatch("isonet-http", (_session, _source, what: string, value) => {
  if (what === "request") retPack(lies[value.url]);
  else if (what === "piece" && value === 1) retPack(pieces++ % 2 === 0 ? new Uint8Array(100) : undefined);
  else retPack("a text");
});
commands({
  listen: async () => (await call(".http", "lua", "listen", { key: 1, port: 0 })).port,
  steal: (request: number) => call(".http", "lua", "readBody", request),
});
`;

let web: WebKit;

beforeAll(async () => {
  web = await WebKit.start({ liar });
});
afterAll(() => web[Symbol.asyncDispose]());

describe("a service that serves", () => {
  test("leaves its requests with 503 when it is killed, and its port free", async () => {
    const other = await web.spawn();
    const at = await web.serve(other, { port: 0 });
    const never = web.hears("never");
    const answer = fetch(web.url("/never", at));
    await never;

    await web.host.isonet.kill(other);

    const response = await answer;
    expect([response.status, response.headers.get("connection")]).toEqual([503, "close"]);
    expect(await web.serve(web.service, { port: at })).toBe(at);
  });

  test("serves again on its port when it is restarted in its place", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port: at } = probe.address() as AddressInfo;
    await new Promise((resolve) => void probe.close(resolve));
    const first = web.hears("served");
    const restart = { policy: "always", backoffMs: 0 };
    const again = await web.spawn({ restart }, at);
    await first;
    expect(await (await fetch(web.url("/", at))).text()).toBe("here");

    const second = web.hears("served");
    web.host.isonet.send(again, "lua", "leave");
    await second;

    expect(await (await fetch(web.url("/", at))).text()).toBe("here");
    await web.host.isonet.kill(again);
  });

  test("is refused a port in use, bad options, and a server more than the host may have", async () => {
    const other = await web.spawn();
    await expect(web.serve(other, { port: web.port })).rejects.toMatchObject({
      remoteCode: "PORT_IN_USE",
    });
    const invalid = { remoteCode: "ARGUMENT_INVALID" };
    await expect(web.serve(other, { port: 70_000 })).rejects.toMatchObject(invalid);
    await expect(web.serve(other, { host: "no.such.host.invalid" })).rejects.toMatchObject(invalid);
    await expect(web.serve(other, { tls: { cert: "x", key: "y" } })).rejects.toMatchObject(invalid);
    await expect(web.serve(other, { requestMs: "long" })).rejects.toMatchObject(invalid);

    const limit = async (): Promise<void> => {
      for (let count = 0; count < 65; count++) await web.serve(other, { port: 0 });
    };
    await expect(limit()).rejects.toMatchObject({ remoteCode: "HTTP_LIMIT" });
    await web.host.isonet.kill(other);
    expect(await web.status("/hello")).toBe(200);
  });

  test("that is untrusted opens the ports that its launch allows, and no other", async () => {
    const slow = { sliceMs: 5000, cpuPerSecondMs: 1000 }; // a busy machine
    const untrusted = { trust: "untrusted", owner: "ann", ...slow } as const;
    const stranger = await web.spawn({
      ...untrusted,
      allow: { env: ["watch"], net: { listen: ["127.0.0.1:0"] } },
    });
    const at = await web.serve(stranger, { port: 0 });
    const refused = { remoteCode: "CAPABILITY_MISSING" };

    expect(await (await fetch(web.url("/hello?name=ann", at))).text()).toBe("hello ann");
    const up = await fetch(web.url("/upload", at), {
      method: "POST",
      body: new Uint8Array(500_000),
    });
    expect(await up.text()).toBe("500000");
    expect((await (await fetch(web.url("/bytes", at))).arrayBuffer()).byteLength).toBe(200_000);
    await expect(web.serve(stranger, { port: 8001 })).rejects.toMatchObject(refused);
    await expect(
      web.serve(await web.spawn({ ...untrusted, allow: { env: ["watch"] } }), { port: 0 }),
    ).rejects.toMatchObject(refused);
  });

  test("replaces its own server on the same port", async () => {
    const other = await web.spawn();
    const at = await web.serve(other, { port: 0 });

    expect(await web.serve(other, { port: at, bodyBytesMax: 1 })).toBe(at);

    expect(await web.status("/text", { method: "POST", body: "xx" }, at)).toBe(413);
    await web.host.isonet.kill(other);
  });

  test("that lies to the host harms its own clients only", async () => {
    const stranger = await web.host.isonet.newService({
      name: "liar",
      trust: "untrusted",
      owner: "mallory",
      // On a busy machine a slice ends by the clock: that is not what is looked at here.
      sliceMs: 5000,
      cpuPerSecondMs: 1000,
      allow: { net: { listen: ["*:0"] } },
    });
    const at = (await web.host.isonet.call(stranger as Address, "lua", "listen")) as number;

    for (const path of ["/nothing", "/number", "/status", "/splitting"]) {
      expect(await web.status(path, {}, at)).toBe(500);
    }
    expect(await (await fetch(web.url("/framing", at))).text()).toBe("hello");
    for (const path of ["/longer", "/shorter", "/texts"]) {
      await expect(fetch(web.url(path, at)).then((answer) => answer.text())).rejects.toThrow(
        /terminated|fetch failed/,
      );
    }
    const waiting = web.hears("waiting");
    const request = plainRequest(web.url("/aborted"), { agent: false }).on("error", () => {});
    request.end();
    await waiting;
    for (let id = 1; id < 50; id++) {
      const stolen = web.host.isonet.call(stranger as Address, "lua", "steal", id);
      await expect(stolen).rejects.toMatchObject({ remoteCode: "HTTP_UNREACHABLE" });
    }
    const heard = web.hears("aborted");
    request.destroy();
    await heard;
  });

  test("leaves nothing behind: no request is open and its servers are listed", async () => {
    let info: Record<string, string> = {};
    // The last handlers return behind what they have told.
    for (let tries = 0; tries < 100 && !info["requests"]?.startsWith("served 0"); tries++) {
      info = (await web.host.isonet.call(".http", "lua", "info")) as Record<string, string>;
    }

    expect(info["requests"]).toBe("served 0, asked 0, sockets 0");
    expect(info[`http://127.0.0.1:${web.port}`]).toMatch(/^:\w{8} \d+ of 4096 connections$/);
  });
});
