// Chaos host: a real host whose services misbehave while an operator interrupts, kills, injects,
// collects and looks, all at random.
// A process of its own, started by chaos.test.ts with a seed and a number of operations. Prints one
// JSON line when all of it went well, and ends by itself.
// Invariant: nothing here waits without a deadline: what does not answer is a failure.

import type { Address } from "isonet";
import { Random } from "../kit/random.ts";
import { startHost, type TestHost } from "../kit/host.ts";

const victim = `
import { commands, sleep, timeout } from "isonet";
const kept: unknown[] = [];
const until = (ms: number): void => { const end = Date.now() + ms; while (Date.now() < end); };
const grow = (by: number): void => { kept.push(new Array(by).fill(1.5)); };
const loop = (): Promise<void> => Promise.resolve().then(loop);
commands({
  count: () => kept.length,
  work: (ms: number) => { until(ms); return "worked"; },
  workLater: async (ms: number) => { await sleep(1); until(ms); return "worked"; },
  spin: () => { for (;;); },
  spinLater: async () => { await null; for (;;); },
  microtasks: () => loop(),
  spinWithMicrotasks: () => { void loop(); for (;;); },
  spinInTimer: () => { timeout(1, () => { for (;;); }); return "soon"; },
  regex: () => /^(a+)+$/.test("a".repeat(40) + "b"),
  die: () => { for (;;) grow(1000); },
  growFor: (ms: number) => {
    const end = Date.now() + ms;
    while (Date.now() < end) grow(200);
    return kept.length;
  },
  growAndSpin: (times: number) => { for (let i = 0; i < times; i++) grow(1000); for (;;); },
  growSlowly: () => { for (let i = 0; ; i++) if (i % 300 === 0) grow(100); },
  garbage: (ms: number) => {
    const end = Date.now() + ms;
    let a: unknown;
    while (Date.now() < end) a = new Array(100).fill(a === 1);
  },
  sort: () => Array.from({ length: 300000 }, (_, i) => (i * 7919) % 300007).sort().length,
  json: () => {
    const text = JSON.stringify(Array.from({ length: 50000 }, (_, i) => ({ i })));
    for (let left = 40; left > 0; left--) JSON.parse(text);
  },
  recurse: () => { const again = (): number => again() + 1; return again(); },
});
`;

const innocent = `
import { commands } from "isonet";
let last = 0;
commands({ next: () => ++last });
`;

/** What a misbehaving service's caller may be told. */
const expected = new Set([
  "SLICE_EXCEEDED",
  "MEMORY_LIMIT",
  "ADDRESS_DEAD",
  "ADDRESS_UNKNOWN",
  "CALL_TIMEOUT",
  "REMOTE_FAULT",
  "INJECT_FAILED",
  "SERVICE_ABORTED",
  "SERVICE_INIT_FAILED",
  "SERVICE_LOAD_FAILED",
]);
const answerMsMax = 25_000; // an owner can wait 10 s until its debt is paid
const victims = 5;
const startTriesMax = 20;

const random = new Random(Number(process.argv[2]));
const operations = Number(process.argv[3]);
const outcomes: Record<string, number> = {};
/** What has not been answered yet: told with a failure. */
const inFlight = new Set<string>();

async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      reject(
        new Error(`no answer in ${answerMsMax} ms: ${what}; open: ${[...inFlight].join(", ")}`),
      ),
    answerMsMax,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function tried(what: string, work: Promise<unknown>): Promise<string> {
  let outcome: string;
  inFlight.add(what);
  try {
    await inTime(what, work);
    outcome = "ok";
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined || !expected.has(code)) throw error;
    outcome = code;
  }
  inFlight.delete(what);
  const key = `${what}: ${outcome}`;
  outcomes[key] = (outcomes[key] ?? 0) + 1;
  return outcome;
}

class Chaos {
  readonly #isonet: TestHost["isonet"];
  readonly #turnMsMax: number;
  readonly #victims: (Address | undefined)[] = Array.from({ length: victims });

  constructor({ isonet }: TestHost, turnMsMax: number) {
    this.#isonet = isonet;
    this.#turnMsMax = turnMsMax;
  }

  async run(): Promise<void> {
    const lanes = Array.from({ length: victims }, (_, index) => this.#lane(index));
    await Promise.all([...lanes, this.#innocents()]);
  }

  /** Its calls are answered in order, whatever happens around it. */
  async #innocents(): Promise<void> {
    const address = await this.#launchInnocent();
    for (let call = 1; call <= operations; call++) {
      const answer = await inTime("innocent", this.#isonet.call(address, "lua", "next"));
      if (answer !== call) throw new Error(`the innocent's call ${call} was answered ${answer}`);
    }
  }

  /** Again when its start is interrupted: its body, too, has turnMsMax of a busy machine's time. */
  async #launchInnocent(): Promise<Address> {
    for (let left = startTriesMax; ; left--) {
      try {
        return (await this.#isonet.newService("innocent")) as Address;
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  }

  async #lane(index: number): Promise<void> {
    for (let left = operations; left > 0; left--) {
      const address = this.#victims[index] ?? (await this.#launch());
      if (address === undefined) continue; // its start was interrupted: the machine is busy
      this.#victims[index] = address;
      const work = this.#misbehave(address);
      const operating = random.chance(0.6) ? this.#operate(address) : undefined;
      await Promise.all([work, operating]);
      const code = await tried("count", this.#call(address, "count"));
      if (code === "ADDRESS_DEAD" || code === "MEMORY_LIMIT" || code === "ADDRESS_UNKNOWN") {
        this.#victims[index] = undefined;
      }
    }
  }

  async #launch(): Promise<Address | undefined> {
    const options = {
      name: "victim",
      memoryMb: random.pick([16, 24, 32]),
      owner: `owner ${random.upTo(2)}`,
      ...(random.chance(0.5) ? { sliceMs: random.pick([10, 25, 60]) } : {}),
      ...(random.chance(0.3) ? { cpuPerSecondMs: 500 } : {}),
    };
    let address: Address | undefined;
    const launch = async (): Promise<void> => {
      address = (await this.#isonet.newService(options)) as Address;
    };
    await tried("launch", launch());
    return address;
  }

  #call(address: Address, command: string, ...args: unknown[]): Promise<unknown> {
    return this.#isonet.call({ to: address, timeoutMs: 10_000 }, "lua", command, ...args);
  }

  #misbehave(address: Address): Promise<string> {
    const nearMs = Math.max(1, this.#turnMsMax + random.upTo(6) - 3);
    const [command, ...args] = random.pick<[string, ...unknown[]]>([
      ["work", nearMs],
      ["work", random.pick([10, 25, 60])],
      ["workLater", nearMs],
      ["growFor", nearMs],
      ["garbage", nearMs],
      ["spin"],
      ["spinLater"],
      ["microtasks"],
      ["spinWithMicrotasks"],
      ["spinInTimer"],
      ["regex"],
      ["die"],
      ["growAndSpin", random.upTo(1500)],
      ["growSlowly"],
      ["sort"],
      ["json"],
      ["recurse"],
    ]);
    return tried(command, this.#call(address, command, ...args));
  }

  async #operate(address: Address): Promise<void> {
    await new Promise<void>((resolve) => void setTimeout(resolve, random.upTo(30)));
    const ask = (command: string, ...args: unknown[]): Promise<unknown> =>
      this.#isonet.call({ to: ".launcher", timeoutMs: 12_000 }, "lua", command, ...args);
    const operation = random.pick(["signal", "signal", "kill", "inject", "gc", "mem", "stat"]);
    const work: Record<string, () => Promise<unknown>> = {
      signal: () => ask("signal", address, 0),
      kill: () => ask("kill", address),
      inject: () => ask("inject", address, "kept.length = 0;", "patch.js", []),
      gc: () => ask("gc", { address }),
      mem: () => ask("mem", { address }),
      stat: () => ask("stat", { address }),
    };
    await tried(operation, (work[operation] as () => Promise<unknown>)());
  }
}

const turnMsMax = random.pick([20, 50, 120]);
const kit = await startHost({ victim, innocent }, { shards: 1 + random.upTo(1), turnMsMax });
await new Chaos(kit, turnMsMax).run();
await inTime("stop", kit[Symbol.asyncDispose]());
process.stdout.write(`${JSON.stringify({ turnMsMax, outcomes })}\n`);
