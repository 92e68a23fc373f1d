// Console limits: the bounds of the operator's console. Shard 0.
// Read by the files beside it. The bounds of messages and sources are in wire/limits.ts.
// Invariant: whatever is typed or posted, a connection costs at most these.

export const consoleLimits = {
  /** Open connections, text and HTTP together. */
  connectionsMax: 32,
  /** One line as typed; `call` and `info` put their arguments on it. */
  lineBytesMax: 64 * 1024,
  /** A text connection without a command for this long is ended: half an hour. */
  idleMs: 30 * 60_000,
  /**
   * A connection that says nothing for this long is a person's, and is greeted; a browser speaks
   * first.
   */
  greetingMs: 200,
  /** The same where a browser shows the dashboard: it opens connections ahead of need. */
  browserGreetingMs: 12_000,
  /** Text that one command prints; the rest is cut. */
  outputCharsMax: 1024 * 1024,
  /** Text of one value in a table; the rest is cut. */
  cellCharsMax: 16 * 1024,
  /** Bytes that wait for a slow reader: several outputs. Beyond it the connection is closed. */
  writeBytesMax: 8 * 1024 * 1024,
  /** Request line and headers; a browser sends the cookies of every port of this machine. */
  httpHeaderBytesMax: 16 * 1024,
  /** Body of an HTTP request: a command, or the source of a script to inject. */
  httpBodyBytesMax: 1024 * 1024,
  /** Body of an HTTP answer. */
  httpAnswerBytesMax: 8 * 1024 * 1024,
  /** Time to receive an HTTP request, and again to take its answer. */
  httpTransferMs: 10_000,
  /** Time to take a file. */
  downloadMs: 600_000,
  /** One sample for the dashboards in this time. */
  sampleMs: 1000,
  /** The same while a shard or cell does not answer. */
  sampleMsMax: 4000,
  /** Ticks of 10 ms that a sample waits for shards and cells. */
  sampleTicks: 80,
  /** Ticks of 10 ms that stat, mem and gc wait for a service. Skynet's figure (reference §9.7). */
  scopeTicks: 300,
  /** Time for the launcher to answer when the services have had theirs. */
  launcherMarginMs: 2000,
  /** Time for a service to answer one debug request. */
  debugMs: 3000,
  /** Time for what runs an author's code at length: call, inject, start. */
  workMs: 60_000,
  /** The longest wait an operator can ask for: ten minutes. */
  waitMsMax: 600_000,
  /** Literals nest as deep as a message does. */
  literalDepthMax: 32,
  /** Services with metrics of their own; the others are summed. */
  metricServicesMax: 200,
  /** Modules with metrics of their own; the others are summed. */
  metricModulesMax: 100,
  /** Ticks of 10 ms that a scrape waits for shards and cells. */
  metricTicks: 100,
} as const;
