// Hotfix commands: changes the code of running services, and shows which versions they run.
// Shard 0. Through the hotfix service.
// Invariant: a change that did not come into force is an error, and says why; a dry run is none.

import { CodedError } from "../../../wire/coded-error.ts";
import type {
  HotfixCommands,
  HotfixOptions,
  HotfixReport,
  RollingReport,
  VersionLine,
} from "../../api/hotfix.ts";
import type { ServiceHandle } from "isonet";
import type { Answer } from "./answer.ts";
import { aligned } from "./columns.ts";
import { addressOf, type CommandTable, type Invocation, type Isonet } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";
import { hostService } from "./host-call.ts";
import { sourceOf } from "./source-text.ts";

type Asked = {
  readonly words: readonly string[];
  readonly options: HotfixOptions;
  readonly module: string | undefined;
  readonly isRevert: boolean;
};

export const hotfixCommands: CommandTable = {
  hotfix: {
    usage: "address|--all-of module|--revert address [file] [--dry-run] [--replace] [--canary n]",
    summary: "changes the code of a running service, its state kept",
    access: "write",
    run: hotfix,
  },
  versions: {
    usage: "[address]",
    summary: "which version of its module each service runs, or one has run",
    access: "read",
    run: async (invocation) => {
      const word = invocation.args.optional(0);
      const address = word === undefined ? undefined : await addressOf(invocation.isonet, word);
      const result = await service(invocation.isonet).call.versions(address);
      return { result, text: versionsText(result) };
    },
  },
};

/** The version that a service runs stands last. */
function versionsText(versions: Readonly<Record<string, readonly VersionLine[]>>): string {
  const rows = Object.entries(versions).flatMap(([address, lines]) =>
    lines.map(({ version, how, sinceMs }) => [
      address,
      version,
      how,
      new Date(sinceMs).toISOString(),
    ]),
  );
  return aligned(["ADDRESS", "VERSION", "HOW", "SINCE"], rows).join("\n");
}

function service(isonet: Isonet): ServiceHandle<HotfixCommands> {
  return hostService<HotfixCommands>(isonet, ".hotfix", consoleLimits.waitMsMax);
}

async function hotfix(invocation: Invocation): Promise<Answer> {
  const { isonet } = invocation;
  const { words, options, module, isRevert } = readAsked(invocation);
  const { call } = service(isonet);
  const [first, second] = words;
  if (module !== undefined) {
    const text = await sourceOf(invocation, first);
    return rollingAnswer(await call.hotfixAll(module, text, options));
  }
  if (first === undefined) throw invocation.args.invalid("it needs an address");
  const address = await addressOf(isonet, first);
  const report = isRevert
    ? await call.revert(address, options)
    : await call.hotfix(address, await sourceOf(invocation, second), options);
  return answer(report, options);
}

function readAsked({ args }: Invocation): Asked {
  const given = args.words(0);
  const words: string[] = [];
  let module: string | undefined;
  const options: { isDryRun?: boolean; isReplacing?: boolean; canaries?: number } = {};
  let isRevert = false;
  for (let index = 0; index < given.length; index++) {
    const word = given[index] as string;
    if (word === "--dry-run") options.isDryRun = true;
    else if (word === "--replace") options.isReplacing = true;
    else if (word === "--revert") isRevert = true;
    else if (word === "--all-of") module = args.required(++index, "a module");
    else if (word === "--canary") options.canaries = args.integer(++index, "a count", 1);
    else if (word.startsWith("--")) throw args.invalid(`it knows no ${word}`);
    else words.push(word);
  }
  if (isRevert && module !== undefined) throw args.invalid("--revert is for one service");
  return { words, options, module, isRevert };
}

function answer(report: HotfixReport, { isDryRun }: HotfixOptions): Answer {
  const { outcome, how, version, address } = report;
  const { kind, reason } = outcome ?? { kind: "failed", reason: report.error ?? "" };
  const isDone = how !== "none" || kind === "unchanged";
  if (!isDone && isDryRun !== true) {
    throw new CodedError("HOTFIX_REFUSED", `${kind}: ${reason}`);
  }
  const text = new Map<string, unknown>([
    ["outcome", how === "replaced" ? "replaced" : kind],
    ["reason", reason],
    ["version", version],
    ["held", `${report.heldMs.toFixed(1)} ms`],
  ]);
  return { result: { ...report, address }, text };
}

function rollingAnswer(report: RollingReport): Answer {
  const text = new Map<string, unknown>(report.reports.map((each) => [each.address, line(each)]));
  if (report.stopped !== "") {
    text.set("stopped", `${report.stopped}; ${report.remaining} services were not seen to`);
  }
  return { result: report, text };
}

function line({ outcome, how, error, version, heldMs }: HotfixReport): string {
  const what = how === "replaced" ? "replaced" : (outcome?.kind ?? "failed");
  return `${what} ${version} ${heldMs.toFixed(1)} ms ${error ?? outcome?.reason ?? ""}`;
}
