// DevTools: a real WebSocket client on a service in a shard and in a cell, spinning ones, lost
// connections, and the bounds of a pause, while others answer all the while.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";
import { ProtocolSocket } from "../kit/protocol-socket.ts";

const counter = `import { commands, sleep } from "isonet";
let count = 0;
commands({
  add: (by: number) => {
    const before = count;
    count = before + by;
    return count;
  },
  count: () => count,
  spin: () => {
    for (;;) count++;
  },
});
`;

type Start = readonly (readonly [method: string, params: object])[];

/** As Chromium 150 sends them. */
const chromeStart: Start = [
  ["Network.enable", { maxPostDataSize: 65_536, reportDirectSocketTraffic: true }],
  ["Network.setAttachDebugStack", { enabled: true }],
  ["Runtime.enable", {}],
  ["Debugger.enable", { maxScriptsCacheSize: 10_000_000 }],
  ["Debugger.setPauseOnExceptions", { state: "none" }],
  ["Debugger.setAsyncCallStackDepth", { maxDepth: 32 }],
  ["Profiler.enable", {}],
  ["Network.setBlockedURLs", { urlPatterns: [] }],
  ["Network.emulateNetworkConditionsByRule", { offline: false, matchedNetworkConditions: [] }],
  ["Network.overrideNetworkState", { offline: false, latency: 0, downloadThroughput: -1 }],
  ["Network.clearAcceptedEncodingsOverride", {}],
  ["Debugger.setBlackboxPatterns", { patterns: ["/node_modules/|^node:"], skipAnonymous: false }],
  ["Runtime.runIfWaitingForDebugger", {}],
];

/** As the sources of js-debug of August 2026 send them. */
const codeStart: Start = [
  ["NodeWorker.enable", { waitForDebuggerOnStart: true }],
  ["Runtime.enable", {}],
  ["Debugger.enable", {}],
  // Waits for 12 s when it hears that there is no process, and not when there is no context.
  ["Runtime.evaluate", { contextId: 1, returnByValue: true, expression: "typeof process" }],
  ["Profiler.enable", {}],
  ["Debugger.setPauseOnExceptions", { state: "none" }],
  ["Debugger.setAsyncCallStackDepth", { maxDepth: 32 }],
  ["Debugger.setBlackboxPatterns", { patterns: ["^node:"] }],
  [
    "Debugger.setInstrumentationBreakpoint",
    { instrumentation: "beforeScriptWithSourceMapExecution" },
  ],
  ["Runtime.runIfWaitingForDebugger", {}],
];

let running: TestHost;
let port = 0;

beforeAll(async () => {
  running = await startHost(
    { counter },
    { shards: 1, cells: 1, console: { port: 0 }, turnMsMax: 60_000 },
  );
  port = running.host.listeners[0]?.port ?? 0;
}, 30_000);

afterAll(() => running[Symbol.asyncDispose]());

function ask(command: string, ...values: string[]): Promise<Record<string, never>> {
  return post({ command, arguments: values });
}

async function post(body: object): Promise<Record<string, never>> {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, never>;
}

async function endpoint(address: Address, ...rest: string[]): Promise<string> {
  const answer = await ask("devtools", running.isonet.address(address), ...rest);
  const { websocket } = answer["result"] as unknown as { websocket: string };
  opened.set(address, websocket);
  return websocket;
}

async function attached(address: Address, ...rest: string[]): Promise<ProtocolSocket> {
  const socket = await new ProtocolSocket(await endpoint(address, ...rest)).opened();
  await socket.ask("Runtime.enable");
  await socket.ask("Debugger.enable");
  return socket;
}

async function spawn(trust: "trusted" | "untrusted"): Promise<Address> {
  const order =
    trust === "trusted" ? { name: "counter" } : { name: "counter", trust, owner: "ann" };
  return (await running.isonet.newService(order)) as Address;
}

/** A breakpoint where count is set. */
async function breakAtAdd(socket: ProtocolSocket): Promise<void> {
  const answer = await socket.ask("Debugger.setBreakpointByUrl", {
    lineNumber: 5,
    urlRegex: "counter\\.ts$",
  });
  expect(answer.error).toBeUndefined();
}

describe.each(["trusted", "untrusted"] as const)("a debugger on a service that is %s", (trust) => {
  test("stops it alone, sees and changes its locals, and lets it go on", async () => {
    const { isonet } = running;
    const [service, other] = [await spawn(trust), await spawn(trust)];
    const socket = await attached(service);
    await breakAtAdd(socket);
    const stopped = isonet.call(service, "lua", "add", 5);

    const { params } = await socket.saw("Debugger.paused");
    const [frame] = params["callFrames"] as unknown as [{ callFrameId: string }];
    let answered = 0;
    for (let left = 200; left > 0; left--) {
      await isonet.call(other, "lua", "add", 1);
      answered++;
    }
    const { callFrameId } = frame;
    const expression = "by = by + 100, before + by";
    const value = await socket.ask("Debugger.evaluateOnCallFrame", { callFrameId, expression });
    await socket.ask("Debugger.resume");

    expect(answered).toBe(200);
    expect(value.result?.["result"]).toMatchObject({ value: 105 });
    expect(await stopped).toBe(105);
    socket.drop();
    await goesOn(service);
  });

  test("that is lost while it is stopped frees it, and its turns are synchronous again", async () => {
    const { isonet } = running;
    const service = await spawn(trust);
    const socket = await attached(service);
    await breakAtAdd(socket);
    const stopped = isonet.call(service, "lua", "add", 5);
    await socket.saw("Debugger.paused");
    socket.drop();

    expect(await stopped).toBe(5);
    await goesOn(service);
    expect(await isonet.call(service, "lua", "add", 1)).toBe(6);
  });

  test("keeps others away meanwhile, who are told so", async () => {
    const { isonet } = running;
    const service = await spawn(trust);
    const socket = await attached(service);
    const second = new ProtocolSocket(await endpointOf(service));
    const who = isonet.address(service);

    expect(await second.closed).toMatch(/another client is connected/);
    expect(await ask("debug", who)).toMatchObject({ ok: false });
    socket.drop();
    await goesOn(service);
  });

  test("attaches to one that spins, which is interrupted first", async () => {
    const { isonet } = running;
    const service = await spawn(trust);
    const spinning = isonet.call(service, "lua", "spin").catch((error: { code: string }) => error);
    const socket = await attached(service);

    expect(await spinning).toMatchObject({ code: "SLICE_EXCEEDED" });
    const again = isonet.call(service, "lua", "spin").catch((error: { code: string }) => error);
    await isonet.sleep(5);
    await socket.ask("Debugger.pause");
    await socket.saw("Debugger.paused");
    socket.drop();
    expect(await again).toMatchObject({ code: "SLICE_EXCEEDED" });
    await goesOn(service);
  }, 20_000);

  test("that stops it for longer than it may is sent away, and it goes on", async () => {
    const { isonet } = running;
    const service = await spawn(trust);
    const socket = await attached(service, "full", "1");
    await breakAtAdd(socket);
    const stopped = isonet.call(service, "lua", "add", 5);
    await socket.saw("Debugger.paused");

    expect(await socket.closed).toMatch(/debugPauseMsMax/);
    expect(await stopped).toBe(5);
  });

  test("does not keep a service from being killed while it is stopped", async () => {
    const { isonet } = running;
    const service = await spawn(trust);
    const socket = await attached(service);
    await breakAtAdd(socket);
    const stopped = isonet
      .call(service, "lua", "add", 5)
      .catch((error: { code: string }) => error.code);
    await socket.saw("Debugger.paused");
    await isonet.call(".launcher", "lua", "kill", service);

    expect([5, "ADDRESS_DEAD"]).toContain(await stopped);
    await socket.closed;
    await expect(isonet.call(service, "lua", "count")).rejects.toMatchObject({
      code: "ADDRESS_DEAD",
    });
  });
});

describe("an endpoint", () => {
  test("lists its service, and lets in neither pages nor clients without its token", async () => {
    const service = await spawn("trusted");
    const url = await endpoint(service, "view");
    const { host, pathname } = new URL(url);
    const list = await fetch(`http://${host}/json/list`);
    const version = await fetch(`http://${host}/json/version`);
    const page = { Origin: "https://evil.example" };

    expect(await list.json()).toMatchObject([{ webSocketDebuggerUrl: url }]);
    expect(await version.json()).toMatchObject({ "Protocol-Version": "1.3" });
    expect((await fetch(`http://${host}/json/list`, { headers: page })).status).toBe(403);
    expect(await new ProtocolSocket(url, page).closed).toMatch(/403/);
    const stranger = new ProtocolSocket(url.replace(pathname, "/guessed"));
    expect(await stranger.closed).toMatch(/no such endpoint/);
    expect(list.headers.get("content-length")).toMatch(/^\d+$/);
    const { status } = await fetch(`http://${host}//`);
    expect(status).toBe(404);
    expect(await new ProtocolSocket(`ws://${host}//`).closed).toMatch(/no such endpoint/);
  });

  test.each([
    ["Chrome DevTools", chromeStart, 6],
    ["VS Code", codeStart, 2],
  ])("answers everything that %s asks at its start", async (_, start, unknown) => {
    const service = await spawn("trusted");
    const socket = await new ProtocolSocket(await endpoint(service)).opened();
    const answers = await Promise.all(start.map(([method, params]) => socket.ask(method, params)));
    const parsed = await socket.saw("Debugger.scriptParsed");
    const failed = answers.filter(({ error }) => error !== undefined);

    expect(parsed.params["url"]).toBe("isonet:runtime");
    expect(failed).toHaveLength(unknown);
    for (const { error } of failed) {
      expect(error?.message).toMatch(/^'(Network|NodeWorker)\.|^Cannot find context/);
    }
    socket.drop();
    await goesOn(service);
  });

  test("that is for looking runs no code", async () => {
    const service = await spawn("trusted");
    const socket = await attached(service, "view");
    const answer = await socket.ask("Runtime.evaluate", { expression: "1" });

    expect(answer.error?.message).toMatch(/NOT_PERMITTED: Runtime\.evaluate/);
    socket.drop();
    await goesOn(service);
  });

  test("does not wait for a promise that an expression awaits for ever", async () => {
    const service = await spawn("untrusted");
    const socket = await attached(service);
    const never = { expression: "new Promise(() => {})", awaitPromise: true };
    void socket.ask("Runtime.evaluate", never);
    const answer = await socket.ask("Runtime.evaluate", { expression: "1" });
    expect(answer.result?.["result"]).toMatchObject({ value: 1 });
    socket.drop();
    await goesOn(service);
  });

  test("closes when the host is asked to", async () => {
    const service = await spawn("trusted");
    const socket = await attached(service);
    const answer = await ask("devtools", running.isonet.address(service), "off");

    expect(answer).toMatchObject({ ok: true, result: true });
    expect(await socket.closed).toMatch(/closed by an operator/);
    await goesOn(service);
  });

  test("leaves inject to say that a debugger is attached", async () => {
    const service = await spawn("untrusted");
    const socket = await attached(service);
    const who = running.isonet.address(service);

    const body = { command: "inject", arguments: [who, "x.js"], source: "1" };
    expect(await post(body)).toMatchObject({ code: "DEBUGGER_ATTACHED" });
    expect(await ask("gc", who)).toMatchObject({ result: { [who]: "ERROR" } });
    socket.drop();
    await goesOn(service);
    expect(await post(body)).toMatchObject({ ok: true });
  });
});

async function endpointOf(address: Address): Promise<string> {
  const log = readFileSync(path.join(running.directory, "host.log"), "utf8");
  expect(log).toContain("Enter debug mode");
  return opened.get(address) ?? "";
}
const opened = new Map<Address, string>();

/** Waits until nobody debugs it, and calls it. */
async function goesOn(service: Address): Promise<void> {
  const { isonet } = running;
  for (let tries = 100; tries > 0; tries--) {
    const who = isonet.address(service);
    const answer = await post({ command: "inject", arguments: [who, "x.js"], source: "1" });
    if (!/DEBUGGER_ATTACHED/.test(JSON.stringify(answer))) break;
    await isonet.sleep(2);
  }
  expect(await isonet.call(service, "lua", "count")).toEqual(expect.any(Number));
}
