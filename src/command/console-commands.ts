// Console commands: one command of a running host's console, from a shell.
// Main thread of the isonet command. Hung into the program by console.ts.
// Invariant: exit code 0 when the host did it, 1 when it said no, 2 when there was no host to ask.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { readLiterals } from "../../services/host/console/literals.ts";
import { safeText } from "../../services/host/console/safe-text.ts";
import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { consolePlace, takesPlace, type PlaceArguments } from "./console-place.ts";
import {
  askConsole,
  type ConsoleAnswer,
  type ConsoleCommand,
  type ConsolePlace,
} from "./console-request.ts";
import * as views from "./console-views.ts";
import * as containment from "./containment-views.ts";
import * as insight from "./insight-views.ts";
import * as hotfix from "./hotfix-views.ts";
import { netstatView } from "./net-views.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Program } from "./program.ts";
import { results } from "./results.ts";
import { say } from "./say.ts";

type Words = readonly string[];

type OneShot = {
  /** Its arguments, as commander writes them. */
  readonly usage: string;
  readonly summary: string;
  readonly view: views.View;
  /** Left out of the list of commands. */
  readonly isHidden?: true;
  /** Shows the names of services beside their addresses. */
  readonly hasNames?: true;
  /** The command to send; by default the words as they are. */
  readonly order?: (words: Words) => ConsoleCommand | Promise<ConsoleCommand>;
  /** Options beside those of every command, each passed on as the words it was given as. */
  readonly flags?: readonly (readonly [flag: string, summary: string])[];
  /** Why the answer is a refusal although the host had none. */
  readonly refusal?: (result: unknown) => string | undefined;
};

const { valueView, taskView } = views;

const oneShots: Readonly<Record<string, OneShot>> = {
  list: { usage: "", summary: "services that run", view: views.listView },
  stat: {
    usage: "[address] [ticks]",
    summary: "what services do, busiest first",
    view: views.statView,
    hasNames: true,
  },
  mem: {
    usage: "[address] [ticks]",
    summary: "heaps of services, largest first",
    flags: [["--by <what>", "totals by owner, module or cell"]],
    view: (result, names) =>
      Array.isArray(result) ? insight.groupsView(result, names) : views.memView(result, names),
    hasNames: true,
  },
  gc: {
    usage: "[address] [ticks]",
    summary: "collect garbage",
    view: views.gcView,
    hasNames: true,
  },
  timeouts: {
    usage: "[address] [ticks]",
    summary: "timers services wait for",
    view: views.timeoutsView,
    hasNames: true,
  },
  cmem: {
    usage: "[address] [ticks]",
    summary: "memory outside the heaps",
    view: views.cmemView,
    hasNames: true,
  },
  jmem: { usage: "", summary: "memory of the host process", view: views.memoryView },
  service: { usage: "", summary: "unique services", view: views.pairsView },
  names: { usage: "", summary: "names of services", view: views.pairsView },
  dashboard: {
    usage: "",
    summary: "address of the dashboard, for a browser",
    view: (result) => [String(result)],
  },
  host: { usage: "", summary: "the host itself: version, uptime, shards", view: views.hostView },
  netstat: { usage: "", summary: "sockets of services", view: netstatView, hasNames: true },
  cells: { usage: "", summary: "processes of untrusted services", view: containment.cellsView },
  strikes: {
    usage: "",
    summary: "owners of untrusted services that did harm, the worst first",
    view: containment.strikesView,
  },
  forgive: { usage: "<owner>", summary: "clear an owner's strikes", view: valueView },
  owners: {
    usage: "",
    summary: "CPU of each owner of untrusted services",
    view: containment.ownersView,
  },
  limits: { usage: "", summary: "every limit of the host, as it is set", view: views.countsView },
  postmortem: {
    usage: "[number]",
    summary: "the last services that were stopped, and why",
    view: containment.postmortemView,
  },
  info: {
    usage: "<address> [arguments...]",
    summary: "what a service tells of itself",
    view: valueView,
  },
  task: {
    usage: "<address> [session]",
    summary: "threads a service has suspended",
    view: taskView,
  },
  uniqtask: {
    usage: "<address>",
    summary: "the same, those at one place together",
    view: views.uniqueTaskView,
  },
  killtask: { usage: "<address> <thread>", summary: "end a suspended thread", view: valueView },
  ping: { usage: "<address>", summary: "round trip to a service", view: views.pingView },
  kill: {
    usage: "<address>",
    summary: "end a service at once",
    view: views.pairsView,
    refusal: killRefusal,
  },
  exit: { usage: "<address>", summary: "ask a service to exit", view: valueView },
  signal: {
    usage: "<address> [number]",
    summary: "0: interrupt its turn; 1: log its memory",
    view: valueView,
  },
  trace: {
    usage: "<address> [protocol] [on|off]",
    summary: "log the way of messages",
    view: valueView,
  },
  logon: {
    usage: "[words...]",
    summary: "record a service: ADDRESS, or next NAME; without words: what is recorded",
    view: valueView,
  },
  logoff: {
    usage: "<words...>",
    summary: "end a recording: ADDRESS, or next NAME",
    view: valueView,
  },
  shadow: {
    usage: "[words...]",
    summary: "run a patched copy beside a service: ADDRESS FILE [SECONDS], or stop ADDRESS",
    view: valueView,
    order: shadowOrder,
  },
  inject: {
    usage: "<address> <file> [arguments...]",
    summary: "run a script inside a service",
    view: valueView,
    flags: [
      ["--at <function>", "in the scope of this function, at its next call: NAME, or NAME:LINE"],
      ["--deadline <ms>", "how long to wait for the call"],
    ],
    order: injectOrder,
  },
  heap: {
    usage: "<address> [file]",
    summary: "write a heap snapshot for DevTools",
    view: insight.heapView,
  },
  heapdiff: {
    usage: "<address> <seconds> [keep]",
    summary: "what grows in a heap, and who keeps it",
    view: insight.growthView,
  },
  profile: {
    usage: "<address> <seconds> [file]",
    summary: "write a CPU profile, show the hottest functions",
    view: insight.cpuView,
  },
  sample: {
    usage: "<address> <seconds> [all] [file]",
    summary: "sample allocations",
    view: insight.allocationView,
  },
  hotfix: {
    usage: "[address] [file]",
    summary: "change the code of a running service",
    view: hotfix.hotfixView,
    order: hotfixOrder,
    refusal: hotfix.hotfixRefusal,
    flags: [
      ["--dry-run", "say what would become of it, and change nothing"],
      ["--replace", "what cannot be changed in place: start it anew with its state"],
      ["--all-of <module>", "every service of a module, one after the other; needs no address"],
      ["--canary <count>", "with --all-of: so many first, the others if these still live"],
      ["--revert", "back to the version before; needs no file"],
    ],
  },
  versions: {
    usage: "[address]",
    summary: "which version of its module a service runs",
    view: hotfix.versionsView,
    hasNames: true,
  },
  call: {
    usage: "<address> <values...>",
    summary: "call a service and show what it returns",
    view: views.callView,
    order: callOrder,
  },
  dbgcmd: {
    usage: "<address> <command> [arguments...]",
    summary: "a command of the debug protocol",
    view: valueView,
  },
  devtools: {
    usage: "<address> [full|view|off] [seconds]",
    summary: "open an endpoint for Chrome DevTools and VS Code",
    view: devtoolsView,
  },
  launch: {
    usage: "<name> [arguments...]",
    summary: "start a service (the console's start)",
    view: views.pairsView,
    order: launchOrder,
    refusal: launchRefusal,
  },
  snax: {
    usage: "<name> [arguments...]",
    summary: "start a snax service",
    view: views.pairsView,
  },
  log: {
    usage: "<name> [arguments...]",
    summary: "start a service that is recorded, for isonet replay",
    view: views.pairsView,
    refusal: launchRefusal,
  },
  clearcache: { usage: "", summary: "read module files anew from now on", view: valueView },
  getenv: { usage: "<key>", summary: "a setting of the host", view: valueView },
  setenv: { usage: "<key> <value>", summary: "set what is not set yet", view: valueView },
  debug: elsewhere("<words...>", "stop and step through a service: in isonet console"),
  profactive: elsewhere("[words...]", "see sample"),
  dumpheap: elsewhere("", "see heap and heapdiff"),
  shrtbl: elsewhere("", "see mem"),
};

/** A command of Skynet's console: the host says what there is in its place. */
function elsewhere(usage: string, summary: string): OneShot {
  return { usage, summary, view: valueView, isHidden: true };
}

function devtoolsView(result: unknown): string[] {
  if (typeof result === "boolean") return [result ? "closed" : "no endpoint is open"];
  const { devtools, websocket, vscode } = result as Record<string, unknown>;
  return [
    `open in Chrome:  ${String(devtools)}`,
    `WebSocket:       ${String(websocket)}`,
    `for launch.json: ${JSON.stringify(vscode)}`,
  ].map((line) => safeText(line));
}

export function registerOneShots(program: Program): void {
  for (const [name, oneShot] of Object.entries(oneShots)) {
    const hidden = oneShot.isHidden === true;
    const command = program.command(`${name} ${oneShot.usage}`.trim(), { hidden });
    command.summary(oneShot.summary);
    command.description(
      `${oneShot.summary}\n\nExit codes: 0 done, 1 the host said no, 2 no host there.`,
    );
    for (const [flag, summary] of oneShot.flags ?? []) command.option(flag, summary);
    takesPlace(command).option("--json", "print the host's answer as it is");
    command.action(async (...given: unknown[]) => {
      const words = (given.slice(0, -2) as (string | Words | undefined)[])
        .flat()
        .filter((word) => word !== undefined);
      const options = given.at(-2) as PlaceArguments & { json?: true };
      words.push(...flagWords(oneShot, options));
      process.exitCode = await runOneShot({ name, oneShot, words, options });
    });
  }
}

/** Options of this command's own, as words of the console's command. */
function flagWords({ flags = [] }: OneShot, options: object): string[] {
  return flags.flatMap(([flag]) => {
    const [word = ""] = flag.split(" ");
    const key = word.slice(2).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const value = (options as Record<string, unknown>)[key];
    if (value === true) return [word];
    return typeof value === "string" ? [word, value] : [];
  });
}

async function runOneShot(run: {
  name: string;
  oneShot: OneShot;
  words: Words;
  options: PlaceArguments & { json?: true };
}): Promise<number> {
  const { name, oneShot, words, options } = run;
  const place = consolePlace(options);
  const order = (await oneShot.order?.(words)) ?? { command: name, arguments: words };
  let answer: ConsoleAnswer;
  let names: views.Names;
  try {
    [answer, names] = await Promise.all([
      askConsole(place, order),
      oneShot.hasNames && !options.json ? serviceNames(place) : {},
    ]);
  } catch (error) {
    say(`isonet: ${(error as Error).message}`);
    return exitCodes.configuration;
  }
  const refusal = answer.ok ? oneShot.refusal?.(answer.result) : undefined;
  if (options.json) print([JSON.stringify(answer)]);
  else if (!answer.ok) say(safeText(`isonet: ${answer.code}: ${answer.error}`));
  else if (refusal !== undefined) say(`isonet: ${refusal}`);
  else if (answer.result !== undefined) print(oneShot.view(answer.result, names));
  return answer.ok && refusal === undefined ? exitCodes.done : exitCodes.fault;
}

async function serviceNames(place: ConsolePlace): Promise<views.Names> {
  const answer = await askConsole(place, { command: "list" });
  return answer.ok ? (answer.result as views.Names) : {};
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) results().write(`${lines.join("\n")}\n`);
}

/** Reads the file here: the host may not see it, or not under this path. */
async function injectOrder([address, file = "", ...rest]: Words): Promise<ConsoleCommand> {
  const source = await sourceOf(file);
  return { command: "inject", arguments: [address, path.resolve(file), ...rest], source };
}

async function sourceOf(file: string): Promise<string> {
  let source: string;
  try {
    source = await readFile(file, "utf8");
  } catch (error) {
    throw new CodedError("CONFIG_INVALID", `cannot read the script: ${(error as Error).message}`);
  }
  if (Buffer.byteLength(source) > limits.sourceBytesMax) {
    throw new CodedError("CONFIG_INVALID", `${file} is over ${limits.sourceBytesMax} bytes`);
  }
  return source;
}

/** The file is the last of the words before the options. */
async function hotfixOrder(words: Words): Promise<ConsoleCommand> {
  if (words.includes("--revert")) return { command: "hotfix", arguments: words };
  const first = words.findIndex((word) => word.startsWith("--"));
  const end = first < 0 ? words.length : first;
  const file = words[end - 1] ?? "";
  const rest = [...words.slice(0, Math.max(0, end - 1)), path.resolve(file), ...words.slice(end)];
  return { command: "hotfix", arguments: rest, source: await sourceOf(file) };
}

async function shadowOrder(words: Words): Promise<ConsoleCommand> {
  const [first, file, ...rest] = words;
  if (first === undefined || first === "stop") return { command: "shadow", arguments: words };
  if (file === undefined) throw new CodedError("CONFIG_INVALID", "shadow ADDRESS needs a FILE");
  const source = await sourceOf(file);
  return { command: "shadow", arguments: [first, path.resolve(file), ...rest], source };
}

/**
 * Each word that reads as values is those values, any other is a text: `isonet call c get 5`. What
 * begins like a text, an array or an object must read as one.
 */
function callOrder([address, ...words]: Words): ConsoleCommand {
  const values = words.map((word) => {
    try {
      readLiterals(word);
      return word;
    } catch (error) {
      if (/^\s*["'`[{]/.test(word))
        throw new CodedError("CONFIG_INVALID", (error as Error).message);
      return JSON.stringify(word);
    }
  });
  return `call ${address ?? ""} ${values.join(", ").replaceAll(/[\r\n]+/g, " ")}`;
}

function launchOrder(words: Words): ConsoleCommand {
  return { command: "start", arguments: words };
}

function launchRefusal(result: unknown): string | undefined {
  return result === null ? "the service exited while it was starting" : undefined;
}

function killRefusal(result: unknown): string | undefined {
  const [address, title] = Object.entries(result as Record<string, string>)[0] ?? [];
  return title === "nil" ? `no service has the address ${address ?? ""}` : undefined;
}
