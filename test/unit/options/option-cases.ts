// Option cases: what is accepted and refused, one row for each reason.
// Read by resolve-options.test.ts; paths start from /base.

import path from "node:path";
import { isolateCeiling } from "../../../src/engine/ceiling.ts";
import type { HostOptions } from "../../../src/options.ts";

const guest = path.resolve(import.meta.dirname, "../../../services/guest/?.ts");

type Accepted = { readonly what: string; readonly given: HostOptions; readonly resolved: object };

export const acceptedOptions: readonly Accepted[] = [
  {
    what: "a service path parted by semicolons, and puts the package's own services last",
    given: { servicePath: "a/?.ts;/b/?/main.mjs" },
    resolved: { servicePath: ["/base/a/?.ts", "/b/?/main.mjs", guest] },
  },
  {
    what: "a service path as a list",
    given: { servicePath: ["./?.js"] },
    resolved: { servicePath: ["/base/?.js", guest] },
  },
  {
    what: "a first service with arguments after its name",
    given: { start: " main  7 blue " },
    resolved: { start: { name: "main", args: ["7", "blue"] } },
  },
  {
    what: "a first service with arguments of any kind",
    given: { start: { name: "main", args: [{ deep: true }] } },
    resolved: { start: { name: "main", args: [{ deep: true }] } },
  },
  {
    what: "endpoints for DevTools on another port",
    given: { devtools: { port: 9229 } },
    resolved: { devtools: { host: "127.0.0.1", port: 9229 } },
  },
  { what: "no console", given: { console: false }, resolved: { console: false } },
  {
    what: "a console with another port only",
    given: { console: { port: 0 } },
    resolved: { console: { host: "127.0.0.1", port: 0 } },
  },
  {
    what: "a log file, from the base directory",
    given: { log: { file: "logs/a.log" } },
    resolved: { log: { file: "/base/logs/a.log", format: "auto", level: "info" } },
  },
  {
    what: "numbers and booleans as settings, and makes them texts",
    given: { env: { depth: 3, dark: true, name: "n" } },
    resolved: { env: { depth: "3", dark: "true", name: "n" } },
  },
  {
    what: "the least of each number",
    given: { node: 1, shards: 1, memoryMb: 8, callTimeoutMs: 0, turnMsMax: 0, warmIsolates: 0 },
    resolved: { node: 1, shards: 1, memoryMb: 8, callTimeoutMs: 0, turnMsMax: 0, warmIsolates: 0 },
  },
  {
    what: "the most of each number",
    given: { node: 255, shards: 64, memoryMb: 16_384, callTimeoutMs: 2_147_483_647 },
    resolved: { node: 255, shards: 64, memoryMb: 16_384, callTimeoutMs: 2_147_483_647 },
  },
  {
    what: "an undefined option as one left out",
    given: { node: undefined },
    resolved: { node: 1 },
  },
];

type Refused = {
  readonly what: string;
  readonly given: unknown;
  readonly message: RegExp | string;
};

const none: readonly Refused[] = [];

export const refusedOptions: readonly Refused[] = [
  ...none,
  {
    what: "a directory of profiles that is no path",
    given: { profileDirectory: "" },
    message: /^profileDirectory: got ''; allowed: the path of a directory/,
  },
  {
    what: "a directory for recordings that is no text",
    given: { recordPath: "" },
    message: /^recordPath: got ''; allowed: the path of a directory/,
  },
  {
    what: "a switch that is neither true nor false",
    given: { spans: 1 as never },
    message: /^spans: got 1; allowed: true or false$/,
  },
  {
    what: "a key it does not know, with the key that was meant and all keys",
    given: { shard: 3 },
    message: /^unknown key "shard"; did you mean "shards"\? The keys are node, shards, .*env/,
  },
  {
    what: "Skynet's name of a key, with ours",
    given: { thread: 8 },
    message: /^unknown key "thread"; did you mean "shards"\?/,
  },
  {
    what: "a key like no other, without a guess",
    given: { zzzzzz: 1 },
    message: /^unknown key "zzzzzz"\. The keys are/,
  },
  {
    what: "an unknown key of the console",
    given: { console: { prot: 9 } },
    message: 'unknown key "console.prot"; did you mean "port"? The keys are host, port.',
  },
  { what: "node 0", given: { node: 0 }, message: "node: got 0; allowed: a whole number, 1 to 255" },
  { what: "node 256", given: { node: 256 }, message: /^node: got 256; allowed: .* 1 to 255$/ },
  { what: "null", given: { node: null }, message: /^node: got null; allowed/ },
  {
    what: "a text for a number",
    given: { shards: "four" },
    message: "shards: got 'four'; allowed: a whole number, 1 to 64",
  },
  { what: "half a shard", given: { shards: 1.5 }, message: /^shards: got 1\.5/ },
  {
    what: "a service path without a place for the name",
    given: { servicePath: ["./services/main.ts"] },
    message: /^servicePath: got '\.\/services\/main\.ts'; allowed: patterns with a "\?"/,
  },
  { what: "an empty service path", given: { servicePath: [] }, message: /^servicePath: got \[\]/ },
  { what: "a first service that is no text", given: { start: 5 }, message: /^start: got 5; / },
  { what: "a first service of spaces", given: { start: "  " }, message: /^start: got ' {2}'/ },
  {
    what: "a first service with an unknown key",
    given: { start: { name: "main", arg: 1 } },
    message: /^start: got \{ name: 'main', arg: 1 \}; allowed: .*\{ name, args \}$/,
  },
  { what: "too little memory", given: { memoryMb: 7 }, message: /a whole number of MiB, 8 to/ },
  { what: "a mailbox of 15", given: { mailboxDepthMax: 15 }, message: /of messages, 16 to/ },
  { what: "a mailbox of few bytes", given: { mailboxBytesMax: 1 }, message: /of bytes, 65536 to/ },
  { what: "a tiny message", given: { messageBytesMax: 1023 }, message: /of bytes, 1024 to/ },
  {
    what: "a message that fits no mailbox",
    given: { messageBytesMax: 2_000_000, mailboxBytesMax: 1_000_000 },
    message: /^messageBytesMax \(2000000\) is over mailboxBytesMax \(1000000\)/,
  },
  {
    what: "a call timeout no timer takes",
    given: { callTimeoutMs: 2_147_483_648 },
    message: /^callTimeoutMs: .* of milliseconds, 0 to 2147483647 \(0: for ever\)$/,
  },
  { what: "a turn of minus one", given: { turnMsMax: -1 }, message: /\(0: never\)$/ },
  { what: "no time to start", given: { startMsMax: 0 }, message: /of milliseconds, 10 to/ },
  {
    what: "a batch weight that Skynet has not",
    given: { batchWeight: 4 },
    message: "batchWeight: got 4; allowed: -1, 0, 1, 2, 3",
  },
  { what: "more cells than there can be", given: { cells: 65 }, message: /^cells: got 65/ },
  { what: "too many warm cells", given: { warmCells: 9 }, message: /^warmCells: got 9/ },
  { what: "a cell for nobody", given: { cellServicesMax: 0 }, message: /^cellServicesMax: got 0/ },
  { what: "too short a stall", given: { cellStallMs: 99 }, message: /^cellStallMs: got 99/ },
  { what: "too small a cell", given: { cellMemoryMb: 255 }, message: /^cellMemoryMb: got 255/ },
  { what: "a cell too young", given: { cellAgeMs: 999 }, message: /^cellAgeMs: got 999.*never\)$/ },
  { what: "a heap V8 cannot start in", given: { untrustedMemoryMb: 7 }, message: /to 1024$/ },
  { what: "a mailbox too small", given: { untrustedMailboxMax: 15 }, message: /, 16 to 65536$/ },
  { what: "a slice too short", given: { sliceMs: 9 }, message: /^sliceMs: got 9; .* 10 to 5000$/ },
  { what: "no CPU time", given: { cpuPerSecondMs: 0 }, message: /^cpuPerSecondMs: got 0/ },
  { what: "sends below none", given: { sendsPerSecondMax: -1 }, message: /^sendsPerSecondMax/ },
  { what: "half a pool", given: { warmIsolates: 0.5 }, message: /^warmIsolates: got 0\.5/ },
  {
    what: "more warm isolates than isolates",
    given: { warmIsolates: 6, shards: 2, isolatesMax: 11 },
    message: /^warmIsolates \(6\) on each of 2 shards makes 12 isolates, over isolatesMax \(11\)/,
  },
  {
    what: "more isolates than the machine has memory maps for",
    given: { isolatesMax: isolateCeiling() + 1 },
    message: /vm\.max_map_count of this machine/,
  },
  { what: "endpoints that are true", given: { devtools: true }, message: /^devtools: got true/ },
  { what: "a console that is true", given: { console: true }, message: /allowed: false, or an/ },
  { what: "a port out of range", given: { console: { port: 65_536 } }, message: /^console\.port/ },
  {
    what: "a console nowhere",
    given: { console: { host: "" } },
    message: /^console\.host: got ''/,
  },
  { what: "a log that is a text", given: { log: "a.log" }, message: /^log: got 'a\.log'; allowed/ },
  {
    what: "a log file that is a number",
    given: { log: { file: 3 } },
    message: /^log\.file: got 3/,
  },
  {
    what: "an unknown level of the log, with the one that was meant",
    given: { log: { level: "wran" } },
    message: /^log\.level: got 'wran'; allowed: .*; did you mean "warn"\?$/,
  },
  { what: "a list as settings", given: { env: ["a"] }, message: /^env: got \[ 'a' \]/ },
  { what: "a setting that is an object", given: { env: { a: {} } }, message: /^env\.a: got \{\}/ },
  { what: "a setting's key with a space", given: { env: { "a b": 1 } }, message: /no spaces/ },
  { what: "a list in place of options", given: [], message: /^the configuration: got \[\]/ },
];
