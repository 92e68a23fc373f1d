// Replay debugger: a replay under Chrome DevTools or VS Code: its isolate waits for a client, then
// stops at the first line of the author's code.
// Any process without a host. Made by replay.ts; the endpoint is that of services in a host.
// Invariant: with no client there is no session; a client that leaves lets the replay go on.

import type { Address } from "isonet";
import { limits } from "../wire/limits.ts";
import type { DebugClient, ProtocolMessage } from "../services/host/debugging.ts";
import {
  Endpoint,
  type DebugLink,
  type EndpointPlace,
} from "../services/host/devtools/endpoint.ts";
import type { DebugSession } from "./engine/debug-session.ts";
import type { IsolatedService } from "./engine/isolate.ts";
import type { TurnResult } from "./kernel/occupant.ts";
import { listenForSockets } from "./net/websocket.ts";

const askMs = 5000;
const waitMs = 50;
const stopsMax = 1000;
const runtimeFiles = "^isonet:";

export class ReplayDebugger {
  readonly #isolate: IsolatedService;
  readonly #endpoint: Endpoint;
  readonly #begun = Promise.withResolvers<void>();
  #session: DebugSession | undefined;
  #scriptId = "";
  readonly #stops: string[] = [];
  #hasBegun = false;
  #isInTurn = false;
  #leaving: Promise<void> = Promise.resolve();

  constructor(isolate: IsolatedService, address: Address, title: string) {
    this.#isolate = isolate;
    const at = { host: "127.0.0.1", port: 0 };
    const order = { address, title, role: "full", pauseMsMax: 0, at } as const;
    this.#endpoint = new Endpoint(order, {
      debugging: { attach: (_address, client) => this.#attach(client) },
      listen: listenForSockets,
      log: () => {},
      onClosed: () => this.#begun.resolve(),
    });
  }

  /** Fails with PORT_IN_USE. */
  open(): Promise<EndpointPlace> {
    return this.#endpoint.open();
  }

  /** Resolves when a client wants the code to run, or nobody has come in devtoolsIdleMs. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Runs one turn, paused as the client likes. */
  async turn(): Promise<TurnResult> {
    await this.#leaving;
    if (this.#session === undefined) return this.#isolate.turn();
    this.#isInTurn = true;
    const result = await this.#isolate.laneTurn(() => false);
    this.#isInTurn = false;
    return result;
  }

  /** The isolate may be disposed of then: a session that is still ending would not bear it. */
  async close(): Promise<void> {
    await this.#endpoint.close("the replay is over");
    await this.#leaving;
  }

  async #attach(client: DebugClient): Promise<DebugLink> {
    const session = await this.#isolate.debug({
      onMessage: (text) => {
        const message = JSON.parse(text) as ProtocolMessage;
        this.#learnScript(message);
        const tell = (): void => client.onMessage(message, text);
        // A client that goes on before they are gone would meet the next.
        if (message.method === "Debugger.paused") void this.#forgetStops(session).then(tell);
        else tell();
      },
      onPaused: () => {},
    });
    this.#session = session;
    return {
      requestBytesMax: limits.debugRequestBytesMax,
      send: (id, text) => {
        session.pass(id, text);
        const { method } = JSON.parse(text) as ProtocolMessage;
        if (method === "Runtime.runIfWaitingForDebugger") void this.#begin(session);
      },
      detach: () => (this.#leaving = this.#leave(session)),
    };
  }

  #learnScript({ method, params }: ProtocolMessage): void {
    const isMain = params?.["url"] === this.#isolate.scopePlace.url;
    if (method === "Debugger.scriptParsed" && isMain) this.#scriptId = String(params["scriptId"]);
  }

  /**
   * Lets the replay run to the first place of the main module where it can stop. A pause that is
   * asked for would be in the runtime, ahead of it.
   */
  async #begin(session: DebugSession): Promise<void> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    await session.ask("Debugger.setBlackboxPatterns", { patterns: [runtimeFiles] }, askMs);
    const start = { scriptId: this.#scriptId, lineNumber: 0 };
    const answer = await session.ask("Debugger.getPossibleBreakpoints", { start }, askMs);
    const locations = (answer.result?.["locations"] ?? []) as readonly object[];
    for (const location of locations.slice(0, stopsMax)) {
      const { result } = await session.ask("Debugger.setBreakpoint", { location }, askMs);
      if (result !== undefined) this.#stops.push(String(result["breakpointId"]));
    }
    this.#begun.resolve();
  }

  async #forgetStops(session: DebugSession): Promise<void> {
    for (const breakpointId of this.#stops.splice(0)) {
      await session.ask("Debugger.removeBreakpoint", { breakpointId }, askMs);
    }
  }

  async #leave(session: DebugSession): Promise<void> {
    await session.ask("Debugger.setSkipAllPauses", { skip: true }, askMs);
    await session.ask("Debugger.disable", {}, askMs);
    while (this.#isInTurn || !session.isQuiet) await wait();
    await session.end();
    this.#session = undefined;
    this.#begun.resolve();
  }
}

function wait(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, waitMs));
}
