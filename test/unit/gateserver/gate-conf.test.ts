// Gate conf: what `open` asks for, with what is left open, and what is refused.

import { describe, expect, test } from "vitest";
import { checkConf } from "../../../library/gateserver/gate-conf.ts";

describe("a gate's conf", () => {
  test("has Skynet's defaults", () => {
    expect(checkConf({ port: 8888 })).toEqual({
      address: "0.0.0.0",
      port: 8888,
      maxclient: 1024,
      nodelay: true,
      backlog: 32,
      frames: { lengthBytes: 2, frameBytesMax: 65_535, idleMs: 0, websocket: undefined },
      limits: { connectsPerSecondMax: 10_000, connectionsMax: 0 },
    });
  });

  test("has frames of up to 16 MiB less one with a length of four bytes", () => {
    expect(checkConf({ port: 0, lengthBytes: 4 }).frames.frameBytesMax).toBe(16_777_215);
  });

  test.each([
    [true, { path: undefined, origins: undefined, sendsText: false }],
    ["/game", { path: "/game", origins: undefined, sendsText: false }],
    [
      { origins: ["https://example.com"], sendsText: true },
      { path: undefined, origins: ["https://example.com"], sendsText: true },
    ],
    [false, undefined],
  ])("takes websocket %j", (websocket, terms) => {
    expect(checkConf({ port: 0, websocket }).frames.websocket).toEqual(terms);
  });

  test.each([
    [undefined, "the conf of open"],
    [{}, "port"],
    [{ port: 65_536 }, "port"],
    [{ port: "8888" }, "port"],
    [{ port: 0, address: 7 }, "address"],
    [{ port: 0, maxclient: 0 }, "maxclient"],
    [{ port: 0, maxclient: 1.5 }, "maxclient"],
    [{ port: 0, backlog: 5000 }, "backlog"],
    [{ port: 0, lengthBytes: 3 }, "lengthBytes"],
    [{ port: 0, frameBytesMax: 65_536 }, "frameBytesMax"],
    [{ port: 0, idleMs: -1 }, "idleMs"],
    [{ port: 0, connectsPerSecond: null }, "connectsPerSecond"],
    [{ port: 0, connectionsPerAddress: 1e9 }, "connectionsPerAddress"],
    [{ port: 0, websocket: 7 }, "websocket"],
    [{ port: 0, websocket: "game" }, "websocket.path"],
    [{ port: 0, websocket: { origins: "https://example.com" } }, "websocket.origins"],
  ])("that is %j is refused for its %s", (conf, what) => {
    expect(() => checkConf(conf)).toThrow(
      expect.objectContaining({
        code: "ARGUMENT_INVALID",
        message: expect.stringContaining(what) as string,
      }),
    );
  });
});
