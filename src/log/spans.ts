// Spans: the steps of traced requests as spans of OpenTelemetry. The only importer of
// @opentelemetry/api.
// Main thread. Fed with trace lines by the logger; made by host-services.ts when option spans is
// set.
// Invariant: what is open is bounded; the oldest span is ended when there are too many.

import { ROOT_CONTEXT, SpanStatusCode, trace, type Span } from "@opentelemetry/api";
import { limits } from "../../wire/limits.ts";

/** Tag, nanoseconds since the host's start, event, session and source of the request it is in. */
const linePattern = /^<TRACE (\S{1,64})> (\d{1,17}) (.+) \(session (\d+) from (\S+)\)$/s;
const callPattern = /^(?:call|send) (\S+) kind (\d+) session (\d+)$/;
const beginPattern = /^(?:trace|request)\b/;
const nsPerMs = 1e6;

export class Spans {
  readonly #startTimeMs: number;
  readonly #tracer = trace.getTracer("isonet");
  readonly #open = new Map<string, Span>();
  /** Spans in which a request was made, by tag, caller and session. */
  readonly #calls = new Map<string, Span>();

  constructor(startTimeMs: number) {
    this.#startTimeMs = startTimeMs;
  }

  /** A line of a service's log; nothing happens when it is no step of a trace. */
  take(address: string, name: string, text: string): void {
    const found = linePattern.exec(text);
    if (found === null) return;
    const [, tag = "", ns, event = "", session, from] = found;
    const timeMs = this.#startTimeMs + Number(ns) / nsPerMs;
    const key = `${tag} ${address} ${session} ${from}`;
    const call = callPattern.exec(event);
    if (call !== null) {
      const span = this.#open.get(key);
      if (span !== undefined) put(this.#calls, `${tag} ${address} ${call[3]}`, span);
      span?.addEvent(event, timeMs);
    } else if (event.startsWith("end")) {
      this.#end(key, event, timeMs);
    } else if (beginPattern.test(event)) {
      const parent = this.#calls.get(`${tag} ${from} ${session}`);
      const attributes = { "isonet.tag": tag, "isonet.address": address, "isonet.event": event };
      const context = parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent);
      const title = name === "" ? address : name;
      const span = this.#tracer.startSpan(title, { startTime: timeMs, attributes }, context);
      put(this.#open, key, span)?.end();
    } else {
      this.#open.get(key)?.addEvent(event, timeMs);
    }
  }

  #end(key: string, event: string, timeMs: number): void {
    const span = this.#open.get(key);
    this.#open.delete(key);
    if (event !== "end") span?.setStatus({ code: SpanStatusCode.ERROR, message: event.slice(4) });
    span?.end(timeMs);
  }
}

/** What had to go: the one before it with this key, or the oldest. */
function put(spans: Map<string, Span>, key: string, span: Span): Span | undefined {
  const before = spans.get(key);
  spans.delete(key);
  spans.set(key, span);
  if (before !== undefined || spans.size <= limits.spansMax) return before;
  for (const [oldestKey, oldest] of spans) {
    spans.delete(oldestKey);
    return oldest;
  }
  return undefined;
}
