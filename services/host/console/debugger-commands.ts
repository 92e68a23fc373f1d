// Debugger commands: debug, a conversation with a service as Skynet's remote debugger has it, and
// devtools, an endpoint for Chrome DevTools and VS Code.
// Shard 0. Both attach by services/host/debugging.ts.
// Invariant: whatever ends the conversation, the service goes on.

import { CodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";
import type { Answer } from "./answer.ts";
import { addressed, type CommandTable, type Invocation, type Talk } from "./command.ts";
import { DebugTalk } from "./debug-talk.ts";
import type { DebugPowers } from "./powers.ts";

export const debuggerCommands: CommandTable = {
  debug: {
    usage: "address [seconds]",
    summary: "stops and steps through its code: watch, s, n, c, p, bt, cont",
    access: "write",
    talk: debug,
    run: ({ args }) => {
      throw args.invalid("debug is a conversation: type it in isonet console, or nc");
    },
  },
  devtools: {
    usage: "address [full|view|off] [seconds]",
    summary: "opens an endpoint for Chrome DevTools and VS Code",
    access: "write",
    run: devtools,
  },
};

async function debug(invocation: Invocation, talk: Talk): Promise<void> {
  const { debugging } = powersOf(invocation);
  const address = await addressed(invocation);
  const pauseMsMax = pauseOf(invocation, 1);
  await new DebugTalk(invocation.isonet, talk, address).run(debugging, pauseMsMax);
}

async function devtools(invocation: Invocation): Promise<Answer> {
  const { isonet, args } = invocation;
  const { devtools: endpoints } = powersOf(invocation);
  const address = await addressed(invocation);
  const [word = "full"] = args.words(1);
  if (word === "off") {
    const hadOne = await endpoints.close(address, "closed by an operator");
    return { result: hadOne, text: hadOne ? "closed" : "no endpoint is open" };
  }
  if (word !== "full" && word !== "view") throw args.invalid(`full, view or off, not ${word}`);
  const pauseMsMax = pauseOf(invocation, 2);
  const title = isonet.address(address);
  const place = await endpoints.open({ address, title, role: word, pauseMsMax });
  const text = [
    `open in Chrome: ${place.devtools}`,
    `WebSocket: ${place.websocket}`,
    `launch.json of VS Code: ${JSON.stringify(place.vscode)}`,
  ];
  return { result: place, text: text.join("\n") };
}

function powersOf({ powers }: Invocation): DebugPowers {
  if (powers.debug !== undefined) return powers.debug;
  throw new CodedError("NOT_AVAILABLE", "services of this host cannot be debugged");
}

function pauseOf({ args }: Invocation, index: number): number {
  const longest = limits.debugPauseMsLongest / 1000;
  const seconds = args.integer(index, "the seconds of a pause", limits.debugPauseMsMax / 1000);
  if (seconds < 1 || seconds > longest) {
    throw args.invalid(`a pause may take 1 to ${longest} seconds, not ${seconds}`);
  }
  return seconds * 1000;
}
