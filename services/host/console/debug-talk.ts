// Debug talk: Skynet's remote debugger (reference §3.8) on a text connection: watch for a message,
// step, continue, expressions in the frame or in the module.
// Shard 0. Made by debugger-commands.ts for one `debug ADDRESS`.
// Invariant: the service is let go when the talk ends: by cont, a lost connection, its pause budget
// or its own end.

import type { Address } from "isonet";
import type { Attachment, Debugging, ProtocolMessage } from "../debugging.ts";
import { failureOf } from "./answer.ts";
import type { Isonet, Talk } from "./command.ts";
import { ProtocolClient } from "./protocol-client.ts";
import { remoteText } from "./remote-value.ts";
import { safeText } from "./safe-text.ts";
import { watchPlace, watchWords, type WatchPlace } from "./watch-place.ts";

type Frame = {
  readonly callFrameId: string;
  readonly functionName: string;
  readonly url: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number };
  readonly scopeChain: readonly { readonly type: string; readonly object: { objectId: string } }[];
};

const runtimeUrl = "isonet:";
const hopsMax = 64; // steps through our own code until the author's begins
const help = [
  "watch PROTOCOL [CONDITION]  stop at the next such message: of session, source, args",
  "s step into, n step over, c continue, p locals, p EXPRESSION, bt frames, cont leave",
  "anything else is an expression: in the frame, or in the module when nothing is stopped",
];

export class DebugTalk {
  readonly #isonet: Isonet;
  readonly #talk: Talk;
  readonly #address: Address;
  #client!: ProtocolClient;
  #attachment!: Attachment;
  #frames: readonly Frame[] = [];
  readonly #scripts = new Map<string, string>();
  #watching: string | undefined;
  #hops = 0;
  /** Waits for the stop in the module's scope. */
  #onScope: ((frame: Frame) => void) | undefined;
  readonly #over = Promise.withResolvers<undefined>();
  #isOver = false;
  #runtime: WatchPlace | undefined;

  constructor(isonet: Isonet, talk: Talk, address: Address) {
    this.#isonet = isonet;
    this.#talk = talk;
    this.#address = address;
  }

  /** Fails as Debugging.attach does. */
  async run(debugging: Debugging, pauseMsMax: number): Promise<void> {
    this.#attachment = await debugging.attach(this.#address, {
      who: `console ${this.#talk.peer}`,
      pauseMsMax,
      onMessage: (message) => this.#heard(message),
      onClosed: (reason) => this.#closed(reason),
    });
    this.#client = new ProtocolClient(this.#attachment);
    let reason = "cont";
    try {
      await this.#client.ask("Runtime.enable");
      await this.#client.ask("Debugger.enable");
      await this.#client.ask("Debugger.setBlackboxPatterns", { patterns: ["^isonet:"] });
      while (!this.#isOver) {
        this.#prompt();
        const line = await Promise.race([this.#talk.nextLine(), this.#over.promise]);
        if (line === undefined) reason = "the connection has ended";
        if (line === undefined || line.trim() === "cont") break;
        await this.#command(line.trim());
      }
    } finally {
      await this.#attachment.detach(reason);
    }
  }

  #prompt(): void {
    const [frame] = this.#frames;
    const name = this.#isonet.address(this.#address);
    this.#talk.prompt(frame === undefined ? `${name}>` : `${this.#placeText(frame)}>`);
  }

  #placeText({ location }: Frame): string {
    const url = this.#scripts.get(location.scriptId) ?? "?";
    return safeText(`${url.split("/").at(-1) ?? url}(${location.lineNumber + 1})`);
  }

  #closed(reason: string): void {
    if (!this.#isOver && reason !== "cont") {
      this.#talk.print(["", safeText(`the debugger has left, the service goes on: ${reason}`)]);
    }
    this.#isOver = true;
    this.#client?.end();
    this.#over.resolve(undefined);
  }

  async #command(line: string): Promise<void> {
    try {
      const text = await this.#answer(line);
      if (text !== "") this.#talk.print(text.split("\n").map((part) => safeText(part)));
    } catch (error) {
      if (!this.#isOver) this.#talk.print([safeText(failureOf(error).text)]);
    }
  }

  async #answer(line: string): Promise<string> {
    const isStopped = this.#frames.length > 0;
    const watch = watchWords(line);
    if (line === "") return "";
    if (line === "help") return help.join("\n");
    if (watch !== undefined) return this.#watch(watch);
    if (line === "s" || line === "n" || line === "c") {
      if (!isStopped) return "nothing is stopped: watch for a message first";
      return this.#go(line);
    }
    if (line === "bt") return this.#frames.map((frame) => this.#frameText(frame)).join("\n");
    if (line === "p") return isStopped ? this.#locals() : "nothing is stopped";
    const expression = line.startsWith("p ") ? line.slice(2) : line;
    const [frame] = this.#frames;
    return frame === undefined ? this.#inScope(expression) : this.#evaluate(frame, expression);
  }

  #frameText(frame: Frame): string {
    return `${frame.functionName || "(anonymous)"} ${this.#placeText(frame)}`;
  }

  async #go(how: "s" | "n" | "c"): Promise<string> {
    const method = { s: "stepInto", n: "stepOver", c: "resume" }[how];
    this.#frames = [];
    this.#hops = 0;
    await this.#client.ask(`Debugger.${method}`);
    return "";
  }

  async #watch(words: { protocol: string; condition: string }): Promise<string> {
    this.#runtime ??= await this.#findWatchPlace();
    const place = this.#runtime;
    if (this.#watching !== undefined) await this.#unwatch();
    const { breakpointId } = await this.#client.ask("Debugger.setBreakpointByUrl", {
      urlRegex: "^isonet:runtime$",
      lineNumber: place.line,
      columnNumber: place.column,
      condition: place.condition(words.protocol, words.condition),
    });
    this.#watching = String(breakpointId);
    return `waits for a message of ${words.protocol}`;
  }

  async #findWatchPlace(): Promise<WatchPlace> {
    const entry = [...this.#scripts].find(([, url]) => url === "isonet:runtime");
    const [scriptId] = entry ?? [""];
    const { scriptSource } = await this.#client.ask("Debugger.getScriptSource", { scriptId });
    return watchPlace(String(scriptSource));
  }

  async #unwatch(): Promise<void> {
    const breakpointId = this.#watching;
    this.#watching = undefined;
    await this.#client.ask("Debugger.removeBreakpoint", { breakpointId });
  }

  async #evaluate(frame: Frame, expression: string): Promise<string> {
    const { callFrameId } = frame;
    const asked = { callFrameId, expression, generatePreview: true };
    const answer = await this.#client.ask("Debugger.evaluateOnCallFrame", asked);
    const { exceptionDetails, result } = answer as {
      exceptionDetails?: { exception?: unknown; text?: unknown };
      result?: unknown;
    };
    if (exceptionDetails === undefined) return remoteText(result);
    return remoteText(exceptionDetails.exception);
  }

  /** In the scope of the module: the service stops in an empty function of it, and goes on. */
  async #inScope(expression: string): Promise<string> {
    const { url, line: lineNumber, column: columnNumber } = this.#attachment.scope;
    const { promise, resolve } = Promise.withResolvers<Frame>();
    const at = { url, lineNumber, columnNumber };
    const { breakpointId } = await this.#client.ask("Debugger.setBreakpointByUrl", at);
    this.#onScope = resolve;
    try {
      this.#attachment.enterScope();
      const frame = await Promise.race([promise, this.#over.promise]);
      return frame === undefined ? "" : await this.#evaluate(frame, expression);
    } finally {
      this.#onScope = undefined;
      if (!this.#isOver) {
        await this.#client.ask("Debugger.removeBreakpoint", { breakpointId });
        await this.#client.ask("Debugger.resume").catch(() => {});
      }
    }
  }

  async #locals(): Promise<string> {
    const lines: string[] = [];
    for (const { type, object } of this.#frames[0]?.scopeChain ?? []) {
      if (type !== "local" && type !== "block" && type !== "closure") continue;
      const asked = { objectId: object.objectId, ownProperties: true, generatePreview: true };
      const { result } = await this.#client.ask("Runtime.getProperties", asked);
      for (const { name, value } of result as { name: string; value?: unknown }[])
        lines.push(`${name}\t${value === undefined ? "" : remoteText(value)}`);
    }
    return lines.join("\n");
  }

  #heard(message: ProtocolMessage): void {
    const { method, params = {} } = message;
    if (method === undefined) this.#client?.answered(message);
    else if (method === "Debugger.scriptParsed") {
      this.#scripts.set(String(params["scriptId"]), String(params["url"]));
    } else if (method === "Debugger.resumed") {
      this.#frames = [];
    } else if (method === "Debugger.paused") {
      void this.#paused((params["callFrames"] ?? []) as readonly Frame[]).catch(() => {});
    }
  }

  async #paused(frames: readonly Frame[]): Promise<void> {
    const [frame] = frames;
    if (frame === undefined) return;
    const url = this.#scripts.get(frame.location.scriptId) ?? "";
    const { scope } = this.#attachment;
    const isScope = url === scope.url && frame.location.lineNumber === scope.line;
    if (isScope && this.#onScope !== undefined) {
      this.#onScope(frame);
      return;
    }
    if (url.startsWith(runtimeUrl) && this.#hops < hopsMax) {
      this.#hops++;
      if (this.#watching !== undefined) await this.#unwatch();
      await this.#client.ask("Debugger.stepInto");
      return;
    }
    this.#hops = 0;
    this.#frames = frames.filter(
      ({ location }) => !(this.#scripts.get(location.scriptId) ?? "").startsWith(runtimeUrl),
    );
    this.#talk.print([""]);
    this.#prompt();
  }
}
