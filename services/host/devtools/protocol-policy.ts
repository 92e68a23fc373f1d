// Protocol policy: which methods of the debugging protocol a client may call, by its role.
// Shard 0. Asked by endpoint.ts for every request.
// Invariant: what is not named here is refused; a viewer's methods run no code and stop nothing.

/** "view" looks at sources and heap figures; "full" may do what a debugger does. */
export type DevtoolsRole = "view" | "full";

export type MethodClass = "look" | "control" | "evaluate" | "edit";

const methods: Readonly<Record<MethodClass, readonly string[]>> = {
  look: [
    "Runtime.enable",
    "Runtime.disable",
    "Runtime.getIsolateId",
    "Runtime.getHeapUsage",
    "Runtime.runIfWaitingForDebugger",
    "Runtime.discardConsoleEntries",
    "Runtime.setAsyncCallStackDepth",
    "Runtime.setMaxCallStackSizeToCapture",
    "Runtime.releaseObject",
    "Runtime.releaseObjectGroup",
    "Debugger.enable",
    "Debugger.disable",
    "Debugger.getScriptSource",
    "Debugger.searchInContent",
    "Debugger.getPossibleBreakpoints",
    "Debugger.setAsyncCallStackDepth",
    "Debugger.setBlackboxPatterns",
    "Debugger.setBlackboxedRanges",
    "Debugger.getStackTrace",
    "Profiler.enable",
    "Profiler.disable",
    "HeapProfiler.enable",
    "HeapProfiler.disable",
    "Schema.getDomains",
    "Console.enable",
    "Console.disable",
    "Console.clearMessages",
  ],
  control: [
    "Debugger.pause",
    "Debugger.resume",
    "Debugger.stepInto",
    "Debugger.stepOver",
    "Debugger.stepOut",
    "Debugger.restartFrame",
    "Debugger.continueToLocation",
    "Debugger.removeBreakpoint",
    "Debugger.setBreakpointsActive",
    "Debugger.setSkipAllPauses",
    "Debugger.setPauseOnExceptions",
    "Profiler.start",
    "Profiler.stop",
    "Profiler.setSamplingInterval",
    "HeapProfiler.takeHeapSnapshot",
    "HeapProfiler.collectGarbage",
    "HeapProfiler.startSampling",
    "HeapProfiler.stopSampling",
    "HeapProfiler.getSamplingProfile",
    "HeapProfiler.startTrackingHeapObjects",
    "HeapProfiler.stopTrackingHeapObjects",
  ],
  evaluate: [
    "Runtime.evaluate",
    "Runtime.callFunctionOn",
    "Runtime.getProperties",
    "Runtime.globalLexicalScopeNames",
    "Runtime.compileScript",
    "Runtime.runScript",
    "Runtime.queryObjects",
    "Runtime.addBinding",
    "Runtime.removeBinding",
    "Runtime.setCustomObjectFormatterEnabled",
    "Runtime.getExceptionDetails",
    "Debugger.evaluateOnCallFrame",
    "Debugger.setVariableValue",
    // Their conditions are code.
    "Debugger.setBreakpoint",
    "Debugger.setBreakpointByUrl",
    "Debugger.setBreakpointOnFunctionCall",
    "Debugger.setInstrumentationBreakpoint",
    "HeapProfiler.getObjectByHeapObjectId",
    "HeapProfiler.getHeapObjectId",
    "HeapProfiler.addInspectedHeapObject",
  ],
  edit: ["Debugger.setScriptSource"],
};

const classes = new Map(
  Object.entries(methods).flatMap(([kind, names]) =>
    names.map((name) => [name, kind as MethodClass] as const),
  ),
);

const domains = new Set([...classes.keys()].map(domainOf));

/** V8 has the method's domain: those of pages and of Node.js (Network, NodeWorker) it has not. */
export function isOfV8(method: string): boolean {
  return domains.has(domainOf(method));
}

function domainOf(method: string): string {
  return method.slice(0, method.indexOf("."));
}

/** The class of a method that this role may call; undefined: it is refused. */
export function permittedClass(role: DevtoolsRole, method: string): MethodClass | undefined {
  const kind = classes.get(method);
  return role === "full" || kind === "look" ? kind : undefined;
}
