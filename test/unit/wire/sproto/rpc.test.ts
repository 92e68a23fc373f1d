// Sproto RPC: requests and responses between a client and a server, with Skynet's bytes.

import { describe, expect, test } from "vitest";
import { parse, type Sproto } from "../../../../wire/sproto/sproto.ts";
import type { Dispatched, RpcHost } from "../../../../wire/sproto/rpc.ts";
import { sprotoLimits } from "../../../../wire/sproto/sproto-limits.ts";

const text = `
.package {
  type 0 : integer
  session 1 : integer
  ud 2 : string
}
echo 1 {
  request { what 0 : string }
  response { r 0 : string }
}
fire 2 { request { n 0 : integer } }
quit 3 {}
ack 4 { response nil }
`;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const unasked = Uint8Array.from(Buffer.from("5502010c01c4026f6b", "hex"));

function kit(): { server: RpcHost; client: RpcHost; schema: Sproto } {
  const schema = parse(text);
  return { schema, server: schema.host(), client: parse(text).host() };
}

type Request = Extract<Dispatched, { kind: "request" }>;

function requestOf(host: RpcHost, message: Uint8Array): Request {
  const dispatched = host.dispatch(message);
  if (dispatched.kind !== "request") throw new Error("it is a response");
  return dispatched;
}

describe("a request", () => {
  test("has Skynet's bytes, and so has its response", () => {
    const { server, client, schema } = kit();
    const message = client.attach(schema)("echo", { what: "yo" }, 5);

    expect(hex(message)).toBe("5502040c01c402796f");
    const request = requestOf(server, message);
    expect(request).toMatchObject({ name: "echo", args: { what: "yo" }, ud: undefined });
    const answer = request.respond?.({ r: "ok" }) ?? new Uint8Array();
    expect(hex(answer)).toBe("5502010c01c4026f6b");
    expect(client.dispatch(answer)).toEqual({
      kind: "response",
      session: 5,
      args: { r: "ok" },
      ud: undefined,
    });
  });

  test("without a session has nobody to respond to", () => {
    const { server, client, schema } = kit();
    const message = client.attach(schema)("quit");

    expect(hex(message)).toBe("050108");
    expect(requestOf(server, message)).toEqual({
      kind: "request",
      name: "quit",
      args: undefined,
      respond: undefined,
      ud: undefined,
    });
  });

  test("can be named by its tag, and carry what a user adds", () => {
    const { server, client, schema } = kit();
    const request = requestOf(server, client.attach(schema)(1, { what: "a" }, 0, "mine"));

    expect(request).toMatchObject({ name: "echo", ud: "mine" });
    const answer = request.respond?.({ r: "b" }, "yours") ?? new Uint8Array();
    expect(client.dispatch(answer)).toMatchObject({ session: 0, args: { r: "b" }, ud: "yours" });
  });

  test.each(["quit", "ack"])("of %s is answered by a session alone", (name) => {
    const { server, client, schema } = kit();
    const request = requestOf(server, client.attach(schema)(name, undefined, 9n));
    const answer = request.respond?.() ?? new Uint8Array();

    expect(client.dispatch(answer)).toEqual({
      kind: "response",
      session: 9,
      args: undefined,
      ud: undefined,
    });
  });

  test("keeps a session that only a bigint holds", () => {
    const { server, client, schema } = kit();
    const session = 2n ** 60n + 1n;
    const request = requestOf(server, client.attach(schema)("ack", undefined, session));

    expect(client.dispatch(request.respond?.() ?? new Uint8Array())).toMatchObject({ session });
  });
});

describe("what cannot be", () => {
  test("is a response that nobody awaits, or awaits no more", () => {
    const { server, client, schema } = kit();
    expect(() => client.dispatch(unasked)).toThrow(
      expect.objectContaining({ code: "SPROTO_MALFORMED" }),
    );

    const request = requestOf(server, client.attach(schema)("ack", undefined, 1));
    const answer = request.respond?.() ?? new Uint8Array();
    client.dispatch(answer);
    expect(() => client.dispatch(answer)).toThrow(/session 1, which is not awaited/);
  });

  test("is a request of a protocol that is not there", () => {
    const { server, schema } = kit();

    expect(() => server.dispatch(schema.pencode("package", { type: 77 }))).toThrow(
      expect.objectContaining({ code: "SPROTO_MALFORMED" }),
    );
    expect(() => server.dispatch(schema.pencode("package", {}))).toThrow(/no session/);
  });

  test("is told to the caller", () => {
    const { server, client, schema } = kit();
    const invalid = expect.objectContaining({ code: "ARGUMENT_INVALID" }) as Error;
    const request = client.attach(schema);

    expect(() => request("nothing")).toThrow(invalid);
    expect(() => request("echo", undefined, 1)).toThrow(invalid);
    expect(() => request("quit", undefined, 1.5)).toThrow(invalid);
    expect(() => server.attach({})).toThrow(invalid);
    expect(() => schema.host("nothing")).toThrow(invalid);
    expect(() => parse(".package { type 0 : string session 1 : integer }").host()).toThrow(invalid);
    // A request that failed is not awaited.
    expect(() => client.dispatch(schema.pencode("package", { session: 1 }))).toThrow(/not awaited/);
  });

  test("is one awaited response too many", () => {
    const { client, schema } = kit();
    const request = client.attach(schema);
    for (let session = 0; session < sprotoLimits.sessionsMax; session++) {
      request("ack", undefined, session);
    }

    expect(() => request("ack", undefined, 0)).not.toThrow();
    expect(() => request("ack", undefined, sprotoLimits.sessionsMax)).toThrow(/sessionsMax/);
  });
});

describe("parts of messages by themselves", () => {
  test("are encoded and decoded by the protocol's name or tag", () => {
    const { schema } = kit();
    const { tag, bytes } = schema.requestEncode("echo", { what: "x" });

    expect(tag).toBe(1);
    expect(schema.requestDecode(1, bytes)).toEqual({ name: "echo", args: { what: "x" } });
    expect(schema.requestEncode("quit")).toEqual({ tag: 3, bytes: new Uint8Array() });
    expect(schema.requestDecode("quit", bytes)).toEqual({ name: "quit", args: undefined });
    expect(schema.responseDecode(1, schema.responseEncode(1, { r: "y" }))).toEqual({ r: "y" });
    expect(schema.responseEncode("ack")).toHaveLength(0);
    expect(schema.responseDecode("ack", bytes)).toBeUndefined();
  });

  test("are known, with their types", () => {
    const { schema } = kit();

    expect(schema.queryProto("echo")).toEqual({
      name: "echo",
      tag: 1,
      request: "echo.request",
      response: "echo.response",
    });
    expect(schema.queryProto(4)).toMatchObject({ request: undefined, response: "nil" });
    expect([schema.existProto("ack"), schema.existProto(3), schema.existProto(9)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([schema.existType("package"), schema.existType("echo")]).toEqual([true, false]);
  });
});
