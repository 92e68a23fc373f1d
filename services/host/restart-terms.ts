// Restart terms: reads the launch option `restart`, and fills in what it leaves open.
// Shard 0. Used by launch-options.ts and launcher.ts.
// Invariant: hostile input: what `restartFault` lets through, `restartTerms` can take.

import type { LaunchOptions, RestartPolicy, RestartTerms } from "isonet";
import { limits } from "../../wire/limits.ts";

export type ResolvedRestart = Required<RestartTerms>;

const policies: readonly unknown[] = ["never", "on-crash", "always"] satisfies RestartPolicy[];
const wantedPolicy = '"never", "on-crash" or "always"';
const dayMs = 86_400_000;

/** Smallest and largest value of each number, and its unit. */
const ranges: {
  readonly [K in Exclude<keyof RestartTerms, "policy">]-?: readonly [number, number, string];
} = {
  restartsMax: [0, 1000, "restarts"],
  seconds: [1, 86_400, "seconds"],
  backoffMs: [0, 3_600_000, "milliseconds"],
  backoffMsMax: [0, 3_600_000, "milliseconds"],
  checkpointMs: [100, dayMs, "milliseconds, or 0"],
};

/** What is needed in place of this value of `restart`; undefined when it is well. */
export function restartFault(value: unknown): string | undefined {
  if (policies.includes(value)) return undefined;
  if (typeof value !== "object" || value === null) {
    return `${wantedPolicy}, or an object with one of them as its policy,`;
  }
  const terms = value as Record<string, unknown>;
  if (!policies.includes(terms["policy"])) return `${wantedPolicy} as its policy`;
  for (const [key, given] of Object.entries(terms)) {
    if (key === "policy" || given === undefined) continue;
    const range = Object.hasOwn(ranges, key) ? ranges[key as keyof typeof ranges] : undefined;
    if (range === undefined) {
      return `an object of policy, ${Object.keys(ranges).join(", ")}, without ${shown(key)},`;
    }
    const [min, max, unit] = range;
    const isNone = key === "checkpointMs" && given === 0;
    const isWithin = Number.isInteger(given) && Number(given) >= min && Number(given) <= max;
    if (!isNone && !isWithin) {
      return `a whole number of ${unit} from ${min} to ${max} as its ${key}, not ${shown(given)},`;
    }
  }
  return undefined;
}

function shown(value: unknown): string {
  const isPlain = typeof value === "string" || typeof value === "number";
  return isPlain ? String(value).slice(0, 64) : typeof value;
}

export function restartTerms({ restart = "never" }: LaunchOptions): ResolvedRestart {
  const given: RestartTerms = typeof restart === "string" ? { policy: restart } : restart;
  return {
    policy: given.policy,
    restartsMax: given.restartsMax ?? limits.restartsMax,
    seconds: given.seconds ?? limits.restartSeconds,
    backoffMs: given.backoffMs ?? limits.restartBackoffMs,
    backoffMsMax: given.backoffMsMax ?? limits.restartBackoffMsMax,
    checkpointMs: given.checkpointMs ?? 0,
  };
}
