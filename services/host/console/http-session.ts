// HTTP session: one request on a socket that speaks HTTP, answered in JSON; then the connection
// closes.
// Shard 0. Given the socket by door.ts when its first bytes are a method; node:http reads it.
// Invariant: a request is received, and its answer taken, within httpTransferMs each, or the socket
// is destroyed.

import { createServer, STATUS_CODES } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { CodedError } from "../../../wire/coded-error.ts";
import { failureOf } from "./answer.ts";
import { commandNamed, runCommand } from "./command-table.ts";
import type { Isonet, Request } from "./command.ts";
import { consoleLimits } from "./console-limits.ts";
import { answerHeaders, failureBody, sendAnswer, sendFailure } from "./http-answer.ts";
import { bodyOf, received } from "./http-body.ts";
import { refusalOf } from "./http-guard.ts";
import { metricFamilies } from "./metrics.ts";
import type { ConsolePowers } from "./powers.ts";
import type { WebFace } from "../web/web-face.ts";
import { requestOfJson, requestOfLine, requestOfPath } from "./request.ts";

const { httpHeaderBytesMax, httpTransferMs } = consoleLimits;

export class HttpSessions {
  readonly #isonet: Isonet;
  readonly #powers: ConsolePowers;
  /** Never listens: sockets are handed to it. */
  readonly #server: Server;
  readonly #web: WebFace;
  /** Where the console listens, for the guard. */
  at = { host: "", port: 0 };
  #browserMs = Number.NEGATIVE_INFINITY;

  constructor(isonet: Isonet, powers: ConsolePowers, web: WebFace) {
    this.#isonet = isonet;
    this.#powers = powers;
    this.#web = web;
    this.#server = createServer({ maxHeaderSize: httpHeaderBytesMax });
    this.#server.maxRequestsPerSocket = 1;
    this.#server.on("request", (request, response) => void this.#handle(request, response));
    this.#server.on("clientError", refuseUnreadable);
  }

  /**
   * How long a connection may say nothing before it is taken for a person's. A browser that shows
   * the dashboard opens connections ahead of need, and takes a greeting for a broken answer.
   */
  get greetingMs(): number {
    const { browserGreetingMs, greetingMs } = consoleLimits;
    const isBrowserThere = this.#powers.clock.nowMs() - this.#browserMs < browserGreetingMs;
    return isBrowserThere ? browserGreetingMs : greetingMs;
  }

  /** Serves one request of a socket whose unread bytes are in its stream. */
  take(socket: Socket): void {
    const destroy = (): void => void socket.destroy();
    const forget = this.#powers.clock.after(httpTransferMs, destroy);
    socket.once("close", forget);
    // The server tells of broken requests; an error of the bare socket has nobody to be told.
    socket.on("error", () => {});
    received.set(socket, forget);
    this.#server.emit("connection", socket);
    socket.resume();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request; // the request forgets it when the peer hangs up
    try {
      await this.#answer(request, response);
    } catch (error) {
      sendFailure(response, failureOf(error));
    }
    socket.once(
      "close",
      this.#powers.clock.after(httpTransferMs, () => void socket.destroy()),
    );
  }

  async #metrics(response: ServerResponse): Promise<void> {
    const { contentType, textOf } = this.#powers.metrics;
    const text = await textOf(await metricFamilies(this.#isonet, this.#powers));
    response.writeHead(200, { ...answerHeaders, "content-type": contentType });
    response.end(text);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", headers, socket } = request;
    const arrival = { ...this.at, localAddress: socket.localAddress ?? "" };
    if (this.#web.serves(request)) {
      this.#browserMs = this.#powers.clock.nowMs();
      if (method !== "POST") received.get(socket)?.();
      await this.#web.answer(request, response, arrival);
      return;
    }
    const refusal = refusalOf(method, headers, arrival);
    if (refusal !== undefined) {
      this.#powers.log("warn", `HTTP request of ${peerOf(socket)} refused: ${refusal.text}`);
      if (refusal.status === 405) response.setHeader("allow", "GET, POST");
      sendFailure(response, refusal, refusal.status);
      return;
    }
    if (method === "GET" && request.url === metricsPath) {
      received.get(socket)?.();
      await this.#metrics(response);
      return;
    }
    const command = method === "GET" ? requestOfPath(request.url ?? "") : await posted(request);
    received.get(socket)?.();
    if (method === "GET" && commandNamed(command.name)?.access === "write") {
      response.setHeader("allow", "POST");
      const text = `${command.name} changes something: it is run by POST only`;
      sendFailure(response, { code: "NOT_PERMITTED", text }, 405);
      return;
    }
    this.#powers.log("debug", `HTTP command of ${peerOf(socket)}: ${command.name}`);
    sendAnswer(response, await runCommand(this.#isonet, this.#powers, command));
  }
}

const metricsPath = "/metrics";

async function posted(request: IncomingMessage): Promise<Request> {
  const text = await bodyOf(request);
  if (request.headers["content-type"]?.trim().toLowerCase().startsWith("application/json")) {
    return requestOfJson(text);
  }
  const line = text.trim();
  if (/[\r\n]/.test(line)) throw new CodedError("ARGUMENT_INVALID", "the body must be one command");
  return requestOfLine(line);
}

/** What node:http cannot read as a request. */
function refuseUnreadable(error: NodeJS.ErrnoException, stream: unknown): void {
  const socket = stream as Socket;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const isLarge = error.code === "HPE_HEADER_OVERFLOW";
  const status = isLarge ? 431 : 400;
  const text = isLarge ? `the headers are longer than ${httpHeaderBytesMax} bytes` : error.message;
  const body = failureBody({ code: "ARGUMENT_INVALID", text });
  const headers = Object.entries({ ...answerHeaders, "content-length": body.length });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${head}\r\n${body.toString()}`);
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`;
}
