// Top: `isonet top`: the services of a running host by what they use, again and again.
// Main thread of the isonet command. Hung into the program by console.ts.
// Invariant: it ends at once, by q, Ctrl-C, a signal or a lost host, however long a look takes.

import { CodedError } from "../../wire/coded-error.ts";
import { consolePlace, takesPlace, type PlaceArguments } from "./console-place.ts";
import { askConsole, type ConsoleAnswer, type ConsolePlace } from "./console-request.ts";
import { exitCodes } from "./exit-codes.ts";
import { topLines } from "./insight-views.ts";
import type { Program } from "./program.ts";
import { results } from "./results.ts";
import { say } from "./say.ts";
import { TopScreen, type Terminal } from "./top-screen.ts";

type TopArguments = PlaceArguments & { readonly by: string; readonly interval: string };

export type TopOrder = {
  readonly place: ConsolePlace;
  readonly by: string;
  readonly seconds: number;
  /** Of the person who looks; without it one table is printed. */
  readonly terminal: Terminal | undefined;
};

const leaving = "qQ\u0003\u0004"; // and Ctrl-C, Ctrl-D
const orders: Readonly<Record<string, string>> = { c: "cpu", m: "mem", r: "rate", w: "queue" };
const keysText = "c cpu  m mem  r rate  w queue  q quits";
const firstSeconds = 0.3; // an empty screen for longer looks like a host that does not answer

const about = `Services of a running host, the busiest first, refreshed until q or Ctrl-C; the keys
c, m, r and w sort by CPU, memory, rate and queue.

Without a terminal it prints one table and ends. Exit codes: 0 done, 1 the host said no, 2 no host
there.`;

export function registerTop(program: Program): void {
  takesPlace(program.command("top").summary("services by what they use, refreshed"))
    .description(about)
    .option("--by <what>", "sort by cpu, mem, rate (messages a second) or queue", "cpu")
    .option("--interval <seconds>", "time between two looks, 0.1 to 60", "2")
    .action(async ({ by, interval, ...given }: TopArguments) => {
      const place = consolePlace(given);
      const seconds = Number(interval);
      if (!(seconds >= 0.1 && seconds <= 60)) {
        const text = `--interval is ${JSON.stringify(interval)}: it must be 0.1 to 60 seconds`;
        throw new CodedError("CONFIG_INVALID", text);
      }
      const { stdin: input, stdout: output } = process;
      const terminal = input.isTTY && output.isTTY ? { input, output } : undefined;
      process.exitCode = await runTop({ place, by, seconds, terminal });
    });
}

/** Resolves with the exit code. */
export async function runTop({ place, by, seconds, terminal }: TopOrder): Promise<number> {
  const keys = new Keys();
  const screen = terminal && new TopScreen(terminal, (key) => keys.press(key));
  const leave = (): void => keys.press("q");
  process.once("SIGTERM", leave).once("SIGHUP", leave);
  let [order, lookSeconds] = [by, screen === undefined ? seconds : Math.min(seconds, firstSeconds)];
  const title = (): string => `isonet top  ${place.host}:${place.port}  by ${order}  ${keysText}`;
  screen?.show([title()]);
  try {
    for (;;) {
      const look = { command: "top", arguments: [order, String(lookSeconds)] };
      const answer = await keys.orAnswer((signal) => askConsole(place, look, { signal }));
      lookSeconds = seconds;
      if (typeof answer === "string" && leaving.includes(answer)) return exitCodes.done;
      if (typeof answer === "string") {
        order = orders[answer] ?? order;
        lookSeconds = Math.min(seconds, firstSeconds);
      } else if (!answer.ok) {
        screen?.close();
        say(`isonet: ${answer.code}: ${answer.error}`);
        return exitCodes.fault;
      } else if (screen === undefined) {
        results().write(`${topLines(answer.result).join("\n")}\n`);
        return exitCodes.done;
      } else {
        screen.show([title(), "", ...topLines(answer.result)]);
      }
    }
  } catch (error) {
    screen?.close();
    say(`isonet: ${(error as Error).message}`);
    return exitCodes.configuration;
  } finally {
    process.off("SIGTERM", leave).off("SIGHUP", leave);
    screen?.close();
  }
}

/** Keys that mean something: each breaks off the look that is under way. */
class Keys {
  #pressed = "";
  #breaking = new AbortController();

  press(key: string): void {
    const isLast = this.#pressed !== "" && leaving.includes(this.#pressed);
    if (isLast || !(leaving.includes(key) || key in orders)) return;
    this.#pressed = key;
    this.#breaking.abort();
  }

  /** What `ask` comes to, or the key that was pressed meanwhile. */
  async orAnswer(
    ask: (signal: AbortSignal) => Promise<ConsoleAnswer>,
  ): Promise<ConsoleAnswer | string> {
    this.#breaking = new AbortController();
    const { signal } = this.#breaking;
    try {
      return await ask(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      const key = this.#pressed;
      this.#pressed = "";
      return key;
    }
  }
}
