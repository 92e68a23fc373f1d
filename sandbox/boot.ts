// Boot: the entry of the guest bundle. The engine evaluates it in a fresh isolate and calls what it
// exports.
// Guest. Called by engine/isolate.ts: boot, then the API's module is evaluated, then seal, later
// assign and load.
// Invariant: after `seal` no name of the runtime is left on the global object but `console`.

import { JSONParse, ObjectDefineProperty, ReflectOwnKeys } from "../wire/primordials.ts";
import { pickFunctions } from "./function-picker.ts";
import { createRuntime, type Runtime, type ServiceIdentity } from "./runtime.ts";

const apiGlobal = "isonet:api";

/** The functions the engine calls; all of them ours, none ever given to an author. */
export type BootedRuntime = {
  readonly turn: () => void;
  /** JSON of a ServiceIdentity. */
  readonly assign: (identity: string) => void;
  readonly seal: () => void;
  /** The module's exports, in a turn's time: reading them may run the author's code. */
  readonly loaded: Runtime["loaded"];
  /** For a hotfix: called through the inspector only. */
  readonly pick: typeof pickFunctions;
  /** Names of the API, for the engine's module "isonet". */
  readonly names: readonly string[];
};

export function boot(
  memory: SharedArrayBuffer,
  inboxBytes: number,
  outboxBytes: number,
  flush: () => number,
): BootedRuntime {
  const runtime: Runtime = createRuntime({
    memory,
    layout: { inboxBytes, outboxBytes },
    flush,
    mayPause: true,
  });
  const world = globalThis as unknown as Record<string, unknown>;
  ObjectDefineProperty(world, apiGlobal, { value: runtime.api, configurable: true });
  ObjectDefineProperty(world, "console", {
    value: runtime.console,
    configurable: true,
    writable: true,
  });
  return {
    turn: runtime.turn,
    assign: (identity) => runtime.assign(JSONParse(identity) as ServiceIdentity),
    seal: () => {
      delete world[apiGlobal];
    },
    loaded: runtime.loaded,
    pick: pickFunctions,
    names: ReflectOwnKeys(runtime.api) as string[],
  };
}
