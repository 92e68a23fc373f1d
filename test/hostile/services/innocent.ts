// Innocent: exchanges numbered messages with others of its kind, and keeps account of every one.
// Guest: trusted on a shard, or untrusted in a cell; the same text in both.
// Invariant: a message that is lost, doubled or late, and a call that fails, is counted once.

import { call, commands, exit, fork, now, self, send, sleep } from "isonet";
import type { Address } from "isonet";

/** A life is what is between a start and an end: one that is restarted begins another one. */
export type Peer = { readonly address: Address; readonly life: number };
export type Peers = { readonly sendTo: Peer; readonly callTo: Address };

/** What it has sent in all to the present life of another. */
type Sent = { readonly life: number; count: number };
/** What it has of one sender's present life. */
type Heard = { life: number; last: number; lost: number; doubled: number; late: number };

export type InnocentReport = {
  readonly life: number;
  readonly isBusy: boolean;
  readonly sent: ReadonlyMap<Address, Sent>;
  readonly calls: number;
  readonly answered: number;
  readonly wrong: number;
  readonly waiting: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly firstError: string;
  readonly heard: ReadonlyMap<Address, Heard>;
};

const roundTicks = 2;
const sendsPerRound = 4;
const callsPerRound = 2;
const waitingMax = 200;
const lateTicksMax = 100;

const life = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
const sent = new Map<Address, Sent>();
const heard = new Map<Address, Heard>();
const missing = new Map<Address, Set<number>>();
let peers: Peers | undefined;
let round = 0;
let calls = 0;
let answered = 0;
let wrong = 0;
let waiting = 0;
let firstError = "";
const errors: Record<string, number> = {};

function hear(from: Address, fromLife: number, toLife: number, number: number): void {
  if (toLife !== life) return;
  const known = heard.get(from);
  const entry =
    known?.life === fromLife ? known : { life: fromLife, last: 0, lost: 0, doubled: 0, late: 0 };
  if (entry !== known) {
    heard.set(from, entry);
    missing.set(from, new Set());
  }
  const gaps = missing.get(from) as Set<number>;
  if (number > entry.last) {
    for (let gap = entry.last + 1; gap < number; gap++) gaps.add(gap);
    entry.lost += number - entry.last - 1;
    entry.last = number;
  } else if (gaps.delete(number)) {
    entry.lost--;
    entry.late++;
  } else {
    entry.doubled++;
  }
}

async function ask(to: Address): Promise<void> {
  const number = ++calls;
  waiting++;
  try {
    if ((await call(to, "lua", "echo", number)) === number) answered++;
    else wrong++;
  } catch (error) {
    const { code = "NO_CODE", message } = error as { code?: string; message: string };
    errors[code] = (errors[code] ?? 0) + 1;
    if (firstError === "") firstError = `${code}: ${message}`;
  } finally {
    waiting--;
  }
}

function talk({ sendTo, callTo }: Peers): void {
  const { address, life: toLife } = sendTo;
  let count = sent.get(address);
  if (count?.life !== toLife) sent.set(address, (count = { life: toLife, count: 0 }));
  for (let left = sendsPerRound; left > 0; left--) {
    send(address, "lua", "note", self(), life, toLife, ++count.count);
  }
  for (let left = callsPerRound; left > 0 && waiting < waitingMax; left--) void ask(callTo);
}

/** Keeps to its times: what a slow machine delays is made up for, up to a second. */
async function talkOn(own: number): Promise<void> {
  let due = now();
  for (;;) {
    if (peers === undefined || own !== round) return;
    talk(peers);
    due += roundTicks;
    if (now() - due > lateTicksMax) due = now();
    await sleep(Math.max(0, due - now()));
  }
}

function report(): InnocentReport {
  const isBusy = peers !== undefined;
  const counts = { calls, answered, wrong, waiting };
  return { life, isBusy, sent, ...counts, errors, firstError, heard };
}

commands({
  begin: (given: Peers) => {
    peers = given;
    const own = ++round;
    fork(() => talkOn(own));
  },
  pause: () => {
    peers = undefined;
  },
  report,
  note: hear,
  echo: (value: unknown) => value,
  leave: () => exit(),
});
