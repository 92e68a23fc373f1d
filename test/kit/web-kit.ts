// Web kit: a host with a service that serves over HTTP, and ways to be its client.
// Test processes only. The service's routes behave in every way a handler can.
// Invariant: what the service tells is waited for by name; nothing here waits for time.

import { once } from "node:events";
import { request as plainRequest, type IncomingMessage } from "node:http";
import type { Address } from "isonet";
import { startHost, type TestHost } from "./host.ts";

const web = `
import { call, commands, exit, getEnv, sleep, start, wait, wakeup } from "isonet";
import { serve, type HttpRequest } from "isonet/http";

let watch = "";
let streamed = 0;
let received = 0;
let aborted = 0;
let dropped = 0;

async function* large(bytes: number) {
  const piece = new Uint8Array(65536).fill(7);
  try {
    for (let sent = 0; sent < bytes; sent += piece.length) {
      streamed += piece.length;
      yield piece;
    }
  } finally {
    dropped++;
  }
}

async function upload(request: HttpRequest) {
  received = 0;
  for await (const piece of request.body) {
    if (received === 0 && request.query.held !== undefined) {
      await call(watch, "lua", "held");
      await wait("upload");
    }
    received += piece.length;
  }
  return { body: String(received) };
}

const routes: Record<string, (request: HttpRequest) => unknown> = {
  "/hello": ({ query }) => ({ body: "hello " + query.name }),
  "/seen": ({ method, path, query, headers }) => ({ body: { method, path, query, many: headers["x-many"] } }),
  "/json": async (request) => ({ status: 201, body: await request.json() }),
  "/form": async (request) => ({ body: await request.form() }),
  "/text": async (request) => ({ body: await request.text(), headers: { "X-Own": ["a", "b"] } }),
  "/large": ({ query }) => ({ body: large(Number(query.bytes)) }),
  "/bytes": () => ({ body: new Uint8Array(200_000).fill(9) }),
  "/upload": upload,
  "/echo": (request) => ({ body: request.body }),
  "/unread": () => ({ body: "not read" }),
  "/boom": () => { throw new Error("a secret of the service"); },
  "/breaks": () => ({ body: (async function* () { yield "one"; throw new Error("a secret"); })() }),
  "/never": async () => { await call(watch, "lua", "never"); await wait("never"); },
  "/aborted": async (request) => {
    request.onAbort(() => { aborted++; wakeup("aborted"); });
    await call(watch, "lua", "waiting");
    await wait("aborted");
    await call(watch, "lua", "aborted");
  },
  "/split": () => ({ headers: { "x-split": "a\\r\\nx-evil: b" } }),
  "/status": () => ({ status: 101 }),
  "/empty": () => ({ status: 204 }),
};

const table = commands({
  serve: async (options) => {
    const { port } = await serve(options, (request) => routes[request.path]?.(request) as never);
    return port;
  },
  figures: () => ({ streamed, received, aborted, dropped }),
  wake: (token: string) => wakeup(token),
  leave: () => exit(),
});

start(async (port?: number) => {
  watch = (await getEnv("watch")) ?? "";
  if (port === undefined) return;
  await serve({ port }, () => ({ body: "here" }));
  await call(watch, "lua", "served");
});
`;

export type Figures = Record<"streamed" | "received" | "aborted" | "dropped", number>;

export class WebKit {
  readonly host: TestHost;
  /** The service that serves on `port`. */
  readonly service: Address;
  readonly port: number;
  readonly #told: Map<string, () => void>;

  private constructor(
    host: TestHost,
    served: { service: Address; port: number },
    told: Map<string, () => void>,
  ) {
    this.host = host;
    this.service = served.service;
    this.port = served.port;
    this.#told = told;
  }

  /** `more` services, by name, besides the one called web. */
  static async start(more: Record<string, string> = {}): Promise<WebKit> {
    const kit = await startHost({ web, ...more });
    const told = new Map<string, () => void>();
    const { host, isonet } = kit;
    const watch = host.addHostService("watch", (api) => {
      const tell = (what: string) => (): void => told.get(what)?.();
      const names = ["served", "held", "never", "waiting", "aborted"];
      api.commands(Object.fromEntries(names.map((name) => [name, tell(name)])));
    });
    await isonet.setEnv("watch", isonet.address(watch));
    const service = (await isonet.newService("web")) as Address;
    const port = (await isonet.call(service, "lua", "serve", { port: 0 })) as number;
    return new WebKit(kit, { service, port }, told);
  }

  /** Resolves when the service has told this. */
  hears(what: string): Promise<void> {
    return new Promise((resolve) => void this.#told.set(what, resolve));
  }

  async spawn(options: object = {}, ...args: unknown[]): Promise<Address> {
    const { isonet } = this.host;
    return (await isonet.newService({ name: "web", ...options }, ...args)) as Address;
  }

  serve(address: Address, options: object): Promise<number> {
    return this.host.isonet.call(address, "lua", "serve", options) as Promise<number>;
  }

  async figures(): Promise<Figures> {
    return (await this.host.isonet.call(this.service, "lua", "figures")) as Figures;
  }

  url(path: string, at = this.port): string {
    return `http://127.0.0.1:${at}${path}`;
  }

  async status(path: string, init: RequestInit = {}, at = this.port): Promise<number> {
    const response = await fetch(this.url(path, at), init);
    await response.arrayBuffer();
    return response.status;
  }

  /** A request whose answer is not read until the test does. */
  async open(path: string): Promise<IncomingMessage> {
    const request = plainRequest(this.url(path), { agent: false });
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return response;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
  }
}
