// Insight: what an operator looks at in one isolate: snapshots of its heap, recordings of what it
// does, and calls of one of its functions.
// One shard's thread. Called by isolate.ts, with the service held; a recording goes on over turns.
// Invariant: nothing pauses; whoever started a recording or a trap ends it, with the service held.

import { CodedError } from "../../wire/coded-error.ts";
import { limits } from "../../wire/limits.ts";
import { InspectorSession, withSession, type ProtocolObject } from "./inspector-session.ts";
import { ivm, type Ivm } from "./vm.ts";

/** What to record: where CPU time goes, or what is allocated. */
export type RecordingOrder =
  | { readonly kind: "cpu"; readonly intervalUs: number }
  /** `isAll`: what was collected meanwhile, too. */
  | { readonly kind: "allocations"; readonly intervalBytes: number; readonly isAll: boolean };

/** Goes on from its start until `stop`; the service has turns meanwhile. */
export type Recording = {
  /** The JSON text of a .cpuprofile or .heapprofile. The service must be held. */
  stop(): Promise<string>;
};

/** Where a session runs: an isolate with the context of its service. */
export type InsightTarget = { readonly isolate: Ivm.Isolate; readonly context: Ivm.Context };

const spinSource = "$0(); let turns = 0; while (turns < 3e6) turns++; return turns;";
const spinMsMax = 1000;

/** Hands on the snapshot's JSON as V8 writes it, in texts of about 1 MiB. */
export async function takeSnapshot(
  { isolate }: InsightTarget,
  onText: (text: string) => void,
): Promise<void> {
  await withSession(isolate, "INSPECT_FAILED", async (session) => {
    session.onNotification = (method, { chunk }) => {
      if (method === "HeapProfiler.addHeapSnapshotChunk") onText(chunk as string);
    };
    await session.send("HeapProfiler.takeHeapSnapshot", {}, limits.snapshotMsMax);
  });
}

export async function startRecording(
  target: InsightTarget,
  order: RecordingOrder,
): Promise<Recording> {
  const session = new InspectorSession(target.isolate, "INSPECT_FAILED");
  try {
    if (order.kind === "cpu") await startCpu(target, session, order.intervalUs);
    else await session.send("HeapProfiler.startSampling", samplingTerms(order));
  } catch (error) {
    await session.end();
    throw error;
  }
  return {
    stop: async () => {
      try {
        const { profile } = await session.send(stopMethod(order), {}, limits.snapshotMsMax);
        return JSON.stringify(profile);
      } finally {
        await session.end();
      }
    },
  };
}

/**
 * V8 samples the thread that starts the profiler, and messages run on a thread of the library's
 * pool, unless the isolate is busy: the first message wakes such a thread, which waits; the second
 * one interrupts what runs here, and both are handled on this thread.
 */
async function startCpu(
  { context }: InsightTarget,
  session: InspectorSession,
  interval: number,
): Promise<void> {
  await session.send("Profiler.enable");
  await session.send("Profiler.setSamplingInterval", { interval });
  const answers: Promise<ProtocolObject>[] = [];
  const begin = new ivm.Callback(() => {
    answers.push(session.send("Runtime.getIsolateId"), session.send("Profiler.start"));
  });
  try {
    context.evalClosureSync(spinSource, [begin], { timeout: spinMsMax });
  } catch (error) {
    throw new CodedError("INSPECT_FAILED", `the profiler did not start: ${String(error)}`);
  } finally {
    await Promise.allSettled(answers);
  }
  await Promise.all(answers);
}

/** The message that ends a recording; its answer holds the profile. */
export function stopMethod({ kind }: RecordingOrder): string {
  return kind === "cpu" ? "Profiler.stop" : "HeapProfiler.stopSampling";
}

/** Of HeapProfiler.startSampling. */
export function samplingTerms(order: RecordingOrder & { kind: "allocations" }): ProtocolObject {
  return {
    samplingInterval: order.intervalBytes,
    includeObjectsCollectedByMajorGC: order.isAll,
    includeObjectsCollectedByMinorGC: order.isAll,
  };
}
