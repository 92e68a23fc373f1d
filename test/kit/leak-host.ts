// Leak host: a host whose service `leaky` grows over its memory limit while an operator's session
// is open on it. A process of its own, for leak-while-inspected.test.ts.
// Parameters: what the operator does, how the service grows, and "trusted" or "untrusted". Writes
// what it sees, one line each; says "alive" when another service has answered afterwards.

import type { Address } from "isonet";
import { connect } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startHost } from "./host.ts";

const leaky = `import * as isonet from "isonet";
const kept = [];
function grow(count) {
  for (let i = 0; i < count; i++) kept.push({ i, list: [i] });
  return kept.length;
}
function rest() { return 1; }
isonet.commands({
  grow: (count) => grow(count),
  rest: () => rest(),
  fill: () => { for (;;) kept.push(new Array(1e5).fill(1.5)); },
  hoard: () => {
    const buffers = [];
    try { for (;;) buffers.push(new Uint8Array(256 * 1024)); } catch { kept.push(buffers); }
    return grow(6_000);
  },
  leap: () => { let list = [1, 2, 3]; for (;;) list = list.concat(list); },
  ping: () => "pong",
});`;

/** The log says so when the operator's session is open, or the console that there is none. */
const sessionOpens: Record<string, RegExp> = {
  profile: /INSPECT begins: a CPU profile|near its memory limit/,
  sample: /INSPECT begins: samples of allocations/,
  inject: /INSPECT begins: an injection/,
  debug: /Enter debug mode/,
  collect: /MEMORY_LIMIT|<CMD/,
  none: /<CMD OK>/,
};
const patienceMs = 30_000;

const pause = (ms: number): Promise<void> => new Promise((go) => void setTimeout(go, ms));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const [command = "", growth = "", trust = ""] = process.argv.slice(2);
const options = { shards: 1, cells: 1, memoryMb: 32, console: { host: "127.0.0.1", port: 0 } };
await using running = await startHost({ leaky, other: leaky }, options);
const { isonet, host, directory } = running;
const owner = trust === "untrusted" ? { trust, owner: "ann", cpuPerSecondMs: 1000 } : {};
const order = { name: "leaky", ...owner } as { name: string };
const service = (await isonet.newService(order)) as Address;
const other = (await isonet.newService("other")) as Address;
const port = host.listeners.find(({ what }) => what === "console")?.port ?? 0;
const who = isonet.address(service);
const script = path.join(directory, "script.js");
writeFileSync(script, "print('in')");

await isonet.call(service, "lua", "rest");
const socket = connect(port, "127.0.0.1");
let text = "";
socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
const lines: Record<string, string> = {
  profile: `profile ${who} 20`,
  sample: `sample ${who} 20`,
  inject: `inject ${who} ${script} --at rest:7`,
  debug: `debug ${who}`,
  collect: `gc ${who}`,
  none: "list",
};
if (growth === "hoard") await isonet.call(service, "lua", "hoard");
if (growth === "before")
  for (let calls = 0; calls < 14; calls++) await isonet.call(service, "lua", "grow", 20_000);
socket.write(`${lines[command]}\n`);
const readLog = (): string => readFileSync(path.join(directory, "host.log"), "utf8");
const opens = sessionOpens[command] as RegExp;
for (const endMs = Date.now() + patienceMs; !opens.test(text + readLog()); await pause(20))
  if (Date.now() > endMs) throw new Error(`no session of ${command} opens:\n${text}${readLog()}`);

let failure: unknown;
if (growth === "before") say(`service: ${String(await isonet.call(service, "lua", "ping"))}`);
for (let calls = 0; failure === undefined && calls < 5000; calls++) {
  const message =
    growth === "turns" || growth === "before"
      ? (["grow", trust === "untrusted" ? 2000 : 20_000] as const)
      : ([growth] as const);
  try {
    await isonet.call(service, "lua", ...message);
  } catch (error) {
    if ((error as { code?: string }).code !== "SLICE_EXCEEDED") failure = error;
  }
}
say(`ended: ${String((failure as { code?: string }).code)} ${String(failure)}`);
say(`other: ${String(await isonet.call(other, "lua", "ping"))}`);
for (let looks = 0; looks < 100 && !/memory limit|CELL_LOST/.test(text); looks++) await pause(50);
socket.end();
say(text);
say(readLog());
say("alive");
