// The dashboard's server: who is let in, and what a snapshot says when a shard does not answer.

import { afterEach, describe, expect, test } from "vitest";
import { Downloads } from "../../../services/host/web/downloads.ts";
import { webRefusal } from "../../../services/host/web/web-guard.ts";
import { ConsoleHost, noWeb, type HttpAnswer } from "../../kit/console-host.ts";

const arrival = { host: "127.0.0.1", port: 8000, localAddress: "127.0.0.1" };
const own = { host: "localhost:8000" };
const json = { "content-type": "application/json" };
const bearer = { authorization: "Bearer secret" };

const figures = { state: "running", message: 10, cpu: 1, mqlen: 2, task: 3, timers: 0 };
const services = ["a", "b"].map((name, index) => ({
  address: `:0100010${index}`,
  title: `${name} 1`,
  module: name,
  owner: "ann",
  isTrusted: true,
  place: `shard ${index + 1}`,
}));

let host: ConsoleHost;

async function open(answers: Record<string, unknown> = {}): Promise<ConsoleHost> {
  const web = { ...noWeb.web, services: () => services };
  host = await new ConsoleHost(answers, { web }).open();
  return host;
}

const statusOf = (method: string, headers: Record<string, string>): number =>
  webRefusal(method, { ...own, ...headers }, arrival)?.status ?? 200;

describe("the dashboard's guard", () => {
  test.each([
    ["another site's page", { origin: "http://evil.example" }],
    ["a page on another port of this machine", { origin: "http://localhost:3000" }],
    ["a page without an origin", { origin: "null" }],
    ["its own port over another scheme", { origin: "https://localhost:8000" }],
    ["a page of the same site", { "sec-fetch-site": "same-site" }],
    ["a link of another site", { "sec-fetch-site": "cross-site" }],
    ["an older browser's link", { referer: "http://localhost:8000.evil.example/" }],
    ["a name made to resolve to this machine", { host: "evil.example:8000" }],
  ])("refuses %s", (_, headers: Record<string, string>) => {
    expect(statusOf("GET", headers)).toBe(403);
    expect(statusOf("POST", { ...json, ...headers })).toBe(403);
  });

  test("lets its own page, a typed address and a program through", () => {
    const page = { origin: "http://localhost:8000", "sec-fetch-site": "same-origin" };

    expect(statusOf("POST", { ...json, ...page })).toBe(200);
    expect(statusOf("GET", { "sec-fetch-site": "none" })).toBe(200);
    expect(statusOf("GET", {})).toBe(200);
  });

  test("takes nothing but JSON, for a form can post the rest, and no other methods", () => {
    expect(statusOf("POST", { "content-type": "text/plain" })).toBe(415);
    expect(statusOf("POST", { "content-type": "application/x-www-form-urlencoded" })).toBe(415);
    expect(statusOf("POST", {})).toBe(415);
    expect(statusOf("DELETE", json)).toBe(405);
  });
});

describe("the dashboard's server", () => {
  afterEach(() => host.close());

  const post = (body: object, headers: object): Promise<HttpAnswer> =>
    host.http("/api/command", {
      method: "POST",
      headers: { ...json, ...headers },
      body: JSON.stringify(body),
    });

  test("tells and does nothing without the token, or with a wrong one", async () => {
    await open();
    const attempts = [{}, { authorization: "Bearer secreT" }, { cookie: "isonet-80=wrong" }];

    for (const headers of attempts) {
      expect((await host.http("/api/snapshot", { headers })).status).toBe(401);
      expect((await host.http("/dashboard/main.ts", { headers })).status).toBe(404);
      expect((await post({ command: "setenv", arguments: ["a", "b"] }, headers)).status).toBe(401);
    }
    expect(host.fake.settings.has("a")).toBe(false);
  });

  test("runs a command of the console for its page and for programs", async () => {
    const { port, fake } = await open();
    const cookie = `isonet-${port}=secret`;
    const page = { cookie, origin: `http://127.0.0.1:${port}`, "sec-fetch-site": "same-origin" };

    const answer = await post({ command: "getenv", arguments: ["thread"] }, bearer);
    await post({ command: "setenv", arguments: ["a", "b"] }, page);

    expect(answer.body.result).toEqual({ value: "5", lines: ["5"] });
    expect(fake.settings.get("a")).toBe("b");
  });

  test("does nothing for a page on another port that has the cookie, too", async () => {
    const { port, fake } = await open();
    const cookie = `isonet-${port}=secret`;

    const refused = await post(
      { command: "setenv", arguments: ["a", "b"] },
      { cookie, origin: "http://127.0.0.1:3000", "sec-fetch-site": "same-site" },
    );

    expect([refused.status, fake.settings.has("a")]).toEqual([403, false]);
  });

  test("shows a shard that does not answer with its last figures", async () => {
    const { fake, clock } = await open({
      ".launcher lua stat": { ":01000100": figures, ":01000101": { ...figures, message: 20 } },
      ".launcher lua mem": {},
      ".launcher lua owners": {},
    });
    const rows = async (): Promise<unknown[][]> => {
      const { body } = await host.http("/api/snapshot", { headers: bearer });
      const { columns, services: all } = body as unknown as {
        columns: string[];
        services: unknown[][];
      };
      const shown = ["title", "state", "messages", "messagesPerSecond"];
      return all.map((row) => shown.map((column) => row[columns.indexOf(column)]));
    };
    await rows();
    fake.answers[".launcher lua stat"] = {
      ":01000100": { ...figures, message: 14 },
      ":01000101": "TIMEOUT",
    };
    clock.advance(2000);

    expect(await rows()).toEqual([
      ["a 1", "running", 14, 2],
      ["b 1", "no answer", 20, 0],
    ]);
  });

  test("samples once for all viewers of one second, and within a deadline", async () => {
    const { fake } = await open({
      ".launcher lua stat": {},
      ".launcher lua mem": {},
      ".launcher lua owners": {},
    });

    const views = Array.from({ length: 8 }, () => host.http("/api/snapshot", { headers: bearer }));
    await Promise.all(views);
    const asked = fake.sent.filter(({ values }) => values[0] === "stat");

    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ timeoutMs: 950, values: ["stat", { timeoutTicks: 80 }] });
  });

  test("greets a silent connection late while a browser shows it", async () => {
    await open();
    await host.http("/api/commands", { headers: bearer });
    const client = await host.connect();

    await host.fakeTime(11_000);
    client.socket.write("GET /getenv/thread HTTP/1.1\r\nHost: localhost\r\n\r\n");

    expect(await client.rest()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

describe("downloads", () => {
  test("offers a file that a command has written, and no other", () => {
    const downloads = new Downloads();

    expect(downloads.offer({ bytes: 5 })).toBeUndefined();
    const place = downloads.offer({ path: "/profiles/a.heapsnapshot" }) ?? "";
    expect(downloads.pathOf(place)).toBe("/profiles/a.heapsnapshot");
    expect(downloads.pathOf("/api/file/2")).toBeUndefined();
    expect(downloads.pathOf("/api/file/../1")).toBeUndefined();
    for (let other = 0; other < 64; other++) downloads.offer({ path: "b" });
    expect(downloads.pathOf(place)).toBeUndefined();
  });
});
