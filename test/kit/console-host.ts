// Console host: a console on a port of loopback, with a fake API behind it, and clients for it.
// Test process. Used by test/unit/console.
// Invariant: what was opened is closed by `close`; a client's waits are for its peer's bytes, never
// for time.

import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { connect, type Socket } from "node:net";
import { startConsole, type ConsoleServer } from "../../services/host/console/console.ts";
import type {
  ConsolePowers,
  ContainmentPowers,
  HostFacts,
  RecordingPowers,
  ShadowingPowers,
} from "../../services/host/console/powers.ts";
import type { InsightPowers } from "../../services/host/console/insight-powers.ts";
import { CodedError } from "../../wire/coded-error.ts";
import type { WebPowers } from "../../services/host/web/web-powers.ts";
import { consolePowers } from "../../src/console-powers.ts";
import { FakeIsonet, type Answers } from "./fake-isonet.ts";
import { FakeNetClock } from "./fake-net-clock.ts";

export const noContainment: ContainmentPowers = {
  cells: () => [],
  strikes: () => [],
  forgive: () => false,
  incidents: () => [],
  limits: () => ({}),
};

const refuse = (): never => {
  throw new CodedError("ADDRESS_UNKNOWN", "no guest service lives here");
};

const noInsight: InsightPowers = {
  controlOf: refuse,
  originOf: () => undefined,
  messageBytesMax: 1024 * 1024,
  createFile: refuse,
  readSnapshot: refuse,
  compareSnapshots: refuse,
  readProfile: refuse,
  guardProfiling: () => {},
};

export const noRecordings: RecordingPowers = {
  list: () => [],
  next: () => {},
  forgetNext: () => false,
  logon: () => Promise.reject(new Error("nothing is recorded")),
  logoff: () => Promise.reject(new Error("nothing is recorded")),
};

const noShadow = (): Promise<never> => Promise.reject(new Error("nobody has a shadow"));

export const noWeb = {
  insight: noInsight,
  shadowing: {
    start: noShadow,
    ended: noShadow,
    stop: noShadow,
    list: async () => [],
  } satisfies ShadowingPowers,
  web: {
    token: "secret",
    services: () => [],
    logAfter: () => [],
    asset: async () => undefined,
    openFile: async () => ({ bytes: 4, stream: Readable.from([Buffer.from("file")]) }),
  } satisfies WebPowers,
  dashboardUrl: () => "http://127.0.0.1:8000/?token=secret",
};

export const facts: HostFacts = {
  version: "0.1.0",
  nodeVersion: "24.21.0",
  pid: 4711,
  uptimeMs: 3_723_000,
  shards: [
    { index: 1, services: 3, waiting: 0 },
    { index: 2, services: 2, waiting: 7 },
  ],
  isolates: 5,
  isolatesMax: 4000,
  memory: {
    rss: 104_857_600,
    heapTotal: 31_457_280,
    heapUsed: 20_971_520,
    external: 2_097_152,
    arrayBuffers: 1_048_576,
  },
};

export type HttpAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: { ok: boolean; result?: unknown; code?: string; error?: string };
};

export class ConsoleHost {
  readonly fake: FakeIsonet;
  readonly clock = new FakeNetClock();
  readonly log: string[] = [];
  readonly #powers: Partial<ConsolePowers>;
  #server: ConsoleServer | undefined;
  #port = 0;
  readonly #clients: Client[] = [];
  readonly #logWaits: { text: RegExp; resolve: () => void }[] = [];

  constructor(answers: Answers, powers: Partial<ConsolePowers> = {}) {
    this.fake = new FakeIsonet(answers);
    this.#powers = powers;
  }

  get port(): number {
    return this.#port;
  }

  async open(): Promise<this> {
    const setting = {
      at: { host: "127.0.0.1", port: 0 },
      facts: () => facts,
      containment: noContainment,
      recordings: noRecordings,
      ...noWeb,
      log: (level: string, text: string) => this.#onLog(`${level} ${text}`),
    };
    const powers = consolePowers(setting);
    const listen: ConsolePowers["listen"] = (options) =>
      powers.listen({ ...options, clock: this.clock } as typeof options);
    this.#server = startConsole(this.fake.api, {
      ...powers,
      listen,
      clock: this.clock,
      ...this.#powers,
    });
    this.#port = (await this.#server.address()).port;
    return this;
  }

  /** A text connection. */
  async connect(): Promise<Client> {
    const client = new Client(connect(this.#port, "127.0.0.1"));
    this.#clients.push(client);
    await client.connected;
    return client;
  }

  /** Types lines on a connection of its own and gives everything that was printed. */
  async typed(...lines: string[]): Promise<string> {
    const client = await this.connect();
    client.socket.end(`${lines.join("\n")}\n`);
    return client.rest();
  }

  /** What one command prints, the greeting not counted. */
  async output(line: string): Promise<string[]> {
    const text = await this.typed(line);
    return text.split("\n").slice(1, -1);
  }

  http(
    path: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<HttpAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const { method = "GET", headers = {}, body } = options;
    const request = httpRequest({ port: this.#port, host: "127.0.0.1", path, method, headers });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const answer = { status: response.statusCode ?? 0, headers: response.headers };
        resolve({ ...answer, body: JSON.parse(text) as HttpAnswer["body"] });
      });
    });
    request.end(body);
    return promise;
  }

  post(body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    const isText = typeof body === "string";
    const type = isText ? "text/plain" : "application/json";
    return this.http("/", {
      method: "POST",
      headers: { "content-type": type, ...headers },
      body: isText ? body : JSON.stringify(body),
    });
  }

  /** Resolves when the log holds a line like this. */
  async logged(text: RegExp): Promise<void> {
    if (this.log.some((line) => text.test(line))) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#logWaits.push({ text, resolve });
    await promise;
  }

  /** Lets time pass once the console has taken every connection made so far. */
  async fakeTime(ms: number): Promise<void> {
    await this.output("getenv thread");
    this.clock.advance(ms);
  }

  #onLog(line: string): void {
    this.log.push(line);
    for (const { text, resolve } of this.#logWaits) if (text.test(line)) resolve();
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.socket.destroy();
    await this.#server?.close();
  }
}

/** One raw connection and what came through it. */
export class Client {
  readonly socket: Socket;
  readonly connected: Promise<void>;
  #text = "";
  #hasEnded = false;
  #look: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.connected = promise;
    socket.on("connect", resolve);
    socket.on("error", () => {});
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      this.#text += text;
      this.#look?.();
    });
    socket.on("close", () => {
      this.#hasEnded = true;
      this.#look?.();
    });
  }

  /** Takes what was received up to and with `mark`; what there is when the peer hangs up first. */
  async upTo(mark: string): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf(mark);
      if (end >= 0) return this.#takeText(end + mark.length);
      if (this.#hasEnded) return this.#takeText(this.#text.length);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#look = resolve;
      await promise;
    }
  }

  /** Takes everything until the peer hangs up. */
  async rest(): Promise<string> {
    if (!this.#hasEnded) await once(this.socket, "close");
    return this.#takeText(this.#text.length);
  }

  #takeText(length: number): string {
    const taken = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return taken;
  }
}
