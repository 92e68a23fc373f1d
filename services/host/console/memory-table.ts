// Memory table: the memory of all services, figure by figure or in totals.
// Shard 0. Used by scope-commands.ts for `mem all` and `mem --by`.
// Invariant: what uses most stands first; a service that did not answer is in no total.

import type { HeapFigures } from "../../api/launcher.ts";
import type { Answer } from "./answer.ts";
import { aligned } from "./columns.ts";
import { launcher, type Invocation } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";

type Figure = keyof HeapFigures;
type Group = Record<Figure, number> & { readonly name: string; services: number };

const groupings = ["owner", "module", "cell"] as const;
const figures = [
  "usedBytes",
  "totalBytes",
  "limitBytes",
  "externalBytes",
  "sharedBytes",
  "nativeBytes",
] as const satisfies Figure[];
const titles = ["USED Kb", "HEAP", "LIMIT", "BUFFERS", "SHARED", "NATIVE"];

/** Undefined: neither `all` nor `--by` was given. */
export async function wideMemory(invocation: Invocation): Promise<Answer | undefined> {
  const { isonet, args, powers } = invocation;
  const [first, by, ...others] = args.values(0).map(String);
  if (first !== "all" && first !== "--by") return undefined;
  const grouping = groupings.find((each) => each === by);
  const isFine = first === "all" ? by === undefined : grouping !== undefined;
  if (!isFine || others.length > 0) throw args.invalid("all, or --by owner, module or cell");
  const { call } = launcher(isonet, consoleLimits.launcherMarginMs + consoleLimits.debugMs);
  const [services, names] = await Promise.all([call.mem(), call.list()]);
  const groups = new Map<string, Group>();
  for (const [address, heap] of Object.entries(services)) {
    if (typeof heap === "string") continue;
    const origin = powers.insight.originOf(isonet.parseAddress(address) as never);
    const place = grouping === "cell" ? origin?.place : origin?.[grouping ?? "module"];
    const name = grouping === undefined ? `${address} ${names[address] ?? ""}` : (place ?? "?");
    const group = groups.get(name) ?? emptyGroup(name);
    group.services++;
    for (const figure of figures) group[figure] += heap[figure];
    groups.set(name, group);
  }
  const sorted = [...groups.values()].toSorted((one, other) => other.usedBytes - one.usedBytes);
  return { result: sorted, text: textOf(sorted, grouping) };
}

function emptyGroup(name: string): Group {
  const zeros = Object.fromEntries(figures.map((figure) => [figure, 0]));
  return { name, services: 0, ...(zeros as Record<Figure, number>) };
}

function textOf(groups: readonly Group[], grouping: string | undefined): string {
  const rows = groups.map((group) => [
    ...figures.map((figure) => (group[figure] / 1024).toFixed(0)),
    String(group.services),
    group.name,
  ]);
  const total = figures.map((figure) => {
    const bytes = groups.reduce((sum, group) => sum + group[figure], 0);
    return (bytes / 1024).toFixed(0);
  });
  const services = groups.reduce((sum, group) => sum + group.services, 0);
  const last = (grouping ?? "service").toUpperCase();
  const all = [...total, String(services), "(all)"];
  return aligned([...titles, "SERVICES", last], [...rows, all]).join("\n");
}
