// Console powers: what host.ts gives the console service, out of src/net.
// Main thread. Called once by host.ts.
// Invariant: the console reaches the machine by these and nothing else.

import type {
  ConsolePowers,
  ContainmentPowers,
  HostFacts,
  LogLevel,
  RecordingPowers,
} from "../services/host/console/powers.ts";
import { metricsContentType, metricsText } from "./log/metrics.ts";
import { LineReader } from "./net/line-reader.ts";
import { listen } from "./net/listener.ts";
import { systemNetClock } from "./net/net-clock.ts";
import { readTextFile } from "./text-file.ts";

export type ConsoleSetting = {
  readonly at: { readonly host: string; readonly port: number };
  readonly facts: () => HostFacts;
  readonly containment: ContainmentPowers;
  readonly recordings: RecordingPowers;
  readonly log: (level: LogLevel, text: string) => void;
};

export function consolePowers(setting: ConsoleSetting): ConsolePowers {
  const { at, facts, containment, recordings, log } = setting;
  return {
    at,
    listen,
    lineReader: (lineBytesMax, handlers) => new LineReader(lineBytesMax, handlers),
    readFile: readTextFile,
    clock: systemNetClock,
    facts,
    containment,
    recordings,
    metrics: { contentType: metricsContentType, textOf: metricsText },
    log,
  };
}
