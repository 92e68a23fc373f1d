// Realm: a fresh isolate with the guest runtime in it, made at once, or on the library's threads
// while this one goes on.
// One shard's thread. Made for isolate.ts by isolated-engine.ts.
// Invariant: no author code is in it: whoever waits for it waits for our own scripts alone.

import { turnMemoryBytes } from "../../wire/turn-memory.ts";
import { turnMemoryLayout } from "../kernel/occupant.ts";
import type { Bundle } from "./bundle.ts";
import { ivm, type Ivm } from "./vm.ts";

export type RealmParts = {
  readonly bundle: Bundle;
  /** For an isolate that is not trusted: hardens it once the runtime is in it. */
  readonly prelude?: Bundle | undefined;
  readonly memoryMb: number;
};

/** The runtime's object of functions. */
export type RuntimeReference = Ivm.Reference<Record<string, () => void>>;

export type Realm = {
  readonly isolate: Ivm.Isolate;
  readonly context: Ivm.Context;
  readonly memory: SharedArrayBuffer;
  readonly runtime: RuntimeReference;
  /** What authors import as "isonet". */
  readonly api: Ivm.Module;
  /** What the guest's `flush` does. */
  readonly bridge: { onFlush: () => number };
};

type Exports<T> = Ivm.Reference<Record<string, T>>;
type Boot = Exports<(...values: unknown[]) => object>;
type Harden = Exports<() => void>;

const asReference = { reference: true } as const;
const toReference = { result: asReference } as const;
const withInspector = { inspector: true } as const;
const moduleFile = { filename: "isonet:api" } as const;

export function makeRealm(parts: RealmParts): Realm {
  const { bundle, prelude } = parts;
  const isolate = makeIsolate(parts);
  const context = isolate.createContextSync(withInspector);
  const exports = takeSync(bundle.compileSync(isolate), context) as Boot;
  const hardening =
    prelude && (takeSync(prelude.compileSync(isolate), context) as Harden | undefined);
  const { args, memory, bridge } = bootArguments();
  const boot = exports.getSync("boot", asReference);
  const runtime = boot.applySync(undefined, args, toReference) as unknown as RuntimeReference;
  const api = isolate.compileModuleSync(bundle.apiSource, moduleFile);
  evaluate(api, context);
  const harden = hardening?.getSync("harden", asReference);
  harden?.applySync();
  seal(runtime);
  release(exports, hardening, boot, harden);
  return { isolate, context, memory, runtime, api, bridge };
}

/**
 * The same in steps that the library takes on threads of its own; in one isolate one behind the
 * other, in the order in which they are asked for. This thread is needed for a quarter of it.
 */
export async function makeRealmApart(parts: RealmParts): Promise<Realm> {
  const { bundle, prelude } = parts;
  const isolate = makeIsolate(parts);
  try {
    const [context, script, hardener] = await Promise.all([
      isolate.createContext(withInspector),
      bundle.compile(isolate),
      prelude?.compile(isolate),
    ]);
    const [exports, hardening] = (await Promise.all([
      script.run(context, asReference),
      hardener?.run(context, asReference),
    ])) as [Boot, Harden | undefined];
    const { args, memory, bridge } = bootArguments();
    const boot = exports.getSync("boot", asReference);
    const [runtime, api] = await Promise.all([
      boot.apply(undefined, args, toReference) as unknown as Promise<RuntimeReference>,
      isolate.compileModule(bundle.apiSource, moduleFile),
    ]);
    evaluate(api, context);
    const harden = hardening?.getSync("harden", asReference);
    await harden?.apply();
    seal(runtime);
    release(script, hardener, exports, hardening, boot, harden);
    return { isolate, context, memory, runtime, api, bridge };
  } catch (error) {
    if (!isolate.isDisposed) isolate.dispose();
    throw error;
  }
}

function makeIsolate({ memoryMb }: RealmParts): Ivm.Isolate {
  return new ivm.Isolate({ memoryLimit: memoryMb, inspector: true });
}

function takeSync(script: Ivm.Script, context: Ivm.Context): unknown {
  const exports: unknown = script.runSync(context, asReference);
  script.release();
  return exports;
}

function bootArguments() {
  const memory = new SharedArrayBuffer(turnMemoryBytes(turnMemoryLayout));
  const bridge = { onFlush: () => 0 };
  const flush = new ivm.Callback(() => bridge.onFlush());
  const shared = new ivm.ExternalCopy(memory).copyInto({ release: true });
  const { inboxBytes, outboxBytes } = turnMemoryLayout;
  return { memory, bridge, args: [shared, inboxBytes, outboxBytes, flush] };
}

function evaluate(module: Ivm.Module, context: Ivm.Context): void {
  module.instantiateSync(context, () => module);
  module.evaluateSync();
}

/** What the runtime had of the global object goes: what authors find in its place is for them. */
function seal(runtime: RuntimeReference): void {
  runtime.getSync("seal", asReference).applySync();
}

function release(...handles: readonly ({ release(): void } | undefined)[]): void {
  for (const handle of handles) handle?.release();
}
