// Ends of services with sockets, and what an untrusted service may do with them, on a real host.

import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";
import { allOf, connected, hands, newHands, until } from "../kit/socket-hands.ts";

let kit: TestHost;

beforeAll(async () => {
  kit = await startHost({ hands });
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

describe("the end of a service", () => {
  test("closes its sockets behind its last words, and its listener", async () => {
    const { server, id, client, port } = await connected(kit);
    await server.act("start", id);
    const all = allOf(client);
    void server.ask("lastWords", id).catch(() => {});

    expect(await all).toBe("good-bye");
    const other = await newHands(kit);
    expect(await other.act("open", "127.0.0.1", port)).toBe("CONNECT_FAILED");
    client.destroy();
  });

  test("that is killed closes its sockets, also those that it never started", async () => {
    const { server, client } = await connected(kit);
    const ended = once(client.resume(), "end");
    await kit.isonet.kill(server.address);

    expect(await ended).toEqual([]);
    client.destroy();
  });

  test("that is restarted closes them as well: its listener's port is free again", async () => {
    const keeper = `
import { commands, start as ready } from "isonet";
import * as socket from "isonet/socket";
let port = 0;
ready(async (wanted: number) => {
  const listening = await socket.listen("127.0.0.1", wanted);
  ({ port } = listening);
  await socket.start(listening.id, (id) => socket.start(id));
});
const hoard: unknown[] = [];
commands({
  port: () => port,
  crash: () => { for (;;) hoard.push(new Array(100_000).fill(hoard.length)); },
});
`;
    await using other = await startHost({ keeper });
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, "close");
    const restart = { policy: "on-crash", backoffMs: 0 } as const;
    const address = (await other.isonet.newService(
      { name: "keeper", restart, memoryMb: 16 },
      port,
    )) as Address;
    const client = connect(port, "127.0.0.1");
    await once(client, "connect");

    const ended = once(client.resume(), "end");
    await other.isonet.call(address, "lua", "crash").catch(() => {});
    await ended;
    client.destroy();

    expect(
      await until(async () => {
        const open = await other.isonet.call(address, "lua", "port").catch(() => 0);
        return open === 0 ? undefined : open;
      }),
    ).toBe(port);
  });
});

describe("an untrusted service", () => {
  const untrusted = { trust: "untrusted", owner: "ann" } as const;

  test("has no sockets without allow.net", async () => {
    const { act, ask } = await newHands(kit, untrusted);

    expect(await act("listen", "127.0.0.1:0")).toBe("CAPABILITY_MISSING");
    expect(await ask("why", "listen", "127.0.0.1:0")).toMatch(
      /may not send "lua" to :01000008: it has no allow.net, and so no sockets/,
    );
    expect(await ask("why", "open", "127.0.0.1:80")).toMatch(/no allow.net/);
  });

  test("has those that allow.net names, and talks through them", async () => {
    const allow = { net: { listen: ["127.0.0.1:*"] } };
    const { server, id, client } = await connected(kit, { ...untrusted, allow });
    server.begin("echo", id);
    client.end("from a cell");

    expect(await allOf(client)).toBe("from a cell");
    expect(await server.act("listen", "0.0.0.0:0")).toBe("CAPABILITY_MISSING");
    expect(await server.ask("why", "open", "127.0.0.1:80")).toMatch(
      /may not connect to 127.0.0.1:80: allow.net.connect does not name it/,
    );
    expect(await server.act("resolve", "localhost")).toBe("CAPABILITY_MISSING");
  });

  test("sees and takes no socket of another's, but one that is abandoned to it", async () => {
    const { server, id, client } = await connected(kit);
    const guest = await newHands(kit, { ...untrusted, allow: { net: {} } });

    expect(await guest.act("netstat")).toEqual([]);
    expect(await guest.act("start", id)).toBe("NOT_PERMITTED");
    await guest.act("write", id, "forged");
    await server.act("abandon", id, guest.address);
    guest.begin("echo", id);
    client.end("mine");
    expect(await allOf(client)).toBe("mine");
  });

  test("that sends too many messages loses its socket, not bytes in the middle", async () => {
    const allow = { net: { listen: ["127.0.0.1:*"] } };
    const { server, id, client } = await connected(kit, {
      ...untrusted,
      allow,
      owner: "bob",
      sliceMs: 5000,
      cpuPerSecondMs: 1000,
    });
    await server.act("start", id);
    let received = "";
    client.on("data", (chunk) => {
      received += String(chunk);
    });
    client.on("error", () => {}); // the host resets it
    await server.ask("flood", id);
    // The next order that arrives tells that others are missing.
    await until(async () => {
      await server.act("write", id, "-later-");
      return client.readableEnded || client.destroyed ? true : undefined;
    });

    const count = Math.floor(received.length / 6);
    const sent = Array.from({ length: count }, (_, n) => String(n).padStart(6, "0")).join("");
    expect(received).toBe(sent);
    expect(count).toBeLessThan(30_000);
  });
});
