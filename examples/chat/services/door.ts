// Door: opens the two ports and launches an agent for each user who comes in.
// Name ".door". Users are the agents' from then on: their bytes do not come through here.

import { commands, getEnv, newService, register, start, type Address } from "isonet";
import { serve, type HttpRequest, type HttpResponse } from "isonet/http";
import * as socket from "isonet/socket";
import { upgrade } from "isonet/websocket";

/** The page's files, by name. */
export type Page = { readonly [name: string]: string };

export type At = { readonly host: string; readonly port: number };

const loopback = "127.0.0.1";
const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};
/** Nothing comes from elsewhere, and nothing goes there. */
const policy = [
  "default-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

let page: Page = {};

function fileOf(path: string): HttpResponse | undefined {
  const name = path === "/" ? "index.html" : path.slice(1);
  if (!Object.hasOwn(page, name)) return undefined;
  const type = types[name.split(".").at(-1) ?? ""];
  const headers = {
    "content-type": type,
    "content-security-policy": policy,
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
  };
  return { headers, body: page[name] };
}

async function launchAgent(kind: "web" | "lines", id: number): Promise<Address> {
  const agent = await newService({ name: "agent", memoryMb: 32 }, kind, id);
  if (agent === undefined) throw new Error("the agent has left before it began");
  return agent;
}

/** A page of another site may not speak for whoever looks at it. */
function isOwnPage({ headers }: HttpRequest): boolean {
  const { origin, host } = headers;
  return origin === undefined || origin === `http://${String(host)}`;
}

async function answer(request: HttpRequest): Promise<HttpResponse | undefined> {
  if (request.path !== "/chat") return fileOf(request.path);
  if (!request.isUpgrade) return { status: 426, body: "a WebSocket is spoken here\n" };
  if (!isOwnPage(request)) return { status: 403, body: "not from another site's page\n" };
  return upgrade(request, await launchAgent("web", request.id));
}

async function acceptLines(id: number): Promise<void> {
  try {
    await launchAgent("lines", id);
  } catch (error) {
    socket.closeFd(id);
    throw error;
  }
}

const table = commands({
  async open(files: Page): Promise<{ page: At; lines: At }> {
    page = files;
    const port = Number(await getEnv("pagePort"));
    const web = await serve({ host: loopback, port, websocket: { messageBytesMax: 4096 } }, answer);
    const lines = await socket.listen(loopback, Number(await getEnv("linePort")));
    await socket.start(lines.id, acceptLines);
    return {
      page: { host: web.host, port: web.port },
      lines: { host: lines.host, port: lines.port },
    };
  },
});
export type DoorCommands = typeof table;

start(() => register(".door"));
