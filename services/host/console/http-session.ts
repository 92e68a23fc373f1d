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
import { refusalOf } from "./http-guard.ts";
import { metricFamilies } from "./metrics.ts";
import type { ConsolePowers } from "./powers.ts";
import { requestOfJson, requestOfLine, requestOfPath } from "./request.ts";

const { httpBodyBytesMax, httpHeaderBytesMax, httpTransferMs } = consoleLimits;

export class HttpSessions {
  readonly #isonet: Isonet;
  readonly #powers: ConsolePowers;
  /** Never listens: sockets are handed to it. */
  readonly #server: Server;
  #at = { host: "", port: 0 };

  constructor(isonet: Isonet, powers: ConsolePowers) {
    this.#isonet = isonet;
    this.#powers = powers;
    this.#server = createServer({ maxHeaderSize: httpHeaderBytesMax });
    this.#server.maxRequestsPerSocket = 1;
    this.#server.on("request", (request, response) => void this.#handle(request, response));
    this.#server.on("clientError", refuseUnreadable);
  }

  /** Where the console listens, for the guard. */
  set at(at: { host: string; port: number }) {
    this.#at = at;
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
    const arrival = { ...this.#at, localAddress: socket.localAddress ?? "" };
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

/** Ends the time a socket has to send its request. */
const received = new WeakMap<Socket, () => void>();

async function posted(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read to its end all the same: a client hears no answer while it is still sending.
    if (bytes <= httpBodyBytesMax) chunks.push(chunk);
  }
  if (bytes > httpBodyBytesMax) {
    throw new CodedError(
      "MESSAGE_TOO_LARGE",
      `the body has ${bytes} bytes, over ${httpBodyBytesMax}`,
    );
  }

  const text = Buffer.concat(chunks).toString("utf8");
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
