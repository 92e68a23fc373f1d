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

/**
 * Finds the functions whose text stands in one of `texts`. `reach` leaves the runtime's picker
 * under `pickerGlobal`, until what it returned is called. Fails with HOTFIX_FAILED.
 */
export async function findFunctions(
  session: InspectorSession,
  texts: readonly string[],
  reach: () => () => void,
): Promise<FunctionList> {
  const contextId = await guestContext(session);
  const prototypeObjectId = await functionPrototype(session, contextId);
  const found = await session.send("Runtime.queryObjects", { prototypeObjectId });
  const all = found["objects"] as RemoteObject;
  const forget = reach();
  let picker: RemoteObject;
  try {
    picker = await evaluated(session, contextId, `this[${JSON.stringify(pickerGlobal)}]`);
  } finally {
    forget();
  }
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

/** The functions as they are, of the scripts that count. */
export async function readFunctions(
  session: InspectorSession,
  { arrayId }: FunctionList,
): Promise<LiveFunction[]> {
  const { result } = await properties(session, arrayId);
  const values = result.filter(({ value }) => value?.type === "function");
  return Promise.all(values.map((property) => readFunction(session, property)));
}

async function readFunction(
  session: InspectorSession,
  { name, value }: Property,
): Promise<LiveFunction> {
  const objectId = value?.objectId ?? "";
  const { internalProperties = [] } = await properties(session, objectId);
  const at = internalProperties.find((each) => each.name === "[[FunctionLocation]]");
  const place = at?.value?.value as
    | { scriptId: string; lineNumber: number; columnNumber: number }
    | undefined;
  return {
    index: name,
    objectId,
    text: value?.description ?? "",
    scriptId: place?.scriptId ?? "",
    line: place?.lineNumber ?? 0,
    column: place?.columnNumber ?? 0,
  };
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
async function guestContext(session: InspectorSession): Promise<number> {
  let contextId: number | undefined;
  const { onNotification } = session;
  session.onNotification = (method, params) => {
    const { name, id } = (params["context"] ?? {}) as { name?: string; id?: number };
    if (method === "Runtime.executionContextCreated" && name === guestContextName) contextId = id;
    else onNotification(method, params);
  };
  await session.send("Runtime.enable");
  await session.send("Runtime.disable");
  session.onNotification = onNotification;
  if (contextId !== undefined) return contextId;
  throw new CodedError("HOTFIX_FAILED", "the service's isolate has no context");
}

/** Of a function that is made for it: the guest's own may have been changed. */
async function functionPrototype(session: InspectorSession, contextId: number): Promise<string> {
  const { objectId = "" } = await evaluated(session, contextId, "(() => {})");
  const { internalProperties = [] } = await properties(session, objectId);
  const prototype = internalProperties.find(({ name }) => name === "[[Prototype]]");
  return prototype?.value?.objectId ?? "";
}

async function evaluated(
  session: InspectorSession,
  contextId: number,
  expression: string,
): Promise<RemoteObject> {
  const answer: ProtocolObject = await session.send("Runtime.evaluate", { expression, contextId });
  return answer["result"] as RemoteObject;
}
