// Trap: waits for a call of one function of a service and leaves a script of the operator's, made
// in the scope of that call, for the guest runtime to run.
// One shard's thread. Called by isolate.ts with the service held; the service has turns while the
// trap is set.
// Invariant: nothing pauses: pauses are skipped, and the breakpoint's condition is false. V8's
// debugger is on only as long as the trap is set.

import { CodedError } from "../../wire/coded-error.ts";
import type { InjectedScript } from "./engine.ts";
import type { DebugSession } from "./debug-session.ts";
import { checkSyntax, injectedPrefix } from "./inspector.ts";
import { InspectorSession } from "./inspector-session.ts";
import type { Ivm } from "./vm.ts";

/** `at`: a function's name, with ":" and the line it begins in where there are several. */
export type TrapOrder = InjectedScript & { readonly at: string };

export type Trap = {
  /** File and line of the function. */
  readonly place: string;
  /** Resolves when the function has been called and the script is there. */
  readonly hit: Promise<void>;
  /** The service must be held. */
  remove(): Promise<void>;
};

/** What a trap needs of a session. */
export type TrapSession = Pick<InspectorSession, "send" | "onNotification" | "end">;

/** A trap in a session that whoever has opened it ends. */
export function sharedSession(session: DebugSession): TrapSession {
  return {
    onNotification: () => {},
    send: async (method, params) => {
      const { result, error } = await session.ask(method, params ?? {}, answerMs);
      if (error !== undefined) throw new CodedError("INJECT_FAILED", error.message);
      return result ?? {};
    },
    end: () => Promise.resolve(),
  };
}

type Files = ReadonlyMap<string, string>;

type CoveredFunction = {
  readonly functionName: string;
  readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number }[];
};
type CoveredScript = {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly CoveredFunction[];
};

type Found = {
  readonly scriptId: string;
  readonly url: string;
  readonly text: string;
  readonly from: number;
  readonly to: number;
};

type Location = { readonly lineNumber: number; readonly columnNumber: number };

const placesListed = 8;
const answerMs = 10_000;

type TrapTarget = {
  readonly isolate: Ivm.Isolate;
  readonly files: Files;
  /** Absent: one of its own. */
  readonly session?: TrapSession | undefined;
};

/** Fails with INJECT_FAILED: wrong syntax, no such function, or several of the name. */
export async function setTrap(target: TrapTarget, order: TrapOrder): Promise<Trap> {
  const { isolate, files } = target;
  checkSyntax(isolate, order);
  const session = target.session ?? new InspectorSession(isolate, "INJECT_FAILED");
  try {
    const found = await findFunction(session, order.at, files);
    const url = `isonet:trap:${order.id}`;
    const { promise: hit, resolve } = Promise.withResolvers<void>();
    // The condition is compiled when it is first looked at: at the call.
    session.onNotification = (method, params) => {
      if (method === "Debugger.scriptParsed" && params["url"] === url) resolve();
    };
    await session.send("Debugger.enable");
    await session.send("Debugger.setSkipAllPauses", { skip: true });
    await session.send("Debugger.setBreakpoint", {
      location: { scriptId: found.scriptId, ...(await firstLocation(session, found)) },
      condition: conditionOf(order, url),
    });
    return { place: placeOf(found), hit, remove: () => removeTrap(session) };
  } catch (error) {
    await session.end();
    throw error;
  }
}

async function removeTrap(session: TrapSession): Promise<void> {
  try {
    await session.send("Debugger.disable");
  } finally {
    await session.end();
  }
}

/** An arrow function: `this` and the arguments are those of the call. */
function conditionOf({ id, source }: TrapOrder, url: string): string {
  const key = JSON.stringify(injectedPrefix + id);
  const made = `(async (print, args) => {${source}\n})`;
  return `globalThis[${key}] ??= ${made}, false\n//# sourceURL=${url}`;
}

/** V8 knows the functions that it has compiled: one that was never reached has no scope yet. */
async function findFunction(session: TrapSession, at: string, files: Files): Promise<Found> {
  const [, name = at, lineText] = /^(.*?)(?::(\d{1,9}))?$/s.exec(at) ?? [];
  await session.send("Profiler.enable");
  const { result } = await session.send("Profiler.getBestEffortCoverage");
  await session.send("Profiler.disable");
  const all = (result as readonly CoveredScript[]).flatMap((script) => functionsOf(script, files));
  const named = all.filter((each) => each.name === name);
  const found = named.filter(
    ({ where }) => lineText === undefined || lineOf(where.text, where.from) === Number(lineText),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.where;
  const places = named.slice(0, placesListed).map(({ where }) => placeOf(where));
  const what =
    found.length > 1
      ? `several functions are named ${name}: say which as ${name}:LINE, of ${places.join(", ")}`
      : `no function that has been reached is named ${at}` +
        (places.length > 0 ? `; there is one at ${places.join(", ")}` : "");
  throw new CodedError("INJECT_FAILED", what);
}

function functionsOf(
  { scriptId, url, functions }: CoveredScript,
  files: Files,
): { name: string; where: Found }[] {
  const text = files.get(url);
  if (text === undefined) return [];
  return functions.flatMap(({ functionName, ranges }) => {
    const [range] = ranges;
    if (range === undefined || functionName === "") return [];
    const where = { scriptId, url, text, from: range.startOffset, to: range.endOffset };
    return [{ name: functionName, where }];
  });
}

/** The first place in the function at which V8 can look at a condition. */
async function firstLocation(session: TrapSession, found: Found): Promise<Location> {
  const { scriptId, text, from, to } = found;
  const { locations } = await session.send("Debugger.getPossibleBreakpoints", {
    start: { scriptId, ...locationOf(text, from) },
    end: { scriptId, ...locationOf(text, to) },
  });
  const first = (locations as readonly Location[])[0];
  if (first !== undefined) {
    return { lineNumber: first.lineNumber, columnNumber: first.columnNumber };
  }
  throw new CodedError("INJECT_FAILED", `the function at ${placeOf(found)} has no statement`);
}

function locationOf(text: string, offset: number): Location {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { lineNumber: lineOf(text, offset) - 1, columnNumber: offset - lineStart };
}

/** From 1. */
function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function placeOf({ url, text, from }: Found): string {
  return `${url}:${lineOf(text, from)}`;
}
