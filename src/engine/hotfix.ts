// Hotfix: changes the text of a running module between two turns, and proves that every function of
// it that is alive runs the new text.
// One shard's thread. Called by isolate.ts, with the service held.
// Invariant: "applied" is said of what was proved; otherwise all functions run the text they ran
// before.

import { CodedError } from "../../wire/coded-error.ts";
import type { HotfixOutcome, PatchedFunction } from "../../wire/hotfix-outcome.ts";
import { leftBehind, topLevelObstacles, withoutRemarks } from "./hotfix-obstacles.ts";
import { withSession, type InspectorSession } from "./inspector-session.ts";
import { findFunctions, guestContext, readFunctions, type LiveFunction } from "./live-functions.ts";
import { functionName, offsetOf } from "./source-places.ts";
import type { Ivm } from "./vm.ts";

export type PatchOrder = {
  /** The module, as its script is named. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
  /** "try": the change is made, looked at, and taken back. */
  readonly mode: "apply" | "try";
  /** Leaves the runtime's picker in reach; what it returns takes it away. */
  readonly reach: () => () => void;
};

/** What became of it, and the text that runs from here on. */
export type Patched = { readonly outcome: HotfixOutcome; readonly text: string };

/** A version of the module's script that has functions alive. */
type Version = { readonly scriptId: string; readonly text: string };

type EditAnswer = {
  readonly status: string;
  readonly exceptionDetails?: {
    readonly text?: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
};

const blockedAtTop = "BlockedByTopLevelEsModuleChange";

/** Fails with HOTFIX_FAILED, ADDRESS_DEAD. */
export function patchModule(isolate: Ivm.Isolate, order: PatchOrder): Promise<Patched> {
  return withSession(isolate, "HOTFIX_FAILED", (session) => new Patch(session, order).run());
}

class Patch {
  readonly #session: InspectorSession;
  readonly #order: PatchOrder;
  #versions: readonly Version[] = [];
  #arrayId = "";
  #found: readonly LiveFunction[] = [];
  #before: readonly LiveFunction[] = [];

  constructor(session: InspectorSession, order: PatchOrder) {
    this.#session = session;
    this.#order = order;
  }

  async run(): Promise<Patched> {
    const { before, after } = this.#order;
    await this.#look();
    const first = await this.#tryText(after);
    if (first.kind !== "blocked") return this.#done(first, after);
    const asked = { before, after, isFree: (text: string) => this.#isFree(text) };
    // Comments between functions mean nothing to the service, and everything to V8.
    const plain = await withoutRemarks(asked);
    if (plain === before) {
      const reason = "only comments and blank lines at the module's top level differ";
      return this.#done({ kind: "unchanged", reason }, before);
    }
    if (plain !== undefined && plain !== after) {
      const second = await this.#tryText(plain);
      if (second.kind !== "blocked") return this.#done(second, plain);
    }
    const obstacles = await topLevelObstacles(asked);
    const [{ line, variable } = { line: 1, variable: "" }] = obstacles;
    const what = variable === "" ? "" : ` (${variable})`;
    const reason = `the module's top level has changed at line ${line}${what}: it has run already`;
    return this.#done({ kind: "needs-replacement", reason, obstacles }, before);
  }

  #done(outcome: HotfixOutcome, text: string): Patched {
    const isNew = outcome.kind === "applied" && this.#order.mode === "apply";
    return { outcome, text: isNew ? text : this.#order.before };
  }

  /** Which versions of the script there are, and the functions that run them. */
  async #look(): Promise<void> {
    const { file, reach } = this.#order;
    const scriptIds = new Set<string>();
    this.#session.onNotification = (method, { url, scriptId }) => {
      if (method === "Debugger.scriptParsed" && url === file) scriptIds.add(scriptId as string);
    };
    const [context] = await Promise.all([
      guestContext(this.#session),
      this.#session.send("Debugger.enable"),
    ]);
    this.#session.onNotification = () => {};
    const versions = await Promise.all([...scriptIds].map((id) => this.#version(id)));
    const known = versions.filter((version) => version !== undefined);
    const texts = [...new Set(known.map(({ text }) => text))];
    const { arrayId } = await findFunctions(context, texts, reach);
    this.#arrayId = arrayId;
    this.#found = await readFunctions(this.#session, { arrayId });
    this.#before = this.#found.filter(({ scriptId }) => scriptIds.has(scriptId));
    // The one with most of them first: it alone has the module's top level, and may be blocked.
    const alive = Map.groupBy(this.#before, ({ scriptId }) => scriptId);
    const countOf = ({ scriptId }: Version): number => alive.get(scriptId)?.length ?? 0;
    const running = known.filter((version) => countOf(version) > 0);
    this.#versions = running.toSorted((one, other) => countOf(other) - countOf(one));
  }

  /** Undefined: nothing of it is left. */
  async #version(scriptId: string): Promise<Version | undefined> {
    try {
      const { scriptSource } = await this.#session.send("Debugger.getScriptSource", { scriptId });
      return { scriptId, text: scriptSource as string };
    } catch {
      return undefined;
    }
  }

  async #edit(scriptId: string, text: string, dryRun = false): Promise<EditAnswer> {
    const asked = { scriptId, scriptSource: text, dryRun };
    const answer = await this.#session.send("Debugger.setScriptSource", asked);
    return answer as unknown as EditAnswer;
  }

  /** V8 would take the text. */
  async #isFree(text: string): Promise<boolean | "syntax"> {
    const [version] = this.#versions;
    if (version === undefined) return false;
    const { status } = await this.#edit(version.scriptId, text, true);
    return status === "CompileError" ? "syntax" : status === "Ok";
  }

  async #tryText(text: string): Promise<HotfixOutcome | { readonly kind: "blocked" }> {
    const edited: Version[] = [];
    for (const version of this.#versions) {
      const answer = await this.#edit(version.scriptId, text);
      if (answer.status === "Ok") {
        edited.push(version);
        continue;
      }
      await this.#revert(edited);
      if (answer.status === blockedAtTop) return { kind: "blocked" };
      return refusal(answer);
    }
    const outcome = await this.#prove(text);
    if (outcome.kind !== "applied" || this.#order.mode === "try") await this.#revert(edited);
    return outcome;
  }

  async #prove(text: string): Promise<HotfixOutcome> {
    const after = new Map((await this.#read()).map((each) => [each.index, each]));
    const patched = new Set(this.#versions.map(({ scriptId }) => scriptId));
    const changed: LiveFunction[] = [];
    const behind: LiveFunction[] = [];
    for (const old of this.#before) {
      const live = after.get(old.index);
      const isProved = live !== undefined && patched.has(live.scriptId) && standsIn(text, live);
      if (!isProved) behind.push(old);
      else if (live.text !== old.text) changed.push(live);
    }
    if (behind.length > 0) {
      return leftBehind(this.#session, behind, { before: this.#order.before, after: text });
    }
    const functions = innermost(changed).map(placed);
    const names = functions.map(({ name, line }) => `${name} (line ${line})`).join(", ");
    const proved = `${this.#before.length} live functions run the new text`;
    const reason = functions.length === 0 ? proved : `${proved}; changed: ${names}`;
    return { kind: "applied", reason, functions };
  }

  #read(): Promise<LiveFunction[]> {
    return readFunctions(this.#session, { arrayId: this.#arrayId }, this.#found);
  }

  /** Fails with HOTFIX_FAILED when a function does not run its old text again. */
  async #revert(edited: readonly Version[]): Promise<void> {
    if (edited.length === 0) return;
    for (const { scriptId, text } of edited) await this.#edit(scriptId, text);
    const now = new Map((await this.#read()).map(({ index, text }) => [index, text]));
    const lost = this.#before.find(({ index, text }) => now.get(index) !== text);
    if (lost === undefined) return;
    const text = `${functionName(lost.text, lost.line + 1)} does not run its old text again`;
    throw new CodedError("HOTFIX_FAILED", `${text}: replace the service, or restart it`);
  }
}

/** V8 has not taken the text, for the text's own sake or because a function is under way. */
function refusal({ status, exceptionDetails }: EditAnswer): HotfixOutcome {
  if (status === "CompileError") {
    const { text = "SyntaxError", lineNumber = 0, columnNumber = 0 } = exceptionDetails ?? {};
    const [line, column] = [lineNumber + 1, columnNumber + 1];
    const reason = `${line}:${column}: ${text.replace(/^Uncaught /, "")}`;
    return { kind: "rejected", reason, line, column };
  }
  const reason = `a function that changes is suspended in the middle (V8: ${status})`;
  return { kind: "busy", reason };
}

/** The function's text is that of the module at its place. */
function standsIn(text: string, { text: own, line, column }: LiveFunction): boolean {
  const place = offsetOf(text, line, column);
  const start = text.lastIndexOf(own, place);
  return start >= 0 && place < start + own.length;
}

/** Those whose text has not changed for a function within alone. */
function innermost(changed: readonly LiveFunction[]): LiveFunction[] {
  const byPlace = new Map(changed.map((each) => [`${each.line}:${each.column}`, each]));
  const distinct = [...byPlace.values()];
  return distinct.filter(({ text }) => {
    return !distinct.some((other) => other.text.length < text.length && text.includes(other.text));
  });
}

function placed({ text, line }: LiveFunction): PatchedFunction {
  return { name: functionName(text, line + 1), line: line + 1 };
}
