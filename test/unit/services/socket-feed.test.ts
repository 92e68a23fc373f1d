// Socket feed: events of a connection on their way to its owner, with an owner and a link of the
// test.

import type { Address } from "isonet";
import { beforeEach, describe, expect, test } from "vitest";
import type { Link } from "../../../services/host/http/http-powers.ts";
import { SocketFeed } from "../../../services/host/http/socket-feed.ts";
import { CodedError } from "../../../wire/coded-error.ts";
import type { ErrorCode } from "../../../wire/error-codes.ts";
import type { SocketEvent } from "../../../wire/http-messages.ts";
import { limits } from "../../../wire/limits.ts";

type Handlers = Parameters<Link["open"]>[0];

/** A batch that the owner has got, and its answer. */
type Batch = {
  readonly to: Address;
  readonly events: readonly SocketEvent[];
  readonly accept: () => void;
  readonly refuse: (code: ErrorCode) => void;
};

const ann = 0x0100_0101 as Address;
const bob = 0x0100_0102 as Address;
const id = 7;

class FakeLink implements Link {
  readonly protocol = "";
  waitingBytes = 0;
  handlers: Handlers | undefined;
  readonly done: string[] = [];
  onTaken = (): void => {};

  open(handlers: Handlers): void {
    this.handlers = handlers;
  }
  pause(): void {
    this.done.push("pause");
  }
  resume(): void {
    this.done.push("resume");
  }
  write(data: string | Uint8Array, onTaken: () => void): void {
    this.waitingBytes += data.length;
    this.onTaken = onTaken;
  }
  ping(): void {}
  close(code: number): void {
    this.done.push(`close ${code}`);
  }
  destroy(fault: string): void {
    this.done.push(`destroy: ${fault}`);
  }
}

let link: FakeLink;
let feed: SocketFeed;
let batches: Batch[];
let sent: readonly unknown[][];
let timers: (() => void)[];
let ends: number;

beforeEach(() => {
  link = new FakeLink();
  batches = [];
  sent = [];
  timers = [];
  ends = 0;
  const isonet = {
    call: ({ to }: { to: Address }, _protocol: string, _id: number, events: SocketEvent[]) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const refuse = (code: ErrorCode): void => reject(new CodedError(code, ""));
      batches.push({ to, events, accept: resolve, refuse });
      return promise;
    },
    send: (...values: unknown[]) => {
      sent = [...sent, values];
    },
  };
  feed = new SocketFeed(isonet as never, link, {
    id,
    owner: ann,
    waitingBytesMax: 4 * 1024 * 1024,
    after: (_ms, act) => void timers.push(act),
    onEnd: () => void ends++,
  });
  feed.begin(["open", { url: "/", headers: [], peer: "", protocol: "" }]);
});

/** Lets promises that have settled have their say. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

async function accept(): Promise<void> {
  batches.at(-1)?.accept();
  await settle();
}

function messagesOf(batch: Batch | undefined): unknown[] {
  return (batch?.events ?? []).map(([kind, value]) => (kind === "message" ? value : kind));
}

describe("a socket feed", () => {
  test("has one batch with the owner at a time, and all that has come since in the next", async () => {
    link.handlers?.onMessage("one");
    link.handlers?.onMessage("two");
    expect(batches.map(messagesOf)).toEqual([["open"]]);

    await accept();
    link.handlers?.onMessage("three");
    await accept();

    expect(batches.map(messagesOf)).toEqual([["open"], ["one", "two"], ["three"]]);
  });

  test("sends a batch again, whole and in order, when the owner's mailbox was full", async () => {
    await accept();
    link.handlers?.onMessage("one");
    batches[1]?.refuse("MAILBOX_FULL");
    await settle();
    link.handlers?.onMessage("two");
    expect(batches).toHaveLength(2);

    timers.shift()?.();
    await settle();
    batches[2]?.refuse("LINK_FULL");
    await settle();
    timers.shift()?.();
    await settle();

    expect(batches.map(messagesOf)).toEqual([["open"], ["one"], ["one", "two"], ["one", "two"]]);
    expect(ends).toBe(0);
  });

  test("gives the connection up when the owner does not handle it", async () => {
    batches[0]?.refuse("PROTOCOL_UNKNOWN");
    await settle();

    expect([link.done, ends]).toEqual([["close 1001"], 1]);
    expect(sent[0]?.slice(2)).toEqual([
      id,
      [
        ["error", expect.any(String)],
        ["close", 1001, ""],
      ],
    ]);
    link.handlers?.onMessage("late");
    expect(batches).toHaveLength(1);
  });

  test("stops reading the peer at the bound of messages, and goes on below half of the bytes", async () => {
    await accept();
    const { websocketEventsMax: most } = limits;
    for (let index = 0; index < most - 1; index++) link.handlers?.onMessage("x");
    expect(link.done).toEqual([]);

    link.handlers?.onMessage("x");
    expect(link.done).toEqual(["pause"]);
    await accept();
    await accept();

    expect(link.done).toEqual(["pause", "resume"]);
    expect(batches.slice(1).flatMap(messagesOf)).toHaveLength(most);
  });

  test("stops reading the peer at the bound of bytes", async () => {
    await accept();
    const { websocketUnreadBytesMax: most } = limits;

    link.handlers?.onMessage(new Uint8Array(most - 1));
    expect(link.done).toEqual([]);
    link.handlers?.onMessage("x");

    expect(link.done).toEqual(["pause"]);
  });

  test("ends when the owner knows of the close, and tells why it broke before", async () => {
    await accept();
    link.handlers?.onClose(1006, "", "broken");
    expect(ends).toBe(0);
    await accept();
    await accept();

    expect(batches.slice(1).flatMap(({ events }) => events)).toEqual([
      ["error", "broken"],
      ["close", 1006, ""],
    ]);
    expect(ends).toBe(1);
  });

  test("goes to the service that it is handed to, with what was not handled", async () => {
    link.handlers?.onMessage("one");
    feed.handOver(bob);
    await accept();

    expect(batches.map(({ to }) => to)).toEqual([ann, bob]);
    expect(messagesOf(batches[1])).toEqual(["one"]);
  });

  test("warns at one mebibyte and each doubling, tells when it is over, and cuts off beyond", async () => {
    await accept();
    const mebibyte = 1024 * 1024;
    feed.write(new Uint8Array(mebibyte - 1));
    feed.write("x");
    feed.write("x");
    feed.write(new Uint8Array(mebibyte));
    link.waitingBytes = 0;
    link.onTaken();
    await accept();
    await accept();
    feed.write(new Uint8Array(4 * mebibyte + 1));

    expect(batches.slice(1).flatMap(({ events }) => events)).toEqual([
      ["warning", 1024],
      ["warning", 2049],
      ["warning", 0],
    ]);
    expect(link.done).toEqual([expect.stringMatching(/^destroy: 4194305 bytes .*waitingBytesMax/)]);
  });

  test("tells who waits for the peer when little is left, or the connection has ended", async () => {
    const done: string[] = [];
    feed.write(new Uint8Array(100_000));
    void feed.drained().then(() => done.push("first"));
    await settle();
    expect(done).toEqual([]);

    link.waitingBytes = 1000;
    link.onTaken();
    await settle();
    link.waitingBytes = 100_000;
    void feed.drained().then(() => done.push("second"));
    link.handlers?.onClose(1000, "", "");
    await settle();

    expect(done).toEqual(["first", "second"]);
  });
});
