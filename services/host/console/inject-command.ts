// Inject command: runs a script inside a service: in the scope of its module, or in that of one of
// its functions at the next call.
// Shard 0. Through the launcher; `--at` through the control service of its shard or cell.
// Invariant: a script that fails, and a call that does not come, is an error, and nothing stays
// behind in the service but what the script has done.

import { CodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";
import { askControl } from "./recorder.ts";
import type { Answer } from "./answer.ts";
import { addressed, launcher, type Command, type Invocation } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";

type Place = {
  readonly at: string | undefined;
  readonly deadlineMs: number;
  /** The words for the script. */
  readonly rest: readonly string[];
};

type Injection = { readonly ok: boolean; readonly output: string };

const deadlineMsDefault = 5000;
const marginMs = 10_000;
const firstId = 2 ** 30; // those below are the launcher's
let lastId = firstId;

export const injectCommand: Command = {
  usage: "address file [--at function] [--deadline ms] [args…]",
  summary: "runs a script in the scope of the service's module, or of a function when it is called",
  access: "write",
  run: inject,
};

async function inject(invocation: Invocation): Promise<Answer> {
  const { isonet, args, request } = invocation;
  const file = args.required(1, "a file");
  const place = placeOf(invocation);
  const address = await addressed(invocation);
  const source = request.source ?? (await sourceOf(invocation, file));
  const within = launcher(isonet, consoleLimits.workMs);
  const { ok, output } =
    place.at === undefined
      ? await within.call.inject(address, source, file, place.rest)
      : await injectAt(invocation, { source, filename: file }, place);
  if (!ok) throw new CodedError("INJECT_FAILED", output);
  return { result: output };
}

/** Options stand anywhere behind the file. */
function placeOf({ args }: Invocation): Place {
  const rest = args.words(2);
  let at: string | undefined;
  let deadlineMs = deadlineMsDefault;
  for (;;) {
    const index = rest.findIndex((word) => word === "--at" || word === "--deadline");
    if (index < 0) return { at, deadlineMs, rest };
    const [name = "", value = ""] = rest.splice(index, 2);
    if (value === "") throw args.invalid(`${name} needs a value`);
    if (name === "--at") at = value;
    else deadlineMs = Number(value);
    if (!(deadlineMs >= 1 && deadlineMs <= limits.trapMsMax)) {
      throw args.invalid(`the deadline must be 1 to ${limits.trapMsMax} ms`);
    }
  }
}

async function injectAt(
  invocation: Invocation,
  script: { readonly source: string; readonly filename: string },
  { at, deadlineMs, rest }: Place,
): Promise<Injection> {
  const { isonet, powers } = invocation;
  const address = await addressed(invocation);
  const id = ++lastId;
  const to = { to: powers.insight.controlOf(address), timeoutMs: deadlineMs + marginMs };
  await askControl(isonet, to, ["trap", address, { id, at, ...script }, deadlineMs]);
  const target = { to: address, timeoutMs: consoleLimits.workMs };
  const answer: unknown = await isonet.call(target, "debug", "RUN", id, ...rest);
  return answer as Injection;
}

async function sourceOf({ powers }: Invocation, file: string): Promise<string> {
  try {
    return await powers.readFile(file, limits.sourceBytesMax);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CodedError("ARGUMENT_INVALID", `Can't open ${file}: ${why}`);
  }
}
