// Soak: well-behaved and hostile services come and go under load, for as long as it is told to.
// `npm run soak -- --help` says how.
// Invariant: chance comes from the seed; what it has started is gone when it ends.

import { Soak } from "./soak/soak.ts";
import { soakComplaints } from "./soak/figures.ts";
import { commandLine, refusal } from "../kit/command-line.ts";

const usage = `npm run soak -- --minutes N [--seed N]

Services come and go under load for N minutes: trusted and untrusted ones that exchange numbered
messages, and hostile scripts of test/hostile/corpus beside them. A line of progress every 10 s on
stderr, and one JSON line at the end: messages sent, delivered, failed with a code and lost;
resident memory of the host and its cells over time; handles that were left behind.

  --minutes N   how long (1)
  --seed N      of the chance that decides what happens (from the clock)

Exit code 1: a message was lost, memory grew, or something was left behind.`;

const options = {
  minutes: { type: "string", default: "1" },
  seed: { type: "string", default: String(Date.now() % 1_000_000) },
} as const;

const refuse = refusal("soak");

function number(name: string, text: string): number {
  const value = Number(text);
  if (text !== "" && value >= 0) return value;
  return refuse(`--${name} is ${text}: a number is needed`);
}

const given = commandLine("soak", usage, options);
const seed = number("seed", given.seed);
const minutes = number("minutes", given.minutes);
console.error(`soak: ${minutes} minutes, --seed ${seed}`);
const figures = await new Soak({
  seed,
  minutes,
  say: (text) => console.error(`soak: ${text}`),
}).run();
const wrong = soakComplaints(figures);
for (const text of wrong) console.error(`soak: WRONG: ${text}`);
console.log(JSON.stringify(figures));
process.exitCode = wrong.length === 0 ? 0 : 1;
