// Top: `isonet top`: the services of a running host by what they use, again and again.
// Main thread of the isonet command. Hung into the program by console.ts.
// Invariant: the terminal is as it was before when it ends, by q, Ctrl-C or a lost host.

import { CodedError } from "../../wire/coded-error.ts";
import { consolePlace, takesPlace, type PlaceArguments } from "./console-place.ts";
import { askConsole, type ConsolePlace } from "./console-request.ts";
import { exitCodes } from "./exit-codes.ts";
import { topLines } from "./insight-views.ts";
import type { Program } from "./program.ts";
import { results } from "./results.ts";
import { say } from "./say.ts";

type TopArguments = PlaceArguments & { readonly by: string; readonly interval: string };

const escape = "\u001B[";
const screen = { enter: `${escape}?1049h${escape}?25l`, leave: `${escape}?25h${escape}?1049l` };
const home = `${escape}H`;
const clearLine = `${escape}K`;
const clearBelow = `${escape}J`;
const headLines = 2;
const leaving = new Set([113, 81, 3, 4]); // q, Q, Ctrl-C, Ctrl-D

const about = `Services of a running host, the busiest first, refreshed until q or Ctrl-C.

Without a terminal it prints one table and ends. Exit codes: 0 done, 1 the host said no, 2 no host
there.`;

export function registerTop(program: Program): void {
  takesPlace(program.command("top").summary("services by what they use, refreshed"))
    .description(about)
    .option("--by <what>", "sort by cpu, mem, rate (messages a second) or queue", "cpu")
    .option("--interval <seconds>", "time between two looks, 0.1 to 60", "2")
    .action(async (options: TopArguments) => {
      const place = consolePlace(options);
      const seconds = Number(options.interval);
      if (!(seconds >= 0.1 && seconds <= 60)) {
        throw new CodedError("CONFIG_INVALID", `--interval must be 0.1 to 60 seconds`);
      }
      process.exitCode = await runTop(place, options.by, options.interval);
    });
}

async function runTop(place: ConsolePlace, by: string, interval: string): Promise<number> {
  const order = { command: "top", arguments: [by, interval] };
  const isLive = process.stdin.isTTY && process.stdout.isTTY;
  const ending = isLive ? openScreen() : undefined;
  try {
    for (;;) {
      const answer = await Promise.race([askConsole(place, order), ending?.asked ?? never]);
      if (answer === undefined) return exitCodes.done;
      if (!answer.ok) {
        ending?.close();
        say(`isonet: ${answer.code}: ${answer.error}`);
        return exitCodes.fault;
      }
      const lines = topLines(answer.result);
      if (ending === undefined) {
        results().write(`${lines.join("\n")}\n`);
        return exitCodes.done;
      }
      draw(lines, `isonet top  ${place.host}:${place.port}  by ${by}  q quits`);
    }
  } catch (error) {
    ending?.close();
    say(`isonet: ${(error as Error).message}`);
    return exitCodes.configuration;
  } finally {
    ending?.close();
  }
}

const never = new Promise<never>(() => {});

/** Lines that do not fit are cut: a wrapped one would move the others. */
function draw(lines: readonly string[], title: string): void {
  const { columns, rows } = process.stdout;
  const shown = [title, "", ...lines.slice(0, rows - headLines - 1)];
  const text = shown.map((line) => line.slice(0, columns) + clearLine).join("\r\n");
  process.stdout.write(home + text + clearBelow);
}

/** `asked` resolves when the person wants to leave. */
function openScreen(): { readonly asked: Promise<undefined>; close(): void } {
  const { promise: asked, resolve } = Promise.withResolvers<undefined>();
  let isOpen = true;
  process.stdout.write(screen.enter);
  process.stdin.setRawMode(true).resume();
  process.stdin.on("data", (keys: Buffer) => {
    if (keys.some((key) => leaving.has(key))) resolve(undefined);
  });
  process.once("SIGTERM", () => resolve(undefined));
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.stdin.setRawMode(false).pause();
    process.stdout.write(screen.leave);
  };
  return { asked, close };
}
