// Debugging: attaches debuggers to services, wherever they live, and relays what is said.
// Host service's part, shard 0. Used by the console's debugger and by endpoints for DevTools; told
// by host-control.ts what control services say.
// Invariant: what a shard or a cell says reaches only the attachment it is for, when it comes from
// where that service lives, within a size, and is JSON; every attachment is told of its end once.

import type * as Isonet from "isonet";
import type { Address } from "isonet";
import { debuggerAttached } from "../../wire/debugger-attached.ts";
import { limits } from "../../wire/limits.ts";

/** A message of the debugging protocol. */
export type ProtocolMessage = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
};

export type DebugClient = {
  /** Who it is, for whoever else wants to attach, and for the log: "console 127.0.0.1:4711". */
  readonly who: string;
  readonly pauseMsMax: number;
  readonly onMessage: (message: ProtocolMessage, text: string) => void;
  readonly onClosed: (reason: string) => void;
};

export type ScopePlace = { readonly url: string; readonly line: number; readonly column: number };

export type DebuggingPowers = {
  /** Place of a service, and the control service of that place. Fails with ADDRESS_UNKNOWN. */
  readonly placeOf: (address: Address) => { readonly place: number; readonly control: Address };
  /** Interrupts the turn that runs in this service, on a shard. */
  readonly interrupt: (address: Address) => void;
  readonly messageBytesMax: number;
  readonly log: (address: Address, text: string) => void;
};

type Open = {
  readonly ticket: number;
  readonly place: number;
  readonly client: DebugClient;
  text: string;
};

const spinMs = 200; // a control service that takes longer stands behind a turn that does not end
const againMs = 50;
const attachMsMax = 15_000;
const slackBytes = 1024;

export class Debugging {
  readonly #isonet: typeof Isonet;
  readonly #powers: DebuggingPowers;
  readonly #open = new Map<Address, Open>();
  #lastTicket = 0;

  constructor(isonet: typeof Isonet, powers: DebuggingPowers) {
    this.#isonet = isonet;
    this.#powers = powers;
  }

  /**
   * Attaches to a service; one that spins is interrupted first. Fails with DEBUGGER_ATTACHED,
   * ADDRESS_UNKNOWN, ADDRESS_DEAD, CALL_TIMEOUT.
   */
  async attach(address: Address, client: DebugClient): Promise<Attachment> {
    const { place, control } = this.#powers.placeOf(address);
    const other = this.#open.get(address);
    if (other !== undefined) throw debuggerAttached(address, other.client.who);
    const ticket = ++this.#lastTicket;
    const open: Open = { ticket, place, client, text: "" };
    this.#open.set(address, open);
    const interrupting = this.#keepInterrupting(address);
    const { who, pauseMsMax } = client;
    try {
      const to = { to: control, timeoutMs: attachMsMax };
      const order = { ticket, who, pauseMsMax };
      const scope = (await this.#isonet.call(to, "lua", "debugAttach", address, order)) as unknown;
      this.#powers.log(address, `Enter debug mode: ${who}`);
      return new Attachment(this.#isonet, this, {
        address,
        control,
        ticket,
        scope,
        ...this.#powers,
      });
    } catch (error) {
      if (this.#open.get(address) === open) this.#open.delete(address);
      this.#isonet.send(control, "lua", "debugDetach", address, ticket);
      throw error;
    } finally {
      interrupting();
    }
  }

  #keepInterrupting(address: Address): () => void {
    const end = (): void => this.#powers.interrupt(address);
    let timer = setTimeout(() => {
      end();
      timer = setInterval(end, againMs);
    }, spinMs);
    return () => clearTimeout(timer);
  }

  isAttached(address: Address): boolean {
    return this.#open.has(address);
  }

  /** A control service passes on a piece of what V8 says. */
  heard(place: number | undefined, address: Address, ticket: unknown, ...rest: unknown[]): void {
    const [piece, isLast] = rest;
    const open = this.#open.get(address);
    if (
      open === undefined ||
      open.ticket !== ticket ||
      open.place !== place ||
      typeof piece !== "string"
    )
      return;
    open.text += piece;
    if (open.text.length > limits.debugMessageCharsMax) {
      this.closed(place, address, ticket, "a message of V8 is over debugMessageCharsMax");
      return;
    }
    if (isLast !== true) return;
    const { text } = open;
    open.text = "";
    const message = parsed(text);
    if (message === undefined) this.closed(place, address, ticket, "what V8 says is no message");
    else open.client.onMessage(message, text);
  }

  /** The attachment is over: its control service says so, or its client has left. */
  closed(place: number | undefined, address: Address, ticket: unknown, reason: unknown): void {
    const open = this.#open.get(address);
    if (open === undefined || open.ticket !== ticket || open.place !== place) return;
    this.#open.delete(address);
    const why = typeof reason === "string" ? reason.slice(0, 200) : "";
    this.#powers.log(address, `Leave debug mode: ${open.client.who}: ${why}`);
    open.client.onClosed(why);
  }

  /** A service has ended, or its cell with it. */
  ended(address: Address): void {
    const open = this.#open.get(address);
    if (open !== undefined) this.closed(open.place, address, open.ticket, "the service has ended");
  }

  /** The client leaves. */
  leave(address: Address, ticket: number, reason: string): void {
    const place = this.#open.get(address)?.place;
    this.closed(place, address, ticket, reason);
  }
}

type AttachmentParts = {
  readonly address: Address;
  readonly control: Address;
  readonly ticket: number;
  readonly scope: unknown;
  readonly messageBytesMax: number;
};

/** One debugger on one service. */
export class Attachment {
  readonly #isonet: typeof Isonet;
  readonly #debugging: Debugging;
  readonly #parts: AttachmentParts;

  constructor(isonet: typeof Isonet, debugging: Debugging, parts: AttachmentParts) {
    this.#isonet = isonet;
    this.#debugging = debugging;
    this.#parts = parts;
  }

  /** The empty function in the scope of the service's module. */
  get scope(): ScopePlace {
    const { url = "", line = 0, column = 0 } = (this.#parts.scope ?? {}) as Partial<ScopePlace>;
    return { url, line, column };
  }

  /** Bytes of one request at most. */
  get requestBytesMax(): number {
    return Math.min(limits.debugRequestBytesMax, this.#parts.messageBytesMax - slackBytes);
  }

  /** `text` is a request whose number is `id`. */
  send(id: number, text: string): void {
    this.#tell("debugSend", id, text);
  }

  /** Enters the function of `scope`. */
  enterScope(): void {
    this.#tell("debugScope");
  }

  /** Ends the turn that runs. */
  interrupt(): void {
    this.#tell("debugInterrupt");
  }

  /** Lets the service go; resolves when its turns are synchronous again. Idempotent. */
  async detach(reason: string): Promise<void> {
    const { address, control, ticket } = this.#parts;
    this.#debugging.leave(address, ticket, reason);
    const to = { to: control, timeoutMs: attachMsMax };
    await this.#isonet.call(to, "lua", "debugDetach", address, ticket).catch(() => {});
  }

  #tell(order: string, ...values: unknown[]): void {
    const { address, control, ticket } = this.#parts;
    this.#isonet.send(control, "lua", order, address, ticket, ...values);
  }
}

function parsed(text: string): ProtocolMessage | undefined {
  try {
    const message = JSON.parse(text) as unknown;
    return typeof message === "object" && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}
