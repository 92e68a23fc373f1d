// Launch allow: from what a launch says to permits, and which words of it are refused.

import type { LaunchOptions } from "isonet";
import { describe, expect, test } from "vitest";
import { readAllow } from "../../../services/host/launch-allow.ts";
import { checkAllowFits, readLaunchOptions } from "../../../services/host/launch-options.ts";
import { limits } from "../../../wire/limits.ts";
import { MessageKind } from "../../../wire/message-kind.ts";
import { noPermits } from "../../../wire/service-permits.ts";

const node = 3;

describe("allow", () => {
  test("that says nothing gives nothing", () => {
    expect(readAllow(undefined, node)).toEqual(noPermits);
    expect(readAllow({}, node)).toEqual(noPermits);
  });

  test("gives kinds by name and address, lua when it says none", () => {
    const { send } = readAllow(
      {
        send: [
          ".world",
          ":0200000c",
          ":1234",
          0x0300_0777,
          { to: ".gate", kinds: ["client", 20] },
          { to: ".gate" },
          { to: "*", kinds: [] },
        ],
      },
      node,
    );

    const lua = new Set([MessageKind.lua]);
    expect([...send]).toEqual([
      [".world", lua],
      [0x0200_000c, lua],
      [0x0300_1234, lua],
      [0x0300_0777, lua],
      [".gate", new Set([MessageKind.lua, MessageKind.client, 20])],
      ["*", new Set()],
    ]);
  });

  test("gives counts and settings", () => {
    expect(readAllow({ launch: 3, names: 2, env: ["level"] }, node)).toMatchObject({
      launchesMax: 3,
      namesMax: 2,
      env: new Set(["level"]),
    });
  });

  test("gives addresses of the network, each part itself or any", () => {
    const net = {
      connect: ["Example.com:443", "[::1]:80", "*:8080", "10.0.0.1:*"],
      listen: ["unix:/run/x"],
    };

    expect(readAllow({ net }, node).net).toEqual({
      connect: [
        { host: "example.com", port: 443 },
        { host: "::1", port: 80 },
        { host: "*", port: 8080 },
        { host: "10.0.0.1", port: "*" },
      ],
      listen: [{ host: "unix:/run/x", port: 0 }],
    });
    expect(readAllow({ net: {} }, node).net).toEqual({ connect: [], listen: [] });
  });

  test.each([
    [{ net: { dial: [] } }, "allow.net.dial is not known; connect, listen are"],
    [{ net: { connect: ["example.com"] } }, 'allow.net.connect[0] is "example.com": a host and'],
    [{ net: { listen: ["::1:80"] } }, 'allow.net.listen[0] is "::1:80": a host and a port'],
    [{ net: { listen: ["*:65536"] } }, 'allow.net.listen[0] is "*:65536": a host and a port'],
    [[], "allow is a list of 0: an object with send, launch, names, env, net is needed"],
    [{ sends: [] }, "allow.sends is not known; send, launch, names, env, net are"],
    [{ send: ".world" }, 'allow.send is ".world": a list of up to 256 entries'],
    [{ send: Array(limits.allowEntriesMax + 1).fill("a") }, "allow.send is a list of 257: a list"],
    [{ send: ["a", ""] }, 'allow.send[1] is "": a name'],
    [{ send: [0] }, "allow.send[0] is 0: a name"],
    [{ send: [":xyz"] }, 'allow.send[0] is ":xyz": a name'],
    [{ send: ["n".repeat(65)] }, "a name of up to 64 bytes, an address"],
    [{ send: [null] }, "allow.send[0] is object: an object with to, kinds"],
    [{ send: [{ kinds: [] }] }, "allow.send[0].to is undefined: a name"],
    [{ send: [{ to: "a", kind: 1 }] }, "allow.send[0].kind is not known; to, kinds are"],
    [{ send: [{ to: "a", kinds: ["luaa"] }] }, 'allow.send[0].kinds[0] is "luaa": one of text'],
    [{ send: [{ to: "a", kinds: [10, 256] }] }, "allow.send[0].kinds[1] is 256: one of"],
    [{ send: [{ to: "a", kinds: [MessageKind.system] }] }, "allow.send[0].kinds[0] is 4: one of"],
    [{ send: [{ to: "a", kinds: ["response"] }] }, 'allow.send[0].kinds[0] is "response"'],
    [{ launch: -1 }, "allow.launch is -1: a whole number from 0 to 64"],
    [{ names: 1.5 }, "allow.names is 1.5: a whole number from 0 to 64"],
    [{ env: [7] }, "allow.env[0] is 7: the key of a setting"],
  ])("%j is refused by its place", (allow, text) => {
    const options = { name: "agent", trust: "untrusted", allow };

    expect(() => readLaunchOptions(options)).toThrow(
      expect.objectContaining({
        code: "ARGUMENT_INVALID",
        message: expect.stringContaining(`launch option ${text.startsWith("allow") ? text : ""}`),
      }),
    );
    expect(() => readLaunchOptions(options)).toThrow(text);
  });

  test("is refused for a trusted service, which may do everything", () => {
    const options: LaunchOptions = { name: "agent", allow: {} };

    expect(() => checkAllowFits(options)).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID" }),
    );
    expect(() => checkAllowFits({ ...options, trust: "untrusted" })).not.toThrow();
  });
});
