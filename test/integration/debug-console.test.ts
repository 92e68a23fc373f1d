// Debugging on the console: Skynet's remote debugger over a real TCP connection.

import { PassThrough } from "node:stream";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runConsole } from "../../src/command/console-client.ts";
import { startHost, type TestHost } from "../kit/host.ts";
import { LineClient } from "../kit/line-client.ts";

const shop = `import { commands } from "isonet";
let stock = 10;
function left(bought: number): number {
  const rest = stock - bought;
  return rest;
}
commands({
  buy: (count: number) => {
    const rest = left(count);
    stock = rest;
    return stock;
  },
});
`;

let running: TestHost;
let port = 0;

beforeAll(async () => {
  running = await startHost({ shop }, { shards: 1, cells: 1, console: { port: 0 } });
  port = running.host.listeners[0]?.port ?? 0;
}, 30_000);

afterAll(() => running[Symbol.asyncDispose]());

async function spawn(trust: string): Promise<Address> {
  const order = trust === "trusted" ? { name: "shop" } : { name: "shop", trust, owner: "ann" };
  return (await running.isonet.newService(order as { name: string })) as Address;
}

describe.each(["trusted", "untrusted"])("debug ADDRESS of a service that is %s", (trust) => {
  test("watches, steps, shows and sets locals, and leaves", async () => {
    const { isonet } = running;
    const service = await spawn(trust);
    const who = isonet.address(service);
    using operator = new LineClient("operator", port);
    await operator.saw(/Welcome/);
    operator.send(`debug ${who}`);
    await operator.saw(new RegExp(`${who}>`));
    operator.send("stock");
    await operator.saw(/10\n/);
    operator.send("watch lua args[0] === 'buy' && args[1] > 1");
    await operator.saw(/waits for a message of lua/);

    expect(await isonet.call(service, "lua", "buy", 1)).toBe(9);
    const bought = isonet.call(service, "lua", "buy", 3);
    await operator.saw(/shop\.ts\(9\)>/);
    operator.send("p count");
    await operator.saw(/3\n/);
    operator.send("s");
    await operator.saw(/shop\.ts\(4\)>/);
    operator.send("bt");
    await operator.saw(/left shop\.ts\(4\)\n.*shop\.ts\(9\)/);
    operator.send("bought = 4");
    await operator.saw(/4\n/);
    operator.send("n");
    await operator.saw(/shop\.ts\(5\)>/);
    operator.send("p");
    await operator.saw(/rest\t5/);
    operator.send("c");

    expect(await bought).toBe(5);
    operator.send("cont");
    await operator.saw(/<CMD OK>/);
    operator.send(`ping ${who}`);
    await operator.saw(/<CMD OK>/);
  });

  test("is a conversation in isonet console, too, with commands before and behind it", async () => {
    const who = running.isonet.address(await spawn(trust));
    const [input, output] = [new PassThrough(), new PassThrough()];
    const place = { host: "127.0.0.1", port };
    input.end(`list\ndebug ${who}\nstock\ncont\ngetenv none\n`);

    expect(await runConsole(place, { input, output })).toBe(0);
    const text = String(output.read());
    expect(text.split("<CMD OK>\n")).toEqual([
      expect.stringContaining(`${who}\tshop\n`),
      `${who}>10\n${who}>`,
      "",
      "",
    ]);
  });

  test("refuses a second debugger, and a dropped connection frees the service", async () => {
    const { isonet } = running;
    const service = await spawn(trust);
    const who = isonet.address(service);
    const first = new LineClient("first", port);
    await first.saw(/Welcome/);
    first.send(`debug ${who}`);
    await first.saw(/>/);
    first.send("watch lua");
    await first.saw(/waits/);
    const bought = isonet.call(service, "lua", "buy", 3);
    await first.saw(/shop\.ts\(9\)>/);
    using second = new LineClient("second", port);
    await second.saw(/Welcome/);
    second.send(`debug ${who}`);
    await second.saw(/DEBUGGER_ATTACHED: a debugger is attached to .*console 127/);
    first.destroy();

    expect(await bought).toBe(7);
  });

  test("lets the service go when the time to stop it is over, and says so", async () => {
    const { isonet } = running;
    const service = await spawn(trust);
    using operator = new LineClient("operator", port);
    await operator.saw(/Welcome/);
    operator.send(`debug ${isonet.address(service)} 1`);
    await operator.saw(/>/);
    operator.send("watch('lua')");
    await operator.saw(/waits/);
    const bought = isonet.call(service, "lua", "buy", 3);
    await operator.saw(/shop\.ts\(9\)>/);

    await operator.saw(/the service goes on: paused for 1000 ms \(debugPauseMsMax\)/);
    expect(await bought).toBe(7);
    await operator.saw(/<CMD OK>/);
  });
});
