// Console powers: what host.ts gives the console service, out of src/net.
// Main thread. Called once by host.ts.
// Invariant: the console reaches the machine by these and nothing else.

import type {
  ConsolePowers,
  ContainmentPowers,
  DebugPowers,
  HostFacts,
  LogLevel,
  RecordingPowers,
} from "../services/host/console/powers.ts";
import type { InsightPowers } from "../services/host/console/insight-powers.ts";
import { metricsContentType, metricsText } from "./log/metrics.ts";
import type { WebPowers } from "../services/host/web/web-powers.ts";
import { LineReader } from "./net/line-reader.ts";
import { listen } from "./net/listener.ts";
import { systemNetClock } from "./net/net-clock.ts";
import { readTextFile } from "./text-file.ts";

export type ConsoleSetting = {
  readonly at: { readonly host: string; readonly port: number };
  readonly facts: () => HostFacts;
  readonly containment: ContainmentPowers;
  readonly insight: InsightPowers;
  readonly debug?: DebugPowers | undefined;
  readonly recordings: RecordingPowers;
  readonly shadowing: ConsolePowers["shadowing"];
  readonly web: WebPowers;
  /** Address of the dashboard, with its token. */
  readonly dashboardUrl: () => string;
  readonly log: (level: LogLevel, text: string) => void;
};

export function consolePowers(setting: ConsoleSetting): ConsolePowers {
  return {
    debug: undefined,
    ...setting,
    listen,
    lineReader: (lineBytesMax, handlers) => new LineReader(lineBytesMax, handlers),
    readFile: readTextFile,
    clock: systemNetClock,
    metrics: { contentType: metricsContentType, textOf: metricsText },
  };
}
