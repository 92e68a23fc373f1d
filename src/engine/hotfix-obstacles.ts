// Hotfix obstacles: why a text cannot take the place of the one that runs: which line, which
// function, which variable.
// One shard's thread. Asked by hotfix.ts; V8 is asked of each difference alone.
// Invariant: what is said for people here decides nothing, but which comments are left out.

import type { HotfixOutcome, Obstacle } from "../../wire/hotfix-outcome.ts";
import { limits } from "../../wire/limits.ts";
import type { InspectorSession } from "./inspector-session.ts";
import { capturedBy, type LiveFunction } from "./live-functions.ts";
import { declaredIn, declares, functionName, identifiersOf } from "./source-places.ts";
import { hunksOf, isCosmetic, withHunks, type Hunk } from "./text-hunks.ts";

export type Texts = { readonly before: string; readonly after: string };

/** The texts, and whether V8 would take another one in place of the old. */
export type Asked = Texts & {
  readonly isFree: (text: string) => Promise<boolean | "syntax">;
};

const capturedWhy = "functions that are alive keep the variables they have captured";

/**
 * The new text without comments and blank lines that differ at the top level only: functions are
 * all that V8 changes. Undefined: there are none, or too many differences.
 */
export async function withoutRemarks({
  before,
  after,
  isFree,
}: Asked): Promise<string | undefined> {
  const hunks = hunksOf(before, after);
  if (hunks.length > limits.hotfixHunksMax) return undefined;
  const kept: Hunk[] = [];
  for (const hunk of hunks) {
    const isRemark = isCosmetic(hunk) && (await isCode(before, hunk.at, isFree));
    const isInTheWay = isRemark && (await isFree(withHunks(before, [hunk]))) === false;
    if (!isInTheWay) kept.push(hunk);
  }
  return kept.length === hunks.length ? undefined : withHunks(before, kept);
}

/** False in the middle of a text literal or a comment, where anything compiles. */
async function isCode(text: string, line: number, isFree: Asked["isFree"]): Promise<boolean> {
  const probe: Hunk = { at: line, removed: [], newAt: line, added: ["@@@ 1 2"] };
  return (await isFree(withHunks(text, [probe]))) === "syntax";
}

/** Differences that stand outside of every function. */
export async function topLevelObstacles({ before, after, isFree }: Asked): Promise<Obstacle[]> {
  const hunks = hunksOf(before, after);
  const obstacles: Obstacle[] = [];
  for (const hunk of hunks.slice(0, limits.hotfixHunksMax)) {
    if (isCosmetic(hunk) && hunks.length > 1) continue;
    if ((await isFree(withHunks(before, [hunk]))) === true) continue;
    obstacles.push(topLevelObstacle(hunk));
  }
  return obstacles.length > 0 ? obstacles : hunks.slice(0, 1).map(topLevelObstacle);
}

function topLevelObstacle({ newAt, removed, added }: Hunk): Obstacle {
  const old = declaredIn(removed.join("\n"));
  const young = declaredIn(added.join("\n"));
  const isNew = young.find((name) => !old.includes(name));
  const isGone = old.find((name) => !young.includes(name));
  const variable = isNew ?? isGone ?? young[0] ?? "";
  const line = newAt + 1;
  const why = "it stands outside of every function, where the module's code has run already";
  return { function: "", line, variable, why };
}

/** Functions that are alive and have not taken their new text. */
export async function leftBehind(
  session: InspectorSession,
  behind: readonly LiveFunction[],
  { before, after }: Texts,
): Promise<HotfixOutcome> {
  const byPlace = new Map(behind.map((each) => [`${each.line}:${each.column}`, each]));
  const obstacles: Obstacle[] = [];
  for (const live of [...byPlace.values()].slice(0, limits.hotfixHunksMax)) {
    const captured = await capturedBy(session, live);
    const variable = changedCapture({ before, after }, captured);
    const name = functionName(live.text, live.line + 1);
    obstacles.push({ function: name, line: live.line + 1, variable, why: capturedWhy });
  }
  const [{ function: name, variable } = { function: "", variable: "" }] = obstacles;
  const whose = variable === "" ? "" : ` (${variable})`;
  const reason = `captured variables${whose} of ${name} have changed: ${capturedWhy}`;
  return { kind: "needs-replacement", reason, obstacles };
}

/** A variable that the new text uses where the old one did not, or the other way round. */
function changedCapture({ before, after }: Texts, captured: ReadonlySet<string>): string {
  const hunks = hunksOf(before, after);
  const old = identifiersOf(hunks.flatMap(({ removed }) => removed).join("\n"));
  const young = identifiersOf(hunks.flatMap(({ added }) => added).join("\n"));
  const isNew = [...young].find((name) => {
    return !old.has(name) && !captured.has(name) && declares(after, name);
  });
  const isGone = [...old].find((name) => !young.has(name) && captured.has(name));
  return isNew ?? isGone ?? "";
}
