// Endpoint: a port for one service that Chrome DevTools and VS Code attach to, one at a time.
// Shard 0. Opened by devtools.ts; attaches by services/host/debugging.ts when a client connects.
// Invariant: a client that leaves, however, frees the service; what it sends is bounded, is JSON,
// and names a method of its role.

import { randomUUID } from "node:crypto";
import type { Address } from "isonet";
import { hostPort } from "../../../wire/host-port.ts";
import { limits } from "../../../wire/limits.ts";
import type { Attachment, DebugClient, ProtocolMessage } from "../debugging.ts";
import { endpointRefusal } from "./endpoint-guard.ts";
import { isOfV8, permittedClass, type DevtoolsRole, type MethodClass } from "./protocol-policy.ts";
import { requestTerms } from "./request-terms.ts";
import type { SocketClient, SocketListener, SocketPowers } from "./socket-powers.ts";

export type EndpointOrder = {
  readonly address: Address;
  /** The address as text, and its name: what DevTools shows. */
  readonly title: string;
  readonly role: DevtoolsRole;
  readonly pauseMsMax: number;
  readonly at: { readonly host: string; readonly port: number };
};

export type DebugLink = Pick<Attachment, "requestBytesMax" | "send" | "detach">;

export type EndpointParts = {
  readonly debugging: {
    readonly attach: (address: Address, client: DebugClient) => Promise<DebugLink>;
  };
  readonly listen: SocketPowers;
  readonly log: (address: Address, text: string) => void;
  readonly onClosed: () => void;
};

/** Where to connect, as an operator copies it. */
export type EndpointPlace = {
  readonly address: string;
  readonly role: DevtoolsRole;
  readonly devtools: string;
  readonly websocket: string;
  /** For the launch.json of VS Code. */
  readonly vscode: object;
};

const clientIdMax = 0x3fff_ffff;
const refusedCode = -32_000;
const unknownCode = -32_601; // tools go on without a method when they are told that there is none
const queuedMax = 256; // requests that come before the service is attached

export class Endpoint {
  readonly #order: EndpointOrder;
  readonly #parts: EndpointParts;
  readonly #token = randomUUID();
  #listener: SocketListener | undefined;
  #client: SocketClient | undefined;
  #attachment: DebugLink | undefined;
  #queued: string[] = [];
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;
  #contextId: number | undefined;

  constructor(order: EndpointOrder, parts: EndpointParts) {
    this.#order = order;
    this.#parts = parts;
  }

  /** Opens the port. Fails with PORT_IN_USE, CONFIG_INVALID. */
  async open(): Promise<EndpointPlace> {
    const { at } = this.#order;
    this.#listener = await this.#parts.listen({
      ...at,
      portOption: "devtools.port",
      messageBytesMax: limits.debugRequestBytesMax,
      waitingBytesMax: limits.debugWaitingBytesMax,
      admit: ({ headers }) => endpointRefusal(headers, at.host),
      answer: (path) => this.#answer(path),
      take: (path, client) => this.#take(path, client),
    });
    this.#rest();
    return this.place;
  }

  get place(): EndpointPlace {
    const { title, role } = this.#order;
    const websocket = `ws://${this.#hostAndPort}/${this.#token}`;
    const url = `devtools://devtools/bundled/js_app.html?experiments=true&v8only=true`;
    const vscode = {
      name: `isonet ${title}`,
      type: "node",
      request: "attach",
      websocketAddress: websocket,
    };
    const devtools = `${url}&ws=${this.#hostAndPort}/${this.#token}`;
    return { address: title, role, devtools, websocket, vscode };
  }

  get #hostAndPort(): string {
    const { host = "", port = 0 } = this.#listener ?? {};
    return hostPort(host, port);
  }

  /** Frees the service and the port. Idempotent. */
  async close(reason: string): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#idle);
    this.#client?.close(reason);
    await this.#free(reason);
    await this.#listener?.close();
    this.#parts.onClosed();
  }

  #answer(path: string): unknown {
    if (path === "/json/version") {
      return { Browser: `isonet/${process.version}`, "Protocol-Version": "1.3" };
    }
    if (path !== "/json" && path !== "/json/list") return undefined;
    const { devtools, websocket } = this.place;
    const { title } = this.#order;
    return [
      {
        id: this.#token,
        type: "node",
        title: `isonet ${title}`,
        description: "isonet service",
        url: `isonet://${title}`,
        devtoolsFrontendUrl: devtools,
        devtoolsFrontendUrlCompat: devtools,
        webSocketDebuggerUrl: websocket,
        faviconUrl: "",
      },
    ];
  }

  #take(path: string, client: SocketClient): string | undefined {
    const { address } = this.#order;
    if (path !== `/${this.#token}`) {
      this.#parts.log(address, `devtools: ${client.peer} refused: it has not the token`);
      return "no such endpoint";
    }
    if (this.#client !== undefined) return "another client is connected";
    clearTimeout(this.#idle);
    this.#client = client;
    this.#queued = [];
    client.open({
      onText: (text) => this.#request(client, text),
      onClose: () => {
        if (this.#client === client) void this.#left("the connection has ended");
      },
    });
    void this.#attach(client);
    return undefined;
  }

  async #attach(client: SocketClient): Promise<void> {
    const { address, pauseMsMax, role } = this.#order;
    try {
      const attachment = await this.#parts.debugging.attach(address, {
        who: `devtools ${client.peer} (${role})`,
        pauseMsMax,
        onMessage: (message, text) => {
          this.#learnContext(message);
          client.send(text);
        },
        onClosed: (reason) => {
          client.close(reason);
          if (this.#client === client) void this.#left(reason);
        },
      });
      if (this.#client !== client) {
        await attachment.detach("the connection has ended");
        return;
      }
      this.#attachment = attachment;
      for (const text of this.#queued.splice(0)) this.#request(client, text);
    } catch (error) {
      client.close((error as Error).message);
      if (this.#client === client) await this.#left((error as Error).message);
    }
  }

  async #left(reason: string): Promise<void> {
    this.#client = undefined;
    await this.#free(reason);
    this.#rest();
  }

  async #free(reason: string): Promise<void> {
    const attachment = this.#attachment;
    this.#attachment = undefined;
    this.#seen.clear();
    await attachment?.detach(reason);
  }

  /** An endpoint that nobody uses is closed. */
  #rest(): void {
    if (this.#isClosed || this.#client !== undefined) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close("unused"), limits.devtoolsIdleMs);
    this.#idle.unref();
  }

  #request(client: SocketClient, text: string): void {
    const attachment = this.#attachment;
    if (attachment === undefined) {
      if (this.#queued.length >= queuedMax)
        client.close("too many requests before the first answer");
      else this.#queued.push(text);
      return;
    }
    const request = readRequest(text);
    if (request === undefined) {
      client.close("a request is not of the protocol");
      return;
    }
    const { id, method } = request;
    const refuse = (message: string, code = refusedCode): void =>
      client.send(JSON.stringify({ id, error: { code, message } }));
    const { role } = this.#order;
    const kind = permittedClass(role, method);
    if (!isOfV8(method)) {
      refuse(`'${method}' wasn't found`, unknownCode);
    } else if (kind === undefined) {
      refuse(`NOT_PERMITTED: ${method} is not for this endpoint (role ${role})`);
    } else if (Buffer.byteLength(text) > attachment.requestBytesMax) {
      refuse(`MESSAGE_TOO_LARGE: over ${attachment.requestBytesMax} bytes`);
    } else {
      this.#note(client, kind, method);
      const terms = requestTerms(method, text, this.#contextId);
      if ("refusal" in terms) refuse(terms.refusal);
      else attachment.send(id, terms.text);
    }
  }

  #learnContext({ method, params }: ProtocolMessage): void {
    if (method !== "Runtime.executionContextCreated") return;
    const context = params?.["context"] as { readonly id?: unknown } | undefined;
    if (typeof context?.id === "number") this.#contextId = context.id;
  }

  readonly #seen = new Set<MethodClass>();

  /** The log has the first method of each class, and every edit. */
  #note(client: SocketClient, kind: MethodClass, method: string): void {
    if (this.#seen.has(kind) && kind !== "edit") return;
    this.#seen.add(kind);
    this.#parts.log(this.#order.address, `devtools: ${client.peer} ${kind}: ${method}`);
  }
}

function readRequest(text: string): { readonly id: number; readonly method: string } | undefined {
  try {
    const { id, method } = JSON.parse(text) as { id?: unknown; method?: unknown };
    const isId = typeof id === "number" && Number.isSafeInteger(id) && id > 0 && id <= clientIdMax;
    return isId && typeof method === "string" ? { id, method } : undefined;
  } catch {
    return undefined;
  }
}
