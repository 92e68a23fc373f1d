// Debug commands: what a service answers about itself, and what is run inside it.
// Shard 0. By the debug protocol (reference §3.6), and by the launcher where the service may be
// stuck.
// Invariant: a service that does not answer costs CALL_TIMEOUT after its time, never the console.

import type { Answer } from "./answer.ts";
import { addressed, debug, launcher, type CommandTable, type Invocation } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";
import { injectCommand } from "./inject-command.ts";
import { readLiterals } from "./literals.ts";
import { skynetFigures } from "./scope-commands.ts";
import { safeWord } from "./safe-text.ts";

export const debugCommands: CommandTable = {
  info: {
    usage: "address [args…]",
    summary: "what the service tells of itself (infoFunc)",
    access: "read",
    run: (invocation) => asked(invocation, "INFO", invocation.args.words(1)),
  },
  task: {
    usage: "address [session|init]",
    summary: "its suspended threads, or the one of a session: what each awaits, and where",
    access: "read",
    run: async (invocation) => {
      const word = invocation.args.optional(1);
      const session = word !== undefined && /^\d{1,10}$/.test(word) ? Number(word) : word;
      const answer = await asked(invocation, "TASK", session === undefined ? [] : [session]);
      const { result } = answer;
      const isTable = typeof result === "object" && result !== null;
      return isTable ? { result, text: taskText(result) } : answer;
    },
  },
  uniqtask: {
    usage: "address",
    summary: "its suspended threads, those at the same place together",
    access: "read",
    run: async (invocation) => {
      const { result } = await asked(invocation, "UNIQTASK", []);
      // Each key is a whole line: how many, their sessions, and where they are.
      const keys = typeof result === "object" && result !== null ? Object.keys(result) : [];
      return { result, text: keys.join("\n") };
    },
  },
  killtask: {
    usage: "address thread",
    summary: "ends a suspended thread",
    access: "write",
    run: (invocation) => {
      const { args } = invocation;
      const words = [args.required(1, "a thread"), ...args.words(2)].join(" ");
      // Threads are found by a part of their text, "thread 12 lua": a bare number is the whole of
      // theirs.
      const thread = /^\d+$/.test(words) ? `thread ${words} ` : words;
      return asked(invocation, "KILLTASK", [thread]);
    },
  },
  dbgcmd: {
    usage: "address COMMAND [args…]",
    summary: "any command of the debug protocol",
    access: "write",
    run: debugCommand,
  },
  trace: {
    usage: "address [protocol] [on|off]",
    summary: "logs the way of each message of a protocol (lua)",
    access: "write",
    run: trace,
  },
  ping: {
    usage: "address",
    summary: "round trip: ticks of 10 ms, and milliseconds",
    access: "read",
    run: ping,
  },
  signal: {
    usage: "address [number]",
    summary: "0 interrupts its running turn, 1 logs its memory",
    access: "write",
    run: signal,
  },
  inject: injectCommand,
  call: {
    usage: "address values",
    summary: 'sends values and shows the reply, as in: call c "get", {x: 1}',
    access: "write",
    run: call,
  },
};

async function asked(
  invocation: Invocation,
  command: string,
  values: readonly unknown[],
): Promise<Answer> {
  const to = await addressed(invocation);
  return { result: await debug(invocation.isonet, to, command, values) };
}

async function debugCommand(invocation: Invocation): Promise<Answer> {
  const { args } = invocation;
  const command = args.required(1, "a debug command");
  return (await measured(invocation, command)) ?? asked(invocation, command, args.words(2));
}

/** What Skynet's services measure themselves; here an isolate is measured from outside. */
async function measured(invocation: Invocation, command: string): Promise<Answer | undefined> {
  if (command !== "MEM" && command !== "STAT" && command !== "GC") return undefined;
  const address = await addressed(invocation);
  const { call: ask } = launcher(invocation.isonet, consoleLimits.workMs);
  const key = invocation.isonet.address(address);
  if (command === "GC") {
    await ask.gc({ address });
    return { result: undefined };
  }
  if (command === "STAT") {
    const figures = (await ask.stat({ address }))[key];
    return { result: typeof figures === "object" ? skynetFigures(figures) : figures };
  }
  const heap = (await ask.mem({ address }))[key];
  return { result: typeof heap === "object" ? heap.usedBytes / 1024 : heap };
}

/** A thread's stack stands below it; a service that is not honest may have answered anything. */
function taskText(result: object): string {
  const entries = Object.entries(result).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([title, text]) => `${safeWord(title)}\t${String(text)}`).join("\n");
}

async function trace(invocation: Invocation): Promise<Answer> {
  const [first, second] = invocation.args.words(1);
  const isFlag = second === undefined && (first === "on" || first === "off");
  const [protocol, flag] = isFlag ? [undefined, first] : [first, second];
  if (flag !== undefined && flag !== "on" && flag !== "off") {
    throw invocation.args.invalid(`on or off, not ${JSON.stringify(flag)}`);
  }
  const isOn = flag === undefined ? undefined : flag === "on";
  return asked(invocation, "TRACELOG", [protocol ?? "lua", isOn]);
}

async function ping(invocation: Invocation): Promise<Answer> {
  const { isonet, powers } = invocation;
  const to = await addressed(invocation);
  const startTick = isonet.now();
  const startMs = powers.clock.nowMs();
  await debug(isonet, to, "PING");
  const ms = Number((powers.clock.nowMs() - startMs).toFixed(3));
  const ticks = isonet.now() - startTick;
  return { result: { ms, ticks }, text: `${ticks}\t${ms.toFixed(2)} ms` };
}

async function signal(invocation: Invocation): Promise<Answer> {
  const { isonet, args } = invocation;
  const number = args.integer(1, "a signal", 0);
  const address = await addressed(invocation);
  await launcher(isonet, consoleLimits.debugMs).call.signal(address, number);
  return { result: undefined };
}

/**
 * The bodies are packed here: a reply of one array and a reply of several values print differently.
 */
async function call(invocation: Invocation): Promise<Answer> {
  const { isonet } = invocation;
  const values = callValues(invocation);
  const to = await addressed(invocation);
  const target = { to, timeoutMs: consoleLimits.workMs };
  const reply = isonet.unpack(await isonet.rawCall(target, "lua", isonet.pack(...values)));
  const text = new Map<string, unknown>(reply.map((value, index) => [String(index + 1), value]));
  return { result: reply, text: text.set("n", reply.length) };
}

/** Typed: the text behind the address. Posted as JSON: the values behind it. */
function callValues({ args, request }: Invocation): readonly unknown[] {
  if (request.line === undefined) return args.values(1);
  const text = /^\s*\S+\s+\S+\s+(\S.*)$/s.exec(request.line)?.[1];
  if (text === undefined) throw args.invalid("need arguments");
  return readLiterals(text);
}
