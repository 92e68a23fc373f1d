// Socket channel: requests in order and by session, what breaks them, and how it connects again.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { channel } from "../../../library/socketchannel.ts";
import { makeAddress, wellKnown } from "../../../wire/address.ts";
import { SocketEvent, SocketOrder } from "../../../wire/socket-protocol.ts";
import type { Channel, ChannelOptions, ChannelSocket } from "isonet/socketchannel";
import { guest, settle } from "../../kit/fake-guest.ts";

vi.mock("isonet", async () => (await import("../../kit/fake-guest.ts")).guest.api);

const host = makeAddress(1, wellKnown.socket);
let id = 0;
/** Addresses that were dialled. */
let dialled: string[] = [];
/** Those that nobody listens on. */
let down: string[] = [];
const open: Channel[] = [];

beforeEach(() => {
  dialled = [];
  down = [];
  guest.takeSent();
  guest.logged.length = 0;
  guest.slept.length = 0;
  guest.answers.set("open", (name: unknown, port: unknown) => {
    const where = `${String(name)}:${String(port)}`;
    dialled.push(where);
    if (!down.includes(where)) return ++id;
    throw Object.assign(new Error("connection refused"), {
      code: "REMOTE_FAULT",
      remoteCode: "CONNECT_FAILED",
    });
  });
});

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function make(options: Partial<ChannelOptions> = {}): Channel {
  const made = channel({ host: "db:1", ...options });
  open.push(made);
  return made;
}

function tell(...events: unknown[]): void {
  guest.receive("socket", host, ...events);
}

function receive(text: string): void {
  tell(SocketEvent.data, id, Buffer.from(text));
}

/** What was written, in order; low priority with a mark. */
function written(): string[] {
  return guest
    .takeSent()
    .filter(([, order]) => order === SocketOrder.write || order === SocketOrder.lowWrite)
    .map(([, order, , block]) => {
      const text = Buffer.from(block as Uint8Array).toString();
      return order === SocketOrder.lowWrite ? `low ${text}` : text;
    });
}

/** The value, or the code and text of the error; "pending" when neither is there. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  let result: unknown = "pending";
  const settled = async (): Promise<void> => {
    try {
      result = await promise;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      result = code ?? message;
    }
  };
  void settled();
  await settle();
  return result;
}

const line = async (socket: ChannelSocket) => [true, await socket.readLine()] as const;
const bySession = async (socket: ChannelSocket) => {
  const [session, what = "", text] = (await socket.readLine()).split(" ");
  return [Number(session), what !== "bad", text, what === "part"] as const;
};

describe("in order mode", () => {
  test("responses go to the requests in their order", async () => {
    const ch = make();
    const first = ch.request("GET a\n", line);
    const second = ch.request("GET b\n", line);
    await settle();
    expect(written()).toEqual(["GET a\n", "GET b\n"]);

    receive("A\nB\n");

    expect([await outcome(first), await outcome(second)]).toEqual(["A", "B"]);
    expect(dialled).toEqual(["db:1"]);
  });

  test("a request without a response waits for nothing", async () => {
    const ch = make();

    expect(await outcome(ch.request("fire\n"))).toBeUndefined();
    expect(written()).toEqual(["fire\n"]);
  });

  test("a bad response fails its request, and the connection goes on", async () => {
    const ch = make();
    const bad = ch.request("x", async (socket) => [false, await socket.readLine()]);
    const good = ch.request("y", line);
    await settle();
    receive("no such key\nfine\n");

    expect([await outcome(bad), await outcome(good)]).toEqual(["no such key", "fine"]);
    expect(dialled).toHaveLength(1);
  });

  test("parts are gathered into a list", async () => {
    const ch = make();
    const all = ch.request("x", async (socket) => {
      const part = await socket.readLine();
      return [true, part, part !== "last"];
    });
    const next = ch.request("y", line);
    await settle();
    receive("one\ntwo\nlast\nnext\n");

    expect([await outcome(all), await outcome(next)]).toEqual([["one", "two", "last"], "next"]);
  });

  test("a response that throws closes the connection, and fails all that wait with it", async () => {
    const ch = make();
    const first = ch.request("x", async (socket) => {
      await socket.readLine();
      throw new Error("not my protocol");
    });
    const second = ch.request("y", line);
    await settle();
    receive("garbage\n");

    expect([await outcome(first), await outcome(second)]).toEqual([
      "not my protocol",
      "not my protocol",
    ]);
    const third = ch.request("z", line);
    await settle();
    receive("again\n");
    expect(await outcome(third)).toBe("again");
    expect(dialled).toHaveLength(2);
  });

  test("the peer's end fails what waits, and nothing is sent again", async () => {
    const ch = make();
    const first = ch.request("x", line);
    const second = ch.request("y", line);
    await settle();
    written();
    tell(SocketEvent.data, id, Buffer.from("half"), SocketEvent.close, id, undefined);

    expect([await outcome(first), await outcome(second)]).toEqual([
      "CHANNEL_BROKEN",
      "CHANNEL_BROKEN",
    ]);
    await expect(first).rejects.toThrow("[Error: socket] db:1: ");
    expect(written()).toEqual([]);
  });

  test("the peer's end is noticed while nothing waits", async () => {
    const ch = make();
    await ch.connect(true);
    tell(SocketEvent.close, id, undefined);
    await settle();

    expect(guest.logged).toContain("socket closed by peer : db:1");
  });

  test("padding sends everything at low priority, block by block", async () => {
    const ch = make();
    void outcome(ch.request("head", line, ["one", "two"]));
    await settle();

    expect(written()).toEqual(["low head", "low one", "low two"]);
  });

  test("a response in time is waited for, and one that is late breaks the connection", async () => {
    const ch = make({ timeoutMs: 500 });
    const first = ch.request("x", line);
    const second = ch.request("y", line);
    await settle();
    guest.pass(50);

    expect(await outcome(first)).toBe("CALL_TIMEOUT");
    expect(await outcome(second)).toBe("CALL_TIMEOUT");
  });
});

describe("in session mode", () => {
  test("responses go to the requests that they name", async () => {
    const ch = make({ response: bySession });
    const one = ch.request("x", 1);
    const two = ch.request("y", 2);
    await settle();
    receive("2 ok second\n1 bad first\n");

    expect([await outcome(one), await outcome(two)]).toEqual(["first", "second"]);
    await expect(one).rejects.toThrow("first");
  });

  test("parts are gathered, those of others between them", async () => {
    const ch = make({ response: bySession });
    const one = ch.request("x", 1);
    const two = ch.request("y", 2);
    await settle();
    receive("1 part a\n2 ok b\n1 ok c\n");

    expect([await outcome(one), await outcome(two)]).toEqual([["a", "c"], "b"]);
  });

  test("an unknown session is logged, and the connection goes on", async () => {
    const ch = make({ response: bySession });
    const one = ch.request("x", 1);
    await settle();
    receive("7 ok nobody\n1 ok mine\n");

    expect(await outcome(one)).toBe("mine");
    expect(guest.logged).toContain("socket: unknown session : 7");
  });

  test("a response without a session closes the connection", async () => {
    const ch = make({
      response: async (socket) => [await socket.readLine().then(() => undefined)],
    });
    const one = ch.request("x", 1);
    await settle();
    receive("?\n");

    expect(await outcome(one)).toBe("CHANNEL_BROKEN");
  });

  test("a late response fails its request alone", async () => {
    const ch = make({ response: bySession, timeoutMs: 500 });
    const one = ch.request("x", 1);
    await settle();
    guest.pass(50);
    expect(await outcome(one)).toBe("CALL_TIMEOUT");
    const two = ch.request("y", 2);
    await settle();
    receive("1 ok late\n2 ok fine\n");

    expect(await outcome(two)).toBe("fine");
    expect(dialled).toHaveLength(1);
  });

  test("an unsolicited response is waited for by its session", async () => {
    const ch = make({ response: bySession });
    const event = ch.response(9);
    await settle();
    receive("9 ok news\n");

    expect(await outcome(event)).toBe("news");
  });

  test.each([
    [{ response: bySession }, line],
    [{}, 5],
  ] as const)("and order mode do not mix", async (options, response) => {
    expect(await outcome(make(options).request("x", response))).toBe("ARGUMENT_INVALID");
  });
});

describe("connecting", () => {
  test("is tried once by a request, which fails fast", async () => {
    down = ["db:1"];
    const ch = make();

    expect(await outcome(ch.request("x", line))).toBe("CHANNEL_BROKEN");
    expect(dialled).toHaveLength(1);
    expect(guest.slept).toEqual([]);
  });

  test("is tried for ever by connect, a second longer each time, and from 1 s after 11", async () => {
    down = ["db:1"];
    const ch = make();
    const connected = ch.connect();
    for (let tries = 0; tries < 14; tries++) {
      await settle();
      guest.pass(2000);
    }
    await settle();
    down = [];
    guest.pass(2000);

    expect(await outcome(connected)).toBeUndefined();
    expect(guest.slept.slice(0, 14)).toEqual([
      0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 100, 200,
    ]);
    expect(guest.logged.at(-1)).toBe("socket: connect to db:1");
  });

  test("is one attempt for all who wait", async () => {
    const gate = Promise.withResolvers<number>();
    guest.answers.set("open", () => {
      dialled.push("db:1");
      return gate.promise;
    });
    const ch = make();
    const all = [ch.request("a", line), ch.request("b", line), ch.connect(true)];
    await settle();
    gate.resolve(++id);
    await settle();
    receive("A\nB\n");

    expect(await Promise.all(all.map(outcome))).toEqual(["A", "B", undefined]);
    expect(dialled).toHaveLength(1);
  });

  test("goes on to the other hosts, and stays with the one that answers", async () => {
    down = ["db:1", "b:2"];
    const ch = make({ backup: [{ host: "b", port: 2 }, "c", "d:4"] });

    await ch.connect(true);
    expect(dialled).toEqual(["db:1", "b:2", "c:1"]);
    tell(SocketEvent.close, id, undefined);
    await settle();
    await ch.connect(true);
    expect(dialled.at(-1)).toBe("c:1");
  });

  test("is to another host after changeHost", async () => {
    const ch = make();
    const waiting = ch.request("x", line);
    await settle();
    ch.changeHost("other", 9);

    expect(await outcome(waiting)).toBe("CHANNEL_BROKEN");
    await ch.connect(true);
    expect(dialled).toEqual(["db:1", "other:9"]);
  });
});

describe("authorisation", () => {
  test("comes before the requests of others, which wait for it", async () => {
    const ch = make({
      auth: async (own) => {
        await own.request("AUTH\n", line);
      },
    });
    const request = ch.request("GET\n", line);
    await settle();
    expect(written()).toEqual(["AUTH\n"]);
    receive("+OK\n");
    await settle();
    expect(written()).toEqual(["GET\n"]);
    receive("value\n");

    expect(await outcome(request)).toBe("value");
  });

  test("that fails goes on to the next host, those included that it has named", async () => {
    const ch = make({
      auth: (own) => {
        if (dialled.at(-1) === "master:3") return;
        own.changeBackup([{ host: "master", port: 3 }]);
        throw new Error("not the master");
      },
    });

    await ch.connect(true);

    expect(dialled).toEqual(["db:1", "master:3"]);
    expect(guest.logged).toContain("socket: auth failed not the master");
  });

  test("that fails everywhere fails the request", async () => {
    const ch = make({
      auth: () => {
        throw new Error("wrong password");
      },
    });

    expect(await outcome(ch.request("x", line))).toBe("CHANNEL_BROKEN");
  });

  test("that changes the host has it connect there", async () => {
    const ch = make({
      auth: (own) => {
        if (dialled.length === 1) own.changeHost("leader:5");
      },
    });

    await ch.connect(true);

    expect(dialled).toEqual(["db:1", "leader:5"]);
  });
});

describe("a closed channel", () => {
  test("fails what waits, and every request until it is connected again", async () => {
    const ch = make();
    const waiting = ch.request("x", line);
    await settle();
    ch.close();

    expect(await outcome(waiting)).toBe("CHANNEL_BROKEN");
    expect(await outcome(ch.request("y", line))).toBe("CHANNEL_CLOSED");
    await ch.connect();
    const request = ch.request("z", line);
    await settle();
    receive("back\n");
    expect(await outcome(request)).toBe("back");
  });

  test("ends an attempt that is tried for ever", async () => {
    down = ["db:1"];
    const ch = make();
    const connected = ch.connect();
    await settle();
    ch.close();
    guest.pass(2000);

    expect(await outcome(connected)).toBe("CHANNEL_CLOSED");
  });
});

test("overload is told of once, and of its end", async () => {
  const seen: boolean[] = [];
  const ch = make({ overload: (isOverloaded) => seen.push(isOverloaded) });
  await ch.connect(true);
  for (const kib of [1024, 2048, 0]) tell(SocketEvent.warning, id, kib);
  await settle();

  expect(seen).toEqual([true, false]);
  expect(guest.logged.at(-1)).toBe("WARNING: 2048 K bytes need to send out (db:1)");
});
