// Metric family: figures of one name, as a monitoring system takes them. Neutral.
// Made by the console out of what the host knows, written as text by src/log/metrics.ts.
// Invariant: every sample of a family has the same labels.

export type MetricSample = {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type MetricFamily = {
  readonly name: string;
  readonly help: string;
  /** A counter only grows, but for a service's restart. */
  readonly kind: "counter" | "gauge";
  readonly samples: readonly MetricSample[];
};
