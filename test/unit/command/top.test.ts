// isonet top: a screen that shows at once, follows the terminal's size, and is left at once.

import { EventEmitter, once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TopScreen } from "../../../src/command/top-screen.ts";
import { runTop } from "../../../src/command/top.ts";

/** A terminal of ten columns more than the widest line, and what is on it. */
class FakeTerminal {
  readonly input = Object.assign(new EventEmitter(), {
    isRaw: false,
    isRead: false,
    setRawMode(isRaw: boolean) {
      this.isRaw = isRaw;
    },
    resume() {
      this.isRead = true;
    },
    pause() {
      this.isRead = false;
    },
  });
  readonly output = Object.assign(new EventEmitter(), {
    columns: 70,
    rows: 6,
    written: "",
    write(text: string) {
      this.written += text;
    },
  });

  press(keys: string): void {
    this.input.emit("data", Buffer.from(keys));
  }

  resize(columns: number, rows: number): void {
    Object.assign(this.output, { columns, rows });
    this.output.emit("resize");
  }

  /** The lines of the last drawing. */
  get lines(): string[] {
    const { written } = this.output;
    const from = written.lastIndexOf("\u001B[H") + 3;
    return written
      .slice(from, written.indexOf("\u001B[J", from))
      .replaceAll("\u001B[K", "")
      .split("\r\n");
  }

  get isOpen(): boolean {
    const { written } = this.output;
    return written.lastIndexOf("\u001B[?1049h") > written.lastIndexOf("\u001B[?1049l");
  }
}

describe("the screen", () => {
  test("cuts what is wider or longer than the terminal, and follows its size", () => {
    const terminal = new FakeTerminal();
    const screen = new TopScreen(terminal, () => {});
    terminal.resize(4, 2);
    screen.show(["123456", "b", "c"]);
    expect(terminal.lines).toEqual(["1234", "b"]);

    terminal.resize(10, 10);

    expect(terminal.lines).toEqual(["123456", "b", "c"]);
    screen.close();
  });

  test("leaves the terminal as it was, once", () => {
    const terminal = new FakeTerminal();
    const screen = new TopScreen(terminal, () => {});
    expect(terminal).toMatchObject({ isOpen: true, input: { isRaw: true, isRead: true } });

    screen.close();
    const { written } = terminal.output;
    screen.close();
    terminal.resize(1, 1);
    screen.show(["late"]);

    expect(terminal).toMatchObject({ isOpen: false, input: { isRaw: false, isRead: false } });
    expect(terminal.output.written).toBe(written);
    expect(terminal.output.listenerCount("resize")).toBe(0);
    expect(terminal.input.listenerCount("data")).toBe(0);
  });
});

describe("isonet top", () => {
  let server: Server;
  const looks: { readonly order: unknown; readonly response: ServerResponse }[] = [];

  beforeEach(async () => {
    looks.length = 0;
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        looks.push({ order: (JSON.parse(body) as { arguments: unknown }).arguments, response });
        server.emit("look");
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function start(terminal: FakeTerminal | undefined): Promise<number> {
    const { port } = server.address() as AddressInfo;
    return runTop({ place: { host: "127.0.0.1", port }, by: "cpu", seconds: 60, terminal });
  }

  async function look(number: number): Promise<(typeof looks)[0]> {
    while (looks.length < number) await once(server, "look");
    const found = looks[number - 1];
    if (found === undefined) throw new Error("no look");
    return found;
  }

  const service = {
    address: ":01000102",
    cpuPercent: 12.5,
    usedBytes: 2_097_152,
    messagesPerSecond: 7,
    mqlen: 1,
    name: "explorer",
  };

  test("shows its title at once, and the first figures after a short look", async () => {
    const terminal = new FakeTerminal();
    const ended = start(terminal);
    expect(terminal.lines[0]).toMatch(/^isonet top {2}127\.0\.0\.1:\d+ {2}by cpu/);
    const { order, response } = await look(1);
    expect(order).toEqual(["cpu", "0.3"]);
    response.end(JSON.stringify({ ok: true, result: { services: [service] } }));
    const next = await look(2);

    expect(next.order).toEqual(["cpu", "60"]);
    expect(terminal.lines.slice(2)).toEqual([
      "ADDRESS    CPU %      HEAP  MSG/s  QUEUE  SERVICE",
      ":01000102   12.5  2.00 MiB      7      1  explorer",
    ]);
    terminal.press("q");
    expect(await ended).toBe(0);
  });

  test.each(["q", "Q", "\u0003", "\u0004", "xmq"])("ends at once by %j", async (keys) => {
    const terminal = new FakeTerminal();
    const ended = start(terminal);
    await look(1);

    terminal.press(keys);

    expect(await ended).toBe(0);
    expect(terminal.isOpen).toBe(false);
  });

  test("sorts by another figure at a key, with a short look", async () => {
    const terminal = new FakeTerminal();
    const ended = start(terminal);
    await look(1);
    terminal.press("m");

    expect((await look(2)).order).toEqual(["mem", "0.3"]);
    terminal.press("q");
    await ended;
  });

  test("gives the terminal back when the host is lost, and says so with code 2", async () => {
    const terminal = new FakeTerminal();
    const ended = start(terminal);
    (await look(1)).response.destroy();

    expect(await ended).toBe(2);
    expect(terminal.isOpen).toBe(false);
  });

  test("gives the terminal back when the host says no, with code 1", async () => {
    const terminal = new FakeTerminal();
    const ended = start(terminal);
    (await look(1)).response.end(JSON.stringify({ ok: false, code: "X", error: "no" }));

    expect(await ended).toBe(1);
    expect(terminal.isOpen).toBe(false);
  });
});
