// Caller rights: what an untrusted service may ask of the host's services; what counts for whom.
// Unit test of services/host/caller-rights.ts and launched.ts.

import type { Address, Allow, LaunchOptions } from "isonet";
import { describe, expect, test } from "vitest";
import { CallerRights } from "../../../services/host/caller-rights.ts";
import { Launched } from "../../../services/host/launched.ts";
import { readAllow } from "../../../services/host/launch-allow.ts";
import { NameTable } from "../../../src/kernel/names.ts";
import { limits } from "../../../wire/limits.ts";
import { fakeTerms } from "../../kit/kernel-kit.ts";

const guest = 0x0100_0101 as Address;
const trusted = 0x0100_0102 as Address;
const host = 0x0100_0003 as Address;

const terms = {
  ...fakeTerms,
  isTrusted: false,
  owner: "alice",
  memoryMb: 32,
  sliceMs: 50,
  cpuPerSecondMs: 250,
  mailboxDepthMax: 1024,
};
const missing = (text = "") =>
  expect.objectContaining({
    code: "CAPABILITY_MISSING",
    message: expect.stringContaining(text),
  });

class Kit {
  readonly launched = new Launched();
  readonly names = new NameTable();
  readonly rights = new CallerRights({
    launched: this.launched,
    isHostOwn: (address) => (address & 0xff_ffff) < 0x100,
    resolveName: (name) => this.names.resolve(name),
    namesOf: (address) => this.names.namesOf(address),
  });
  #last = 0x0100_1000;

  constructor(allow: Allow = {}) {
    this.launched.add(trusted, {
      terms: { ...fakeTerms, owner: "game" },
      permits: readAllow({}, 1),
      launcher: host,
    });
    this.add(guest, trusted, allow);
  }

  add(address: Address, launcher: Address, allow: Allow = {}): void {
    this.launched.add(address, { terms, permits: readAllow(allow, 1), launcher });
  }

  /** Launches as the launcher does; the address. */
  launch(source: Address, options: Partial<LaunchOptions> = {}): Address {
    const permits = readAllow(options.allow, 1);
    this.rights.checkLaunch(source, { name: "child", ...options }, permits);
    const address = ++this.#last as Address;
    this.launched.add(address, { terms, permits, launcher: source });
    return address;
  }

  checkLaunch(options: Partial<LaunchOptions>): LaunchOptions {
    const permits = readAllow(options.allow, 1);
    return this.rights.checkLaunch(guest, { name: "child", ...options }, permits);
  }
}

describe("the host's services and trusted ones", () => {
  test.each([
    ["the host", host],
    ["a trusted service", trusted],
    ["nobody", undefined],
  ])("%s may ask for everything", (_who, source) => {
    const { rights } = new Kit();
    const options: LaunchOptions = { name: "child", trust: "trusted", owner: "any", memoryMb: 512 };

    expect(rights.checkLaunch(source, options, readAllow({}, 1))).toBe(options);
    rights.checkKill(source, guest);
    rights.checkName(source, ".logger", guest);
    rights.checkQuery(source, ".any");
    rights.checkSetting(source, "any");
    rights.refuseUntrusted(source, "list");
  });
});

describe("an untrusted service that has ended", () => {
  test("may ask for nothing any more: its request may come after its end", () => {
    const kit = new Kit({ launch: 5 });

    kit.launched.ended(guest);

    expect(() => kit.launch(guest)).toThrow(missing("it has ended"));
    expect(() => kit.rights.checkSetting(guest, "any")).toThrow(missing());
  });
});

describe("a launch", () => {
  test("is refused without allow.launch", () => {
    expect(() => new Kit().launch(guest)).toThrow(
      missing("service :01000101 (owner alice) may not launch one more service: allow.launch is 0"),
    );
  });

  test("is the owner's, untrusted, with the launcher's limits", () => {
    expect(new Kit({ launch: 1 }).checkLaunch({ memoryMb: 16 })).toEqual({
      name: "child",
      trust: "untrusted",
      owner: "alice",
      memoryMb: 16,
      sliceMs: 50,
      cpuPerSecondMs: 250,
      mailboxMax: 1024,
    });
  });

  test.each([
    ["trusted", { trust: "trusted" }],
    ["for another owner", { owner: "bob" }],
    ["near another", { near: ".world" }],
    ["with more memory", { memoryMb: 33 }],
    ["with a longer slice", { sliceMs: 51 }],
    ["with more CPU time", { cpuPerSecondMs: 251 }],
    ["with a larger mailbox", { mailboxMax: 1025 }],
  ] satisfies [string, Partial<LaunchOptions>][])("%s is refused", (_what, options) => {
    const kit = new Kit({ launch: 1 });

    expect(() => kit.checkLaunch(options)).toThrow(missing());
    expect(kit.launched.refusalsOf(guest)).toBe(1);
  });

  test("with what it would have anyhow is not refused", () => {
    const options = new Kit({ launch: 1 }).checkLaunch({ trust: "untrusted", owner: "alice" });

    expect(options).toMatchObject({ trust: "untrusted", owner: "alice" });
  });

  test.each([
    ["a destination", { send: [".bank"] }],
    ["a kind", { send: [{ to: ".world", kinds: ["client"] }] }],
    ["anybody", { send: ["*"] }],
    ["launches", { launch: 3 }],
    ["names", { names: 2 }],
    ["a setting", { env: ["secret"] }],
    ["all settings", { env: ["*"] }],
    ["sockets", { net: {} }],
  ] satisfies [string, Allow][])("that gives on %s it has not is refused", (_what, allow) => {
    const kit = new Kit({ send: [".world"], launch: 2, names: 1, env: ["level"] });

    expect(() => kit.checkLaunch({ allow })).toThrow(missing("which its own allow does not cover"));
  });

  test("may give on what it has, and by * each service that is not the host's", () => {
    const kit = new Kit({ send: ["*"], launch: 2, names: 1, env: ["*"] });
    kit.names.bind(".world", trusted);
    kit.names.bind(".launcher", host);
    const rest = { launch: 2, names: 1, env: ["level"] };

    kit.checkLaunch({ allow: { send: ["*", ".world", trusted], ...rest } });

    expect(() => kit.checkLaunch({ allow: { send: [".launcher"] } })).toThrow(missing());
    expect(() => kit.checkLaunch({ allow: { send: [".nobody"] } })).toThrow(missing());
  });
});

describe("what counts for a launcher", () => {
  test("is its own launches, and theirs, while they live", () => {
    const kit = new Kit({ launch: 2 });
    const child = kit.launch(guest, { allow: { launch: 2 } });
    const grandchild = kit.launch(child);

    expect(() => kit.launch(child)).toThrow(missing("allow.launch of :01000101 above it is 2"));
    kit.launched.ended(grandchild);

    expect(() => kit.launch(guest)).not.toThrow();
  });

  test("stays when the one between ends", () => {
    const kit = new Kit({ launch: 2 });
    const child = kit.launch(guest, { allow: { launch: 2 } });
    kit.launch(child);

    kit.launched.ended(child);
    kit.launch(guest);

    expect(() => kit.launch(guest)).toThrow(missing());
  });

  test("is bounded for each owner, whoever of its services launches or ends", () => {
    const kit = new Kit({ launch: limits.ownerServicesMax });
    for (let index = 0; index < limits.ownerServicesMax; index++) kit.launch(guest);
    kit.launched.ended(guest);
    const again = 0x0100_0999 as Address;
    kit.add(again, trusted, { launch: 1 });

    expect(() => kit.launch(again)).toThrow(
      missing("64 of its owner's are alive (ownerServicesMax)"),
    );
  });
});

describe("an end", () => {
  test("may be ordered for what it has launched, at any depth, and for itself", () => {
    const kit = new Kit({ launch: 5 });
    const child = kit.launch(guest, { allow: { launch: 1 } });
    const grandchild = kit.launch(child);

    for (const target of [guest, child, grandchild]) kit.rights.checkKill(guest, target);

    expect(() => kit.rights.checkKill(child, guest)).toThrow(missing());
    expect(() => kit.rights.checkKill(guest, trusted)).toThrow(missing());
    expect(() => kit.rights.checkKill(guest, 0x0100_0fff as Address)).toThrow(missing());
  });
});

describe("a name", () => {
  test("is taken for oneself, as many as allow.names says", () => {
    const kit = new Kit({ names: 1 });

    kit.rights.checkName(guest, ".mine", guest);
    kit.names.bind(".mine", guest);

    expect(() => kit.rights.checkName(guest, ".more", guest)).toThrow(missing("allow.names is 1"));
    expect(() => kit.rights.checkName(guest, ".other", trusted)).toThrow(missing());
  });

  test.each([".console", ".launcher", ".random", ".snax"])(
    "of the host, %s, is refused, also where the host has no such service",
    (name) => {
      expect(() => new Kit({ names: 5 }).rights.checkName(guest, name, guest)).toThrow(
        missing("it is the host's"),
      );
    },
  );

  test("is refused with NAMES_FULL when the owner's services have ownerNamesMax", () => {
    const kit = new Kit({ names: 1 });
    const other = 0x0100_0111 as Address;
    kit.add(other, trusted, { names: limits.ownerNamesMax });
    for (let index = 0; index < limits.ownerNamesMax; index++) {
      kit.names.bind(`.n${index}`, other);
    }

    expect(() => kit.rights.checkName(guest, ".one", guest)).toThrow(
      expect.objectContaining({ code: "NAMES_FULL" }),
    );
  });

  test("may be asked for when the service may send to it, or knows it anyhow", () => {
    const kit = new Kit({ send: [".world"] });
    kit.names.bind(".mine", guest);
    kit.names.bind(".starter", trusted);
    kit.names.bind(".launcher", host);

    for (const name of [".world", ".mine", ".starter"]) kit.rights.checkQuery(guest, name);

    expect(() => kit.rights.checkQuery(guest, ".launcher")).toThrow(missing());
    expect(() => kit.rights.checkQuery(guest, ".bank")).toThrow(missing());
  });
});

describe("the end of a service", () => {
  test("may be waited for by those who may send to it", () => {
    const kit = new Kit({ send: [".world"], launch: 1 });
    const world = 0x0100_0200 as Address;
    const stranger = 0x0100_0201 as Address;
    kit.names.bind(".world", world);

    for (const target of [world, trusted, guest, kit.launch(guest)]) {
      kit.rights.checkWatch(guest, target);
    }

    expect(() => kit.rights.checkWatch(guest, stranger)).toThrow(missing());
    expect(() => kit.rights.checkWatch(guest, host)).toThrow(missing());
    new Kit({ send: ["*"] }).rights.checkWatch(guest, stranger);
  });
});

describe("a setting", () => {
  test("is read when allow.env names it", () => {
    new Kit({ env: ["level"] }).rights.checkSetting(guest, "level");
    new Kit({ env: ["*"] }).rights.checkSetting(guest, "any");

    expect(() => new Kit({ env: ["level"] }).rights.checkSetting(guest, "secret")).toThrow(
      missing("allow.env does not name it"),
    );
  });
});

describe("the network", () => {
  const net = { connect: ["example.com:443", "*:80"], listen: ["127.0.0.1:*"] };

  test("is used where allow.net says so", () => {
    const { rights } = new Kit({ net });

    expect(() => {
      rights.checkNet(guest, "connect", "EXAMPLE.com", 443);
      rights.checkNet(guest, "connect", "::1", 80);
      rights.checkNet(guest, "connect", "example.com");
      rights.checkNet(guest, "listen", "127.0.0.1", 0);
    }).not.toThrow();
  });

  test.each([
    ["connect", "example.com", 444, "connect to example.com:444: allow.net.connect"],
    ["connect", "127.0.0.1", 443, "connect to 127.0.0.1:443: allow.net.connect"],
    ["connect", "unix:/run/x", 0, "connect to unix:/run/x: allow.net.connect"],
    ["listen", "0.0.0.0", 80, "listen on 0.0.0.0:80: allow.net.listen"],
    ["listen", "::", 80, "listen on [::]:80: allow.net.listen"],
  ] as const)("is refused for %s %s %s", (way, name, port, text) => {
    const { rights } = new Kit({ net });

    expect(() => rights.checkNet(guest, way, name, port)).toThrow(missing(text));
  });

  test("is refused to a service without allow.net", () => {
    expect(() => new Kit({}).rights.checkNet(guest, "connect", "a", 1)).toThrow(
      missing("connect to a:1: allow.net.connect does not name it"),
    );
  });

  test("is given on as far as it reaches", () => {
    const { rights } = new Kit({ net, launch: 2 });
    const launch = (connect: string[]): unknown =>
      rights.checkLaunch(guest, { name: "child" }, readAllow({ net: { connect } }, 1));

    launch(["example.com:443", "other:80"]);
    expect(() => launch(["other:81"])).toThrow(missing("allow.net.connect other:81"));
    expect(() => launch(["example.com:*"])).toThrow(missing("allow.net.connect example.com:*"));
    expect(() => launch(["*:443"])).toThrow(missing("allow.net.connect *:443"));
  });
});
