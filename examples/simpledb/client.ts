// Client: a program's side of the protocol. It needs nothing of isonet.
// As a command: node examples/simpledb/client.ts [--port 8890] SET name Ann

import { createConnection, type Socket } from "node:net";
import { createInterface } from "node:readline";

export class DatabaseClient {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket, crlfDelay: Infinity })[Symbol.asyncIterator]();
  }

  static async connect(port: number, host = "127.0.0.1"): Promise<DatabaseClient> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = createConnection({ host, port, noDelay: true });
    socket.on("connect", resolve);
    socket.on("error", reject);
    await promise;
    return new DatabaseClient(socket);
  }

  /** Sends one line; the lines of its answer. One at a time: answers come in order. */
  async ask(line: string): Promise<string[]> {
    this.#socket.write(`${line}\n`);
    const first = await this.#line();
    const [, count = "0"] = /^KEYS (\d+) of/.exec(first) ?? [];
    const answer = [first];
    while (answer.length <= Number(count)) answer.push(await this.#line());
    return answer;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the database has ended the connection");
    return value;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  const [port] = words[0] === "--port" ? words.splice(0, 2).slice(1) : ["8890"];
  using client = await DatabaseClient.connect(Number(port));
  console.log((await client.ask(words.join(" "))).join("\n"));
}
