// Live functions: every function object of one module that is alive in an isolate, with its text.
// One shard's thread, in an inspector session; the service is held.
// Invariant: texts and places are V8's own: no code of the guest runs, and nothing that it has
// changed is asked.

import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import type { InspectorSession, ProtocolObject } from "./inspector-session.ts";

export type LiveFunction = {
  /** Its number among the functions that were found: it stays its own. */
  readonly index: string;
  readonly objectId: string;
  readonly text: string;
  /** The version of the module's script that it runs. */
  readonly scriptId: string;
  /** Of its start, from 0. */
  readonly line: number;
  readonly column: number;
};

type RemoteObject = {
  readonly type: string;
  readonly objectId?: string;
  readonly description?: string;
  readonly value?: unknown;
};

type Property = { readonly name: string; readonly value?: RemoteObject };

type Properties = {
  readonly result: readonly Property[];
  readonly internalProperties?: readonly Property[];
};

/** Global under which the guest's picker lies while it is fetched. */
export const pickerGlobal = "isonet:pick";

const guestContextName = "<isolated-vm>";

/** What was found, to look at once more after a change. */
export type FunctionList = { readonly arrayId: string };

/** Where expressions are evaluated: see `guestContext`. */
export type GuestContext = { readonly session: InspectorSession; readonly contextId: number };

/**
 * Finds the functions whose text stands in one of `texts`. `reach` leaves the runtime's picker
 * under `pickerGlobal`, until what it returned is called. Fails with HOTFIX_FAILED.
 */
export async function findFunctions(
  context: GuestContext,
  texts: readonly string[],
  reach: () => () => void,
): Promise<FunctionList> {
  const { session } = context;
  const [picker, all] = await Promise.all([fetched(context, reach), allFunctions(context)]);
  const picked = await session.send("Runtime.callFunctionOn", {
    objectId: picker.objectId,
    // the picker is called by syntax alone: no method of the guest's has a part in it
    functionDeclaration: "function (all, texts, max) { return this(all, texts, max); }",
    arguments: [
      { objectId: all.objectId },
      { value: JSON.stringify(texts) },
      { value: limits.hotfixFunctionsMax },
    ],
  });
  const list = picked["result"] as RemoteObject;
  if (list.objectId !== undefined) return { arrayId: list.objectId };
  const text = `over ${limits.hotfixFunctionsMax} functions are alive (hotfixFunctionsMax)`;
  throw new CodedError("HOTFIX_FAILED", text);
}

/** The picker, out of reach of the guest before anything of the guest runs. */
async function fetched(context: GuestContext, reach: () => () => void): Promise<RemoteObject> {
  const forget = reach();
  try {
    return await evaluated(context, `this[${JSON.stringify(pickerGlobal)}]`);
  } finally {
    forget();
  }
}

/** An array of them all. V8 collects garbage for it, twice at least. */
async function allFunctions(context: GuestContext): Promise<RemoteObject> {
  const prototypeObjectId = await functionPrototype(context);
  const found = await context.session.send("Runtime.queryObjects", { prototypeObjectId });
  return found["objects"] as RemoteObject;
}

/**
 * The functions as they are, of the scripts that count. `known`: the list as it was read before:
 * the functions are the same, what is told of them comes in one go.
 */
export async function readFunctions(
  session: InspectorSession,
  { arrayId }: FunctionList,
  known: readonly LiveFunction[] = [],
): Promise<LiveFunction[]> {
  const listed = properties(session, arrayId);
  const places = new Map(known.map(({ index, objectId }) => [index, placeOf(session, objectId)]));
  await Promise.allSettled(places.values());
  const { result } = await listed;
  const values = result.filter(({ value }) => value?.type === "function");
  return Promise.all(
    values.map(async ({ name, value }) => {
      const objectId = value?.objectId ?? "";
      const { scriptId, lineNumber, columnNumber } = await (places.get(name) ??
        placeOf(session, objectId));
      const text = value?.description ?? "";
      return { index: name, objectId, text, scriptId, line: lineNumber, column: columnNumber };
    }),
  );
}

type Place = {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
};

async function placeOf(session: InspectorSession, objectId: string): Promise<Place> {
  const { internalProperties = [] } = await properties(session, objectId);
  const at = internalProperties.find((each) => each.name === "[[FunctionLocation]]");
  const place = at?.value?.value as Place | undefined;
  return place ?? { scriptId: "", lineNumber: 0, columnNumber: 0 };
}

/** Names of the variables that a function has captured, from its scopes. */
export async function capturedBy(
  session: InspectorSession,
  { objectId }: LiveFunction,
): Promise<ReadonlySet<string>> {
  const { internalProperties = [] } = await properties(session, objectId);
  const scopes = internalProperties.find(({ name }) => name === "[[Scopes]]")?.value?.objectId;
  const names = new Set<string>();
  if (scopes === undefined) return names;
  const { result } = await properties(session, scopes);
  for (const { value } of result) {
    const isGlobal = value?.description === "Global";
    if (value?.objectId === undefined || isGlobal) continue;
    for (const { name } of (await properties(session, value.objectId)).result) names.add(name);
  }
  return names;
}

async function properties(session: InspectorSession, objectId: string): Promise<Properties> {
  const asked = { objectId, ownProperties: true };
  return (await session.send("Runtime.getProperties", asked)) as unknown as Properties;
}

/** The isolate has another context, of the library's, which runs nothing. */
export async function guestContext(session: InspectorSession): Promise<GuestContext> {
  let contextId: number | undefined;
  const { onNotification } = session;
  session.onNotification = (method, params) => {
    const { name, id } = (params["context"] ?? {}) as { name?: string; id?: number };
    if (method === "Runtime.executionContextCreated" && name === guestContextName) contextId = id;
    else onNotification(method, params);
  };
  await Promise.all([session.send("Runtime.enable"), session.send("Runtime.disable")]);
  session.onNotification = onNotification;
  if (contextId !== undefined) return { session, contextId };
  throw new CodedError("HOTFIX_FAILED", "the service's isolate has no context");
}

/** Of a function that is made for it: the guest's own may have been changed. */
async function functionPrototype(context: GuestContext): Promise<string> {
  const { objectId = "" } = await evaluated(context, "(() => {})");
  const { internalProperties = [] } = await properties(context.session, objectId);
  const prototype = internalProperties.find(({ name }) => name === "[[Prototype]]");
  return prototype?.value?.objectId ?? "";
}

async function evaluated(
  { session, contextId }: GuestContext,
  expression: string,
): Promise<RemoteObject> {
  const answer: ProtocolObject = await session.send("Runtime.evaluate", { expression, contextId });
  return answer["result"] as RemoteObject;
}
