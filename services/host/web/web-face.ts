// Web face: the dashboard's server: its page, and the JSON that the page and programs ask for.
// Shard 0. Given each HTTP request of the console by http-session.ts that is addressed to it.
// Invariant: without the token nothing is told but how to get it; the files of the page are those
// of a fixed list, whatever a path says.

import type { IncomingMessage, ServerResponse } from "node:http";
import { CodedError } from "../../../wire/coded-error.ts";
import { commandNamed, helpOf, runCommand } from "../console/command-table.ts";
import { consoleLimits } from "../console/console-limits.ts";
import type { Isonet } from "../console/command.ts";
import { sendAnswer, sendFailure } from "../console/http-answer.ts";
import { bodyOf } from "../console/http-body.ts";
import type { Arrival } from "../console/http-guard.ts";
import { answerLines } from "../console/print.ts";
import type { ConsolePowers } from "../console/powers.ts";
import { requestOfJson } from "../console/request.ts";
import { Downloads } from "./downloads.ts";
import { Sampler } from "./sampler.ts";
import { sendFile, sendWeb, sendWelcome } from "./web-answer.ts";
import { hasToken, isToken, tokenCookie, webRefusal } from "./web-guard.ts";

const jsonType = "application/json; charset=utf-8";

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
};

export class WebFace {
  readonly #isonet: Isonet;
  readonly #powers: ConsolePowers;
  readonly #sampler: Sampler;
  readonly #downloads = new Downloads();

  constructor(isonet: Isonet, powers: ConsolePowers) {
    this.#isonet = isonet;
    this.#powers = powers;
    this.#sampler = new Sampler(isonet, powers);
  }

  /**
   * True when the request is the dashboard's; a program that asks for "/" gets the console's help.
   */
  serves({ method, url = "", headers }: IncomingMessage): boolean {
    const path = url.split("?")[0] ?? "";
    if (/^\/(api|dashboard)(\/|$)/.test(path)) return true;
    return method === "GET" && path === "/" && (headers.accept ?? "").includes("text/html");
  }

  /** Answers a request that `serves` is true for. Fails as commands do. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    arrival: Arrival,
  ): Promise<void> {
    const refusal = webRefusal(request.method ?? "", request.headers, arrival);
    if (refusal !== undefined) {
      this.#powers.log("warn", `HTTP request to the dashboard refused: ${refusal.text}`);
      if (refusal.status === 405) response.setHeader("allow", "GET, POST");
      sendFailure(response, refusal, refusal.status);
      return;
    }
    const url = new URL(request.url ?? "/", "http://localhost");
    const exchange = { request, response, url };
    if (url.pathname === "/") await this.#page(exchange);
    else if (url.pathname.startsWith("/dashboard/")) await this.#asset(exchange);
    else await this.#api(exchange);
  }

  /** The first visit brings the token; the address is then free of it, for histories keep it. */
  async #page({ request, response, url }: Exchange): Promise<void> {
    const { token, asset } = this.#powers.web;
    const given = url.searchParams.get("token");
    if (given !== null && isToken(given, token)) {
      const more = { location: "/", "set-cookie": tokenCookie(request.headers, token) };
      sendWeb(response, { status: 303, type: "text/plain", body: "", more });
      return;
    }
    const page = hasToken(request.headers, token) ? await asset("index.html") : undefined;
    if (page === undefined) sendWelcome(response);
    else sendWeb(response, { status: 200, type: page.type, body: page.bytes });
  }

  async #asset({ request, response, url }: Exchange): Promise<void> {
    const isAllowed = request.method === "GET" && hasToken(request.headers, this.#powers.web.token);
    const name = url.pathname.slice("/dashboard/".length);
    const found = isAllowed ? await this.#powers.web.asset(name) : undefined;
    if (found === undefined) throw unknownPath(url.pathname);
    sendWeb(response, { status: 200, type: found.type, body: found.bytes });
  }

  async #api({ request, response, url }: Exchange): Promise<void> {
    if (!hasToken(request.headers, this.#powers.web.token)) {
      const text = "the token is missing or wrong: isonet dashboard prints the address with it";
      sendFailure(response, { code: "NOT_PERMITTED", text }, 401);
      return;
    }
    switch (`${request.method ?? ""} ${url.pathname}`) {
      case "GET /api/snapshot": {
        const body = await this.#sampler.snapshot();
        sendWeb(response, { status: 200, type: jsonType, body });
        return;
      }
      case "GET /api/commands":
        sendAnswer(response, { result: helpOf() });
        return;
      case "GET /api/incidents":
        sendAnswer(response, { result: this.#powers.containment.incidents() });
        return;
      case "GET /api/log":
        sendAnswer(response, { result: this.#log(url) });
        return;
      case "POST /api/command":
        await this.#command(request, response);
        return;
      default:
        await this.#download({ request, response, url });
    }
  }

  async #download({ request, response, url }: Exchange): Promise<void> {
    const isGet = request.method === "GET";
    const path = isGet ? this.#downloads.pathOf(url.pathname) : undefined;
    if (path === undefined) throw unknownPath(url.pathname);
    const { clock, web } = this.#powers;
    const file = await web.openFile(path);
    const forget = clock.after(consoleLimits.downloadMs, () => void response.destroy());
    await sendFile(response, path, file);
    forget();
  }

  #log({ searchParams }: URL): unknown {
    const after = Number(searchParams.get("after") ?? 0);
    const address = searchParams.get("address") ?? undefined;
    return this.#powers.web.logAfter(Number.isSafeInteger(after) ? after : 0, address);
  }

  /** Runs a command of the console; `lines` are what the console prints of it. */
  async #command(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const command = requestOfJson(await bodyOf(request));
    const peer = request.socket.remoteAddress ?? "?";
    // The page looks at the service it shows every few seconds.
    const level = commandNamed(command.name)?.access === "read" ? "debug" : "info";
    this.#powers.log(level, `dashboard of ${peer}: ${command.name}`);
    const answer = await runCommand(this.#isonet, this.#powers, command);
    const value = answer.result ?? null;
    const file = this.#downloads.offer(value);
    sendAnswer(response, { result: { value, lines: answerLines(answer), file } });
  }
}

function unknownPath(path: string): CodedError {
  return new CodedError("COMMAND_UNKNOWN", `the dashboard has nothing at ${JSON.stringify(path)}`);
}
