// Socket library: what its functions give and what they tell the host, event by event.

import { beforeEach, describe, expect, test, vi } from "vitest";
import * as socket from "../../../library/socket.ts";
import { makeAddress, wellKnown } from "../../../wire/address.ts";
import { limits } from "../../../wire/limits.ts";
import { SocketEvent, SocketOrder } from "../../../wire/socket-protocol.ts";
import { guest, settle } from "../../kit/fake-guest.ts";

vi.mock("isonet", async () => (await import("../../kit/fake-guest.ts")).guest.api);

const host = makeAddress(1, wellKnown.socket);
let lastId = 0;

function tell(...events: unknown[]): void {
  guest.receive("socket", host, ...events);
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

/** What was sent, without its sequence. */
function taken(): unknown[][] {
  return guest.takeSent().map(([, ...values]) => values);
}

/** A socket that is open. */
async function opened(): Promise<number> {
  const id = ++lastId;
  guest.answers.set("open", () => id);
  await socket.open("127.0.0.1:80");
  taken();
  return id;
}

/** What was sent, but for how many messages were taken. */
function orders(): unknown[][] {
  return taken().filter(([order]) => order !== SocketOrder.handled);
}

/** What became of a promise: its bytes as text, or the code of its error. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  let result: unknown = "pending";
  const settled = async (): Promise<void> => {
    try {
      const value = await promise;
      result = value instanceof Uint8Array ? Buffer.from(value).toString() : value;
    } catch (error) {
      result = (error as { code: string }).code;
    }
  };
  void settled();
  await settle();
  return result;
}

beforeEach(() => {
  taken();
});

describe("open", () => {
  test.each([
    [["127.0.0.1:80"], ["127.0.0.1", 80]],
    [["[::1]:80"], ["::1", 80]],
    [
      ["::1", 80],
      ["::1", 80],
    ],
    [
      ["example.com", 443],
      ["example.com", 443],
    ],
    [["unix:/run/x.sock"], ["unix:/run/x.sock", 0]],
  ] as [[string, number?], unknown[]][])("reads the address %j", async (given, asked) => {
    const calls: unknown[][] = [];
    guest.answers.set("open", (...args) => {
      calls.push(args);
      return ++lastId;
    });

    const id = await socket.open(...given);

    expect(calls[0]?.slice(0, 2)).toEqual(asked);
    expect(orders()).toEqual([[SocketOrder.start, id]]);
    expect(socket.invalid(id)).toBe(false);
  });

  test.each(["127.0.0.1", "::1:80", "", "a:65536", "a:b"])("refuses %j", async (address) => {
    expect(await outcome(socket.open(address))).toBe("ARGUMENT_INVALID");
  });
});

describe("reading", () => {
  test("a number waits for as many bytes, and leaves the others", async () => {
    const id = await opened();
    const four = socket.read(id, 4);
    tell(SocketEvent.data, id, bytes("abc"));
    expect(await outcome(four)).toBe("pending");

    tell(SocketEvent.data, id, bytes("defg"));

    expect(await outcome(four)).toBe("abcd");
    expect(await outcome(socket.read(id))).toBe("efg");
    expect(await outcome(socket.read(id, 0))).toBe("");
  });

  test("at the end gives undefined, and the rest to whoever asks for it", async () => {
    const id = await opened();
    const ten = socket.read(id, 10);
    tell(SocketEvent.data, id, bytes("part"), SocketEvent.close, id, undefined);

    expect(await outcome(ten)).toBeUndefined();
    expect(await outcome(socket.readLine(id))).toBeUndefined();
    expect(socket.disconnected(id)).toBe(true);
    expect(await outcome(socket.read(id))).toBe("part");
    expect(await outcome(socket.read(id))).toBeUndefined();
    expect(await outcome(socket.block(id))).toBe(false);
    expect(await outcome(socket.readAll(id))).toBe("");
  });

  test("a line ends at its separator, whose halves may come apart", async () => {
    const id = await opened();
    const line = socket.readLine(id, "\r\n");
    tell(SocketEvent.data, id, bytes("a\rb\r"));
    expect(await outcome(line)).toBe("pending");

    tell(SocketEvent.data, id, bytes("\nc\r\n\r\n"));

    expect(await outcome(line)).toBe("a\rb");
    expect(await outcome(socket.readLine(id, "\r\n"))).toBe("c");
    expect(await outcome(socket.readLine(id, "\r\n"))).toBe("");
  });

  test("another separator than before finds what the one before has passed", async () => {
    const id = await opened();
    const line = socket.readLine(id, ";");
    tell(SocketEvent.data, id, bytes("a,b"));
    await settle();
    tell(SocketEvent.data, id, bytes(";c,d;"));

    expect(await outcome(line)).toBe("a,b");
    expect(await outcome(socket.readLine(id, ","))).toBe("c");
  });

  test("is for one thread at a time", async () => {
    const id = await opened();
    const first = socket.readLine(id);

    expect(await outcome(socket.read(id, 1))).toBe("SOCKET_BUSY");
    tell(SocketEvent.data, id, bytes("x\n"));
    expect(await outcome(first)).toBe("x");
  });

  test("fails for an id that is not managed here", async () => {
    expect(await outcome(socket.read(999))).toBe("SOCKET_CLOSED");
    expect(() => socket.rest(999)).toThrow(expect.objectContaining({ code: "SOCKET_CLOSED" }));
  });
});

describe("what the host is told of reading", () => {
  const chunk = new Uint8Array(limits.socketConsumedBytes);
  const consumed = (id: number, count: number) => [SocketOrder.consumed, id, count];

  test("is nothing for what nobody reads, and all of it once it is read", async () => {
    const id = await opened();
    tell(SocketEvent.data, id, chunk, SocketEvent.data, id, bytes("x"));
    expect(orders()).toEqual([]);

    await socket.read(id);

    expect(orders()).toEqual([consumed(id, chunk.length + 1)]);
  });

  test("is in strides, not for each read", async () => {
    const id = await opened();
    for (let index = 0; index < 5; index++) {
      tell(SocketEvent.data, id, bytes("line\n"));
      await socket.readLine(id);
    }

    expect(orders()).toEqual([]);
  });

  test("counts what a reader waits for as read: it may be larger than the host sends ahead", async () => {
    const id = await opened();
    const large = socket.read(id, limits.socketReadBytesMax * 2);
    for (let index = 0; index < 8; index++) tell(SocketEvent.data, id, chunk);

    expect((await large)?.length).toBe(limits.socketReadBytesMax * 2);
    const told = taken().filter(([order]) => order === SocketOrder.consumed);
    expect(told.map(([, , count]) => count)).toEqual(Array(8).fill(chunk.length));
  });

  test("holds for all bytes of a stream that is read to its end, beyond 128 KiB", async () => {
    const id = await opened();
    const all = socket.readAll(id);
    for (let index = 0; index < 20; index++) tell(SocketEvent.data, id, chunk);
    tell(SocketEvent.close, id, undefined);

    expect((await all).length).toBe(20 * chunk.length);
  });

  test("names messages that were taken, every eighth, or by their bytes", async () => {
    const id = await opened();
    const handled = (): unknown[][] => taken().filter(([order]) => order === SocketOrder.handled);
    tell(SocketEvent.data, id, new Uint8Array(256 * 1024));
    taken(); // what was open before is settled
    tell(SocketEvent.data, id, new Uint8Array(256 * 1024));
    expect(handled()).toEqual([[SocketOrder.handled, 0, 1]]);

    for (let index = 0; index < 9; index++) tell(SocketEvent.data, id, bytes("x"));

    expect(handled()).toEqual([[SocketOrder.handled, 0, 8]]);
  });
});

describe("a limit", () => {
  test("ends a socket with more unread bytes, and tells its reader", async () => {
    const id = await opened();
    socket.limit(id, 10);
    tell(SocketEvent.data, id, bytes("0123456789"));
    expect(socket.disconnected(id)).toBe(false);
    tell(SocketEvent.data, id, bytes("x"));

    expect(orders()).toEqual([[SocketOrder.shutdown, id]]);
    expect(await outcome(socket.readLine(id))).toBe("READ_LIMIT");
  });

  test("leaves a read of a fixed number alone", async () => {
    const id = await opened();
    socket.limit(id, 10);
    const wide = socket.read(id, 20);
    tell(SocketEvent.data, id, bytes("0123456789"), SocketEvent.data, id, bytes("0123456789"));

    expect(await outcome(wide)).toBe("01234567890123456789");
  });

  test("judges a line by its own length, however it comes", async () => {
    const whole = await opened();
    socket.limit(whole, 3);
    const long = socket.readLine(whole);
    tell(SocketEvent.data, whole, bytes("abcd\n"));
    expect(await outcome(long)).toBe("READ_LIMIT");

    const split = await opened();
    socket.limit(split, 3);
    const short = socket.readLine(split);
    tell(SocketEvent.data, split, bytes("ab"), SocketEvent.data, split, bytes("c\n"));
    expect(await outcome(short)).toBe("abc");
  });

  test("of a line is 1 MiB where none is set", async () => {
    const id = await opened();
    const line = socket.readLine(id);
    const piece = new Uint8Array(64 * 1024).fill(0x61);
    for (let count = 0; count < 17; count++) tell(SocketEvent.data, id, piece);

    expect(await outcome(line)).toBe("READ_LIMIT");
  });
});

describe("writing", () => {
  test("sends one block, whatever it is made of", async () => {
    const id = await opened();

    expect(socket.write(id, "é")).toBe(true);
    expect(socket.write(id, ["a", bytes("b"), "c"])).toBe(true);
    expect(socket.lwrite(id, bytes("low"))).toBe(true);
    expect(socket.write(id, "")).toBe(true);

    const blocks = taken().map(([order, to, block]) => {
      return [order, to, Buffer.from(block as Uint8Array).toString()];
    });
    expect(blocks).toEqual([
      [SocketOrder.write, id, "é"],
      [SocketOrder.write, id, "abc"],
      [SocketOrder.lowWrite, id, "low"],
    ]);
  });

  test("splits what is too large for one message", async () => {
    const id = await opened();
    socket.write(id, new Uint8Array(limits.socketBlockBytesMax + 1));

    const lengths = taken().map(([, , block]) => (block as Uint8Array).length);
    expect(lengths).toEqual([limits.socketBlockBytesMax, 1]);
  });

  test("is possible after the peer's end, not after the own, nor after an error", async () => {
    const half = await opened();
    tell(SocketEvent.close, half, undefined);
    expect(socket.write(half, "answer")).toBe(true);
    await socket.close(half);
    expect(socket.write(half, "late")).toBe(false);

    const broken = await opened();
    tell(SocketEvent.error, broken, "connection reset");
    expect(socket.write(broken, "late")).toBe(false);
  });

  test("goes to another service's socket as well", () => {
    expect(socket.write(123_456, "frame")).toBe(true);
    expect(orders()).toHaveLength(1);
  });
});

describe("closing", () => {
  test("waits until the host says so, and gives a reader what there was", async () => {
    const id = await opened();
    const reader = socket.read(id, 10);
    const closed = socket.close(id);
    expect(await outcome(closed)).toBe("pending");

    tell(SocketEvent.data, id, bytes("rest"), SocketEvent.close, id, undefined);

    expect(await outcome(reader)).toBeUndefined();
    expect(await outcome(closed)).toBeUndefined();
    expect(socket.invalid(id)).toBe(true);
    expect(socket.disconnected(id)).toBeUndefined();
  });

  test("ends also when the host never answers, and of an unknown id at once", async () => {
    const id = await opened();
    const closed = socket.close(id);
    await settle();
    guest.pass(limits.socketCloseMs / 10 + 500);

    expect(await outcome(closed)).toBeUndefined();
    expect(await outcome(socket.close(999))).toBeUndefined();
  });

  test("calls onClose once, whoever closed", async () => {
    const id = await opened();
    const seen: number[] = [];
    socket.onClose(id, (which) => seen.push(which));
    tell(SocketEvent.close, id, undefined, SocketEvent.error, id, "reset");
    await settle();

    expect(seen).toEqual([id]);
  });

  test("by closeFd is for sockets that are not managed here", async () => {
    const id = await opened();

    expect(() => socket.closeFd(id)).toThrow(expect.objectContaining({ code: "ARGUMENT_INVALID" }));
    socket.closeFd(777);
    expect(orders()).toEqual([[SocketOrder.close, 777]]);
  });

  test("by abandon wakes the reader and tells the host who may have it", async () => {
    const id = await opened();
    const reader = socket.readLine(id);
    await settle();
    socket.abandon(id, makeAddress(1, 0x200));

    expect(await outcome(reader)).toBeUndefined();
    expect(socket.invalid(id)).toBe(true);
    expect(orders()).toEqual([[SocketOrder.abandon, id, makeAddress(1, 0x200)]]);
  });
});

describe("start", () => {
  test("resolves when the host says that the socket is ours, whose bytes may come before", async () => {
    const answer = Promise.withResolvers<void>();
    guest.answers.set("start", () => answer.promise);
    const started = socket.start(5000);
    tell(SocketEvent.data, 5000, bytes("early"));
    expect(await outcome(started)).toBe("pending");
    answer.resolve();

    expect(await outcome(started)).toBe(5000);
    expect(await outcome(socket.read(5000))).toBe("early");
  });

  test("fails as the host does, and the socket is not managed here", async () => {
    guest.answers.set("start", () => {
      throw Object.assign(new Error("socket 5001 is closed"), {
        code: "REMOTE_FAULT",
        remoteCode: "SOCKET_CLOSED",
      });
    });

    expect(await outcome(socket.start(5001))).toBe("SOCKET_CLOSED");
    expect(socket.invalid(5001)).toBe(true);
  });

  test("of a listener has each connection handled in a thread of its own", async () => {
    guest.answers.set("start", () => {});
    const seen: unknown[] = [];
    const started = socket.start(6000, (id, peer) => seen.push([id, peer]));
    tell(SocketEvent.accept, 6000, [6001, "1.2.3.4:5"]);
    await settle();

    expect(await outcome(started)).toBe(6000);
    expect(seen).toEqual([[6001, "1.2.3.4:5"]]);
    tell(SocketEvent.error, 6000, "too many open files");
    expect(guest.logged.at(-1)).toBe("socket: accept error: too many open files");
    expect(socket.disconnected(6000)).toBe(false);
  });
});

describe("events", () => {
  test("of others than the host are not believed", async () => {
    const id = await opened();
    guest.receive("socket", makeAddress(1, 0x300), SocketEvent.data, id, bytes("forged"));

    expect(socket.rest(id)).toHaveLength(0);
  });

  test("of sockets that are not here are dropped, and those are closed", () => {
    tell(SocketEvent.data, 8000, bytes("x"), SocketEvent.close, 8000, undefined);

    expect(orders()).toEqual([[SocketOrder.close, 8000]]);
    expect(guest.logged.at(-1)).toBe("socket: drop package from 8000");
  });

  test("warn the handler of a socket, or the log", async () => {
    const id = await opened();
    tell(SocketEvent.warning, id, 1024);
    expect(guest.logged.at(-1)).toBe(`WARNING: 1024 K bytes need to send out (fd = ${id})`);

    const seen: number[] = [];
    socket.warning(id, (_id, kib) => seen.push(kib));
    tell(SocketEvent.warning, id, 2048, SocketEvent.warning, id, 0);
    await settle();

    expect(seen).toEqual([2048, 0]);
  });

  test("pause until the next read", async () => {
    const id = await opened();
    socket.pause(id);
    socket.pause(id);
    void socket.read(id, 1);
    await settle();

    expect(orders()).toEqual([
      [SocketOrder.pause, id],
      [SocketOrder.resume, id],
    ]);
  });
});

describe("datagrams", () => {
  test("come with where they are from, and answers go there", async () => {
    guest.answers.set("udp", () => 9000);
    const seen: unknown[] = [];
    const id = await socket.udp((data, from) => {
      seen.push(Buffer.from(data).toString(), socket.udpAddress(from));
      socket.sendTo(id, from, "pong");
    });
    taken();
    const from = new Uint8Array([1, 0x1f, 0x90, 127, 0, 0, 1]);
    tell(SocketEvent.datagram, id, [bytes("ping"), from]);
    await settle();

    expect(seen).toEqual(["ping", { host: "127.0.0.1", port: 8080 }]);
    expect(orders()).toEqual([[SocketOrder.sendTo, id, new Uint8Array(bytes("pong")), from]]);
  });

  test("are from an address of 7 or 19 bytes, and nothing else", () => {
    const v6 = new Uint8Array(19);
    v6.set([2, 0, 53]);
    v6[18] = 1;

    expect(socket.udpAddress(v6)).toEqual({ host: "::1", port: 53 });
    expect(() => socket.udpAddress(new Uint8Array(7))).toThrow(
      expect.objectContaining({ code: "ARGUMENT_INVALID" }),
    );
  });
});

test("header reads up to four bytes, the first the highest", () => {
  expect(socket.header(new Uint8Array([0x12]))).toBe(0x12);
  expect(socket.header(new Uint8Array([0xff, 0xfe, 0xfd, 0xfc]))).toBe(0xfffefdfc);
  expect(() => socket.header(new Uint8Array(5))).toThrow(
    expect.objectContaining({ code: "ARGUMENT_INVALID" }),
  );
});

test("each order has the number after the one before, so that a lost one is missed", async () => {
  const id = await opened();
  socket.write(id, "a");
  socket.pause(id);
  socket.write(id, "b");

  const numbers = guest.takeSent().map(([sequence]) => sequence as number);
  const [first = 0] = numbers;
  expect(numbers).toEqual([first, first + 1, first + 2]);
});
