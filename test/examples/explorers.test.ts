// The walk-through of docs/operating.md, as it stands there: a leak in a player's script is found,
// watched, repaired while the player goes on, and replayed offline.
// The host and each command of the shell are processes of their own.

import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { Child } from "../kit/child.ts";
import { portOf, startExample } from "../kit/example.ts";
import { makeFolder } from "../kit/folder.ts";
import { LineClient } from "../kit/line-client.ts";
import { node24 } from "../kit/nodes.ts";
import { ProtocolSocket } from "../kit/protocol-socket.ts";
import { patternOf, readSteps, type Step } from "../kit/walk-through.ts";

const root = path.resolve(import.meta.dirname, "../..");
const steps = readSteps("docs/operating.md", "A leak, from first sight to the proof");
const linesPerLook = 10;
const betweenLinesMs = 5;

/** Plays on where a player has stopped, each line when the one before is answered. */
class Bot {
  readonly #client: LineClient;
  #steps: number;
  readonly #stop = new AbortController();
  #nextLook = Promise.withResolvers<void>();
  readonly ended: Promise<void>;

  constructor(client: LineClient, stepsBefore: number) {
    this.#client = client;
    this.#steps = stepsBefore;
    this.ended = this.#play();
    void this.ended.catch(() => {});
  }

  /** When it has looked about once more. */
  async looked(): Promise<void> {
    await Promise.race([this.#nextLook.promise, this.ended]);
  }

  stop(): Promise<void> {
    this.#stop.abort();
    return this.ended;
  }

  /** The next bytes must be the answer to the one line: none is lost, doubled, or out of order. */
  async #play(): Promise<void> {
    for (let line = 1; !this.#stop.signal.aborted; line++) {
      const isLook = line % linesPerLook === 0;
      this.#client.send(isLook ? "look 20" : "go east");
      if (isLook) await this.#client.saw(/^1681 fields in sight\n/);
      else {
        this.#steps++;
        const at = `step ${this.#steps}: you are at ${this.#steps},0`;
        await this.#client.saw(new RegExp(`^${at}\n`));
      }
      if (isLook) {
        this.#nextLook.resolve();
        this.#nextLook = Promise.withResolvers<void>();
      }
      // A person's pace: a script that has no pause would reach its limit within the test.
      await new Promise((resolve) => void setTimeout(resolve, betweenLinesMs));
    }
  }
}

/** The terminals of the walk-through; gives what each step has put out. */
class Session {
  readonly #host: Child;
  readonly #recordings: string;
  #console: LineClient | undefined;
  #consolePort = 0;
  #player: LineClient | undefined;
  #token = "";
  bot: Bot | undefined;

  constructor(host: Child, recordings: string) {
    this.#host = host;
    this.#recordings = recordings;
  }

  async run(step: Step): Promise<string> {
    if (step.terminal === "player") return this.#play(step.typed);
    await this.#goesOn();
    if (step.terminal === "console") return this.#type(step.typed);
    const [command, ...words] = step.typed.split(" ");
    if (command === "curl") return this.#fetch(step.typed);
    return words[0] === "start" ? this.#opened() : this.#isonet(words);
  }

  /** When the player is there, a bot plays for the rest of the time. */
  async #goesOn(): Promise<void> {
    if (this.#player === undefined) return;
    this.bot ??= new Bot(this.#player, 2);
    await this.bot.looked();
    await this.bot.looked(); // the one before may have been asked for before the last command
  }

  async #opened(): Promise<string> {
    this.#consolePort = await portOf(this.#host, "console");
    this.#console = new LineClient("the console", this.#consolePort);
    await this.#console.saw(/Welcome.*\n/);
    const [line] = await this.#host.saw(/isonet .* runs: .*/);
    return line;
  }

  async #play(typed: string): Promise<string> {
    if (this.#player === undefined) {
      this.#player = new LineClient("the door", await portOf(this.#host, "door"));
    } else this.#player.send(typed);
    return (await this.#player.saw(/^.*\n/))[0];
  }

  async #type(typed: string): Promise<string> {
    this.#console?.send(typed);
    const [output = ""] = (await this.#console?.saw(/^[^]*?<CMD (OK|Error)>\n/)) ?? [];
    this.#token = /\?token=([\w-]+)/.exec(output)?.[1] ?? this.#token;
    return output;
  }

  async #fetch(typed: string): Promise<string> {
    const [, authorization = ""] = /-H "Authorization: (.*?)"/.exec(typed) ?? [];
    const [, target = ""] = /127\.0\.0\.1:8000(\S+)/.exec(typed) ?? [];
    const headers = { authorization: authorization.replace("$TOKEN", this.#token) };
    return (await fetch(`http://127.0.0.1:${this.#consolePort}${target}`, { headers })).text();
  }

  async #isonet(words: readonly string[]): Promise<string> {
    const [name = ""] = readdirSync(this.#recordings);
    const recording = path.join(this.#recordings, name);
    const line = words.map((word) => (word.startsWith("recordings/") ? recording : word));
    await using child = new Child([node24, "bin/isonet.mjs", ...line], { cwd: root });
    if (words.includes("--devtools")) await debugReplay(child);
    const { code, stdout, stderr } = await child.ended;
    if (code !== 0) throw new Error(`isonet ${line.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  }

  [Symbol.dispose](): void {
    this.#console?.destroy();
    this.#player?.destroy();
  }
}

type Paused = { readonly callFrames: readonly { readonly callFrameId: string }[] };

/** As DevTools does: stops at the first line of the bad message, looks, and goes on. */
async function debugReplay(child: Child): Promise<void> {
  const [url] = await child.saw(/ws:\/\/\S+/);
  const devtools = await new ProtocolSocket(url).opened();
  await devtools.ask("Runtime.enable");
  await devtools.ask("Debugger.enable");
  await devtools.ask("Runtime.runIfWaitingForDebugger");
  const { params } = await devtools.saw("Debugger.paused");
  const { callFrames } = params as unknown as Paused;
  const expression = "`${text}: ${seen.length}`";
  const order = { callFrameId: callFrames[0]?.callFrameId, expression };
  const { result } = await devtools.ask("Debugger.evaluateOnCallFrame", order);
  expect(result?.["result"]).toEqual({ type: "string", value: "look 20: 1681" });
  await devtools.ask("Debugger.resume");
}

/** Heap of the explorer in a snapshot of the dashboard. */
function heapBytesIn(snapshot: string): number {
  const { columns, services } = JSON.parse(snapshot) as {
    columns: string[];
    services: unknown[][];
  };
  const row = services.find((values) => values[columns.indexOf("module")] === "explorer");
  return Number(row?.[columns.indexOf("heapBytes")]);
}

test("docs/operating.md: a leak is found, watched, repaired in place, and replayed", async () => {
  const recordPath = makeFolder();
  const settings = ["console.port=0", "env.doorPort=0", `recordPath=${recordPath}`];
  await using host = startExample("explorers", settings);
  using session = new Session(host, recordPath);
  const outputs = new Map<string, string[]>();

  for (const step of steps) {
    const output = await session.run(step);
    expect(output, `${step.terminal}: ${step.typed}`).toMatch(patternOf(step));
    outputs.set(step.typed, [...(outputs.get(step.typed) ?? []), output]);
  }
  await session.bot?.stop();

  const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  const allOf = (start: string): string[] =>
    [...outputs].filter(([typed]) => typed.startsWith(start)).flatMap(([, texts]) => texts);
  const memories = allOf("mem ").map((text) => numberIn(text, /([\d.]+) Kb/));
  expect(memories).toHaveLength(2);
  expect(memories[1]).toBeGreaterThan(memories[0] ?? Infinity);
  const heaps = allOf("curl ").map(heapBytesIn);
  expect(heaps).toHaveLength(2);
  expect(heaps[1]).toBeGreaterThan(heaps[0] ?? Infinity);
  expect(numberIn(allOf("gc ")[0] ?? "", /([\d.]+) Kb/)).toBeLessThan(memories[1] ?? 0);
  // The state is the player's own: the steps since the beginning, and one look.
  const [info = ""] = allOf("info ");
  expect(numberIn(info, /seen\t(\d+)/)).toBe(1681);
  expect(numberIn(info, /steps\t(\d+)/)).toBeGreaterThan(10);
  const seen = allOf("isonet replay").map((text) => numberIn(text, /seen: (\d+)/));
  expect(seen).toEqual([Number.NaN, 3362, 3362, 1681, Number.NaN]);
}, 60_000);
