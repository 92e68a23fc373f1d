// Shadow command: runs a patched copy beside a service, and tells what it does otherwise.
// Shard 0. Through services/host/shadowing.ts.
// Invariant: a difference is a result, and no failure of the command.

import type { Address } from "isonet";
import { limits } from "../../../wire/limits.ts";
import type { ShadowReport } from "../../../wire/shadow-report.ts";
import type { Answer, Table } from "./answer.ts";
import { addressOf, type Command, type Invocation } from "./command.ts";
import { sourceOf } from "./source-text.ts";

export const shadowCommand: Command = {
  usage: "[address file [seconds] | stop address]",
  summary: "a patched copy gets all that the service gets; what it sends is compared; or lists",
  access: "write",
  run: shadow,
};

/** As programs get it. */
type Shown = Omit<ShadowReport, "address"> & { readonly address: string };

async function shadow(invocation: Invocation): Promise<Answer> {
  const { isonet, powers, args } = invocation;
  const { shadowing } = powers;
  const shown = (report: ShadowReport): Shown => {
    return { ...report, address: isonet.address(report.address as Address) };
  };
  const [first, second] = args.words(0);
  if (first === undefined) {
    const result = (await shadowing.list()).map(shown);
    return { result, text: new Map(result.map((each) => [each.address, lineOf(each)])) };
  }
  if (first === "stop") {
    const address = await addressOf(isonet, args.required(1, "an address behind stop"));
    return answerOf(shown(await shadowing.stop(address)));
  }
  const address = await addressOf(isonet, first);
  const seconds = secondsOf(invocation);
  const source = await sourceOf(invocation, second);
  const msMax = (seconds ?? limits.shadowSecondsMax) * 1000;
  const report = await shadowing.start(address, source, msMax);
  const isOver = seconds === undefined || report.ending !== "";
  return answerOf(shown(isOver ? report : await shadowing.ended(address, msMax)));
}

/** Undefined: it goes on when the command has ended. */
function secondsOf({ args }: Invocation): number | undefined {
  const word = args.optional(2);
  if (word === undefined) return undefined;
  const seconds = Number(word);
  const { recordingSecondsMax: most } = limits;
  if (seconds > 0 && seconds <= most) return seconds;
  throw args.invalid(`seconds must be over 0 and at most ${most}`);
}

function answerOf(report: Shown): Answer {
  return { result: report, text: tableOf(report) };
}

function tableOf(report: Shown): Table {
  const { ending, inputs, ms, compared, different, first, errors, logLines } = report;
  const rows = new Map<string, unknown>([
    ["shadow", ending === "" ? "goes on" : `has ended: ${ending}`],
    ["inputs", `${inputs} in ${(ms / 1000).toFixed(1)} s`],
    ["different", `${different} of ${compared} messages`],
    ["errors", errors],
    ["log lines", logLines],
    ["cpu", `${report.cpuMs.toFixed(1)} ms; the service ${report.originalCpuMs.toFixed(1)} ms`],
  ]);
  if (first !== undefined) {
    rows.set("first", `input ${first.input}, frame ${first.frame}`);
    rows.set("original", first.original);
    rows.set("copy", first.copy);
  }
  return rows;
}

function lineOf({ ending, inputs, compared, different, behindBytes }: Shown): string {
  const state = ending === "" ? `${behindBytes} bytes behind` : `has ended: ${ending}`;
  return `${inputs} inputs, ${different} of ${compared} messages differ; ${state}`;
}
