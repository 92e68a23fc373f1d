// A socket channel of a service, on a real host, against a server that comes and goes.

import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Address } from "isonet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

const store = `
import { commands } from "isonet";
import { channel } from "isonet/socketchannel";
let ch: ReturnType<typeof channel>;
const outcome = async (work: Promise<any>) => {
  try {
    return await work;
  } catch (error: any) {
    return error.code ?? error.message;
  }
};
commands({
  use: (host: string) => { ch = channel({ host, auth: (own) => own.request("auth\\n", line) }); },
  ask: (text: string) => outcome(ch.request(text + "\\n", line)),
  askAll: (texts: string[]) =>
    Promise.all(texts.map((text) => outcome(ch.request(text + "\\n", line)))),
});
async function line(socket: any): Promise<[boolean, string]> {
  const text = await socket.readLine();
  return [!text.startsWith("-"), text];
}
`;

/** Answers each line with itself in capitals; "fail" is an error, "drop" ends the connection. */
class Upper {
  readonly sockets = new Set<Socket>();
  readonly heard: string[] = [];
  readonly server: Server = createServer((socket) => {
    this.sockets.add(socket);
    createInterface({ input: socket }).on("line", (text) => {
      this.heard.push(text);
      if (text === "drop") socket.destroy();
      else socket.write(text === "fail" ? "-no\n" : `${text.toUpperCase()}\n`);
    });
  });

  async listen(port = 0): Promise<number> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}

let kit: TestHost;

beforeAll(async () => {
  kit = await startHost({ store });
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

test("requests of many threads share a connection, which comes back when it has broken", async () => {
  const upper = new Upper();
  const port = await upper.listen();
  const address = (await kit.isonet.newService("store")) as Address;
  const ask = (...values: unknown[]): Promise<unknown> =>
    kit.isonet.call(address, "lua", ...values);
  await ask("use", `127.0.0.1:${port}`);

  const many = Array.from({ length: 200 }, (_, index) => `n${index}`);
  expect(await ask("askAll", many)).toEqual(many.map((text) => text.toUpperCase()));
  expect(upper.sockets.size).toBe(1);
  expect(upper.heard[0]).toBe("auth");

  expect(await ask("askAll", ["a", "fail", "b"])).toEqual(["A", "-no", "B"]);
  expect(await ask("askAll", ["drop", "c"])).toEqual(["CHANNEL_BROKEN", "CHANNEL_BROKEN"]);
  expect(await ask("ask", "d")).toBe("D");
  expect(upper.sockets.size).toBe(2);

  await upper.close();
  expect(await ask("ask", "e")).toBe("CHANNEL_BROKEN");
  const again = new Upper();
  await again.listen(port);
  expect(await ask("ask", "f")).toBe("F");
  await again.close();
});
