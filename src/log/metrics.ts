// Metrics: figures in the text format of Prometheus. The only importer of prom-client.
// Main thread. Given to the console by console-powers.ts.
// Invariant: a text is made of the figures that are handed in, and of none that were before.

import { Counter, Gauge, Registry } from "prom-client";
import type { MetricFamily } from "../../wire/metric-family.ts";

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

export function metricsText(families: readonly MetricFamily[]): Promise<string> {
  const registry = new Registry();
  for (const { name, help, kind, samples } of families) {
    const labelNames = Object.keys(samples[0]?.labels ?? {});
    const setting = { name, help, labelNames, registers: [registry] };
    const counter = kind === "counter" ? new Counter(setting) : undefined;
    const gauge = kind === "gauge" ? new Gauge(setting) : undefined;
    for (const { labels, value } of samples) {
      counter?.inc(labels, Math.max(0, value));
      gauge?.set(labels, value);
    }
  }
  return registry.metrics();
}
