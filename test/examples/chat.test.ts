// The example chat, as its users meet it: the command line, lines over TCP, the terminal's client,
// the page in a real browser.
// With SCREENSHOTS=folder it also leaves a picture there, as docs/images has it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { chromiumFile, launchBrowser, openPage } from "../kit/browser.ts";
import type { Child } from "../kit/child.ts";
import { portOf, startExample } from "../kit/example.ts";
import { LineClient } from "../kit/line-client.ts";
import { node24 } from "../kit/nodes.ts";
import { Transcript } from "../kit/transcript.ts";

const freePorts = ["console.port=0", "env.pagePort=0", "env.linePort=0"];
const hostile = "<img src=x onerror=alert(1)> & <b>bold</b>";
const root = path.resolve(import.meta.dirname, "../..");
const screenshots = process.env["SCREENSHOTS"] ?? "";

let chat: Child;
let pagePort = 0;
let linePort = 0;
let consolePort = 0;

beforeAll(async () => {
  chat = startExample("chat", freePorts);
  pagePort = await portOf(chat, "page");
  linePort = await portOf(chat, "lines");
  consolePort = await portOf(chat, "console");
});
afterAll(() => chat[Symbol.asyncDispose]());

/** A user with nc, under this name. */
async function enter(name: string): Promise<LineClient> {
  const user = new LineClient(name, linePort);
  await user.saw(/you are guest\d+, in room lobby/);
  user.send(`/nick ${name}`);
  await user.saw(new RegExp(`is called ${name} from here on`));
  return user;
}

describe("a user with nc", () => {
  test("talks to others, and is told who comes and goes", async () => {
    using ann = await enter("ann");
    {
      using bob = await enter("bob");
      await ann.saw(/is called bob from here on/);
      ann.send("hello, bob ü");
      await bob.saw(/ann: hello, bob ü\n/);
      await ann.saw(/ann: hello, bob ü\n/);
    }

    await ann.saw(/\* bob has gone\n/);
  });

  test("finds in a room what was said there last, 50 lines of it", async () => {
    using ann = await enter("ann-room");
    ann.send("/join attic");
    await ann.saw(/you are ann-room, in room attic, 1 here/);
    for (let index = 0; index < 60; index++) {
      ann.send(`line ${index}`);
      await ann.saw(new RegExp(`ann-room: line ${index}\n`));
    }
    ann.send("/rooms");
    await ann.saw(/room attic: 1/);

    using bob = await enter("bob-room");
    bob.send("/join attic");
    await bob.saw(/in room attic, 2 here: ann-room, bob-room\n/);
    await ann.saw(/\* bob-room has come in/);

    const said = ann.text.match(/ann-room: line \d+/g) ?? [];
    bob.send("/who");
    await bob.saw(/in room attic: ann-room, bob-room/);
    expect(bob.text.match(/ann-room: line \d+/g)).toEqual(said.slice(-50));
  });

  test("is told what is wrong with a line", async () => {
    using ann = await enter("ann-bad");
    using bob = await enter("Bob-Bad");

    ann.send("/nick bob-bad", "/nick two words", "/jump", "/join lobby", "x".repeat(501));

    await ann.saw(/\* bob-bad is somebody else's name/);
    await ann.saw(/\* a name has 1 to 20 letters, digits, _ or -/);
    await ann.saw(/\* there is no \/jump; try \/help/);
    await ann.saw(/\* you are in room lobby already/);
    await ann.saw(/\* a line has at most 500 characters/);
    bob.send("/quit");
    await bob.closed;
  });

  test("is closed for a line without end, and nobody else", async () => {
    using ann = await enter("ann-long");
    using bob = await enter("bob-long");

    ann.send("y".repeat(100_000));
    await ann.closed;

    await bob.saw(/\* ann-long has gone/);
  });

  test("is read more slowly when it floods the room, and nobody else, and nothing is lost", async () => {
    using ann = await enter("ann-flood");
    using bob = await enter("bob-flood");

    ann.send(...Array.from({ length: 130 }, (_, index) => `flood ${index}.`));
    await bob.saw(/flood 50\./);
    bob.send("I was quick");

    await ann.saw(/bob-flood: I was quick/);
    await ann.saw(/flood 129\./);
    const flood = Array.from({ length: 130 }, (_, index) => `flood ${index}.`);
    expect(ann.text.match(/flood \d+\./g)).toEqual(flood);
    expect(ann.text.indexOf("I was quick")).toBeLessThan(ann.text.indexOf("flood 129."));
  });
});

describe("an agent", () => {
  test("that an operator kills takes its own user along, and nobody else", async () => {
    using ann = await enter("ann-kill");
    using bob = await enter("bob-kill");
    using operator = new LineClient("the console", consolePort);
    await operator.saw(/Welcome.*\n/);
    operator.send("list");
    const [list] = await operator.saw(/[^]*<CMD OK>/);
    const agents = list.split("\n").filter((line) => line.includes("agent lines"));
    const [agent] = agents.at(-2)?.split("\t") ?? [];

    operator.send(`kill ${agent}`);

    await bob.saw(/\* ann-kill has gone/);
    await ann.closed;
    bob.send("still here");
    await bob.saw(/bob-kill: still here/);
  });

  test("is gone when its user is: fifty come and go and leave nothing behind", async () => {
    using ann = await enter("ann-fifty");
    const users = Array.from({ length: 50 }, (_, at) =>
      at % 2 === 0
        ? new WebSocket(`ws://127.0.0.1:${pagePort}/chat`)
        : new LineClient(`user ${at}`, linePort),
    );
    await Promise.all(
      users.map((user) =>
        user instanceof WebSocket ? once(user, "message") : user.saw(/in room lobby/),
      ),
    );

    for (const user of users) {
      if (user instanceof WebSocket) user.terminate();
      else user.destroy();
    }
    for (let left = users.length; left > 0; left--) await ann.saw(/\* guest\d+ has gone/);

    using operator = new LineClient("the console", consolePort);
    await operator.saw(/Welcome.*\n/);
    let left = "";
    for (let tries = 0; tries < 100 && !/^(\d+)$/.test(left); tries++) {
      operator.send("list");
      const [list] = await operator.saw(/[^]*?<CMD OK>/);
      const agents = list.split("\n").filter((line) => line.includes("agent ")).length;
      left = agents <= 1 ? String(agents) : "";
    }
    expect(left).toBe("1");
  });
});

test("the terminal's client shows what the page is told", async () => {
  using ann = await enter("ann-term");
  const script = path.join(root, "examples/chat/client.ts");
  const client = spawn(node24, [script, `ws://127.0.0.1:${pagePort}/chat`]);
  const shown = new Transcript("the terminal's client");
  client.stdout.setEncoding("utf8").on("data", (text: string) => shown.add(text));
  await shown.saw(/you are guest\d+, in room lobby/);

  ann.send("hello, terminal");
  await shown.saw(/ann-term: hello, terminal/);
  client.stdin.end("hello, ann\n");

  await ann.saw(/guest\d+: hello, ann/);
  await once(client, "exit");
});

test("another site's page cannot speak for its visitor", async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${pagePort}/chat`, {
    origin: "http://evil.example",
  });
  socket.on("error", () => {});

  const [, { statusCode }] = (await once(socket, "unexpected-response")) as [
    unknown,
    { statusCode: number },
  ];

  expect(statusCode).toBe(403);
});

describe.skipIf(chromiumFile === undefined)("the page", () => {
  let browser: Browser;
  let page: Page;
  let errors: readonly string[];

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ page, errors } = await openPage(browser, { colorScheme: "light", width: 1000 }));
    await page.goto(`http://127.0.0.1:${pagePort}/`);
    await page.getByText("connected", { exact: true }).waitFor();
  });
  afterAll(() => browser.close());

  async function say(text: string): Promise<void> {
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  }

  test("is used by the keyboard alone, and talks to a user with nc", async () => {
    using ann = await enter("ann-nc");
    await say("/nick paula");
    await ann.saw(/is called paula from here on/);

    await say("hello from the page");
    await ann.saw(/paula: hello from the page/);
    ann.send("hello from the terminal");

    await page.locator("#log li", { hasText: "hello from the terminal" }).waitFor();
    await page.locator("#people li", { hasText: "ann-nc" }).waitFor();
    await page.keyboard.press("ArrowUp");
    expect(await page.locator("#line").inputValue()).toBe("hello from the page");
    await page.locator("#line").fill("");
  });

  test("shows what users say as text, never as markup", async () => {
    using ann = await enter("ann-evil");

    ann.send(hostile);

    const line = page.locator("#log li", { hasText: "onerror" });
    await line.waitFor();
    expect(await line.locator("span").textContent()).toBe(`ann-evil${hostile}`);
    expect(await page.locator("#log img, #log b b").count()).toBe(0);
  });

  test("enters another room by its button, and shows what was said there", async () => {
    using ann = await enter("ann-cellar");
    ann.send("/join cellar");
    await ann.saw(/in room cellar/);
    ann.send("it is dark down here");
    await ann.saw(/it is dark/);
    await say("/rooms");

    await page.getByRole("button", { name: /^cellar/ }).click();

    await page.locator("#room", { hasText: "cellar" }).waitFor();
    await page.locator("#log li", { hasText: "it is dark down here" }).waitFor();
    if (screenshots !== "") await picture(ann);
  });

  test("connects again when its agent has been ended", async () => {
    using operator = new LineClient("the console", consolePort);
    await operator.saw(/Welcome.*\n/);
    operator.send("list");
    const [list] = await operator.saw(/[^]*<CMD OK>/);
    const line = list.split("\n").find((each) => each.includes("agent web")) ?? "";

    operator.send(`kill ${line.split("\t")[0]}`);

    await page.getByText(/not connected/).waitFor();
    await page.getByText("connected", { exact: true }).waitFor();
    await page.locator("#room", { hasText: "lobby" }).waitFor();
  });

  test("reports no error, and asks nobody else for anything", () => {
    expect(errors).toEqual([]);
  });

  async function picture(ann: LineClient): Promise<void> {
    ann.send("mind the third step", "somebody has left a lamp on the shelf");
    using bob = await enter("bob");
    bob.send("/join cellar", "who is there?");
    await page.locator("#log li", { hasText: "who is there?" }).waitFor();
    await say("only us; every one of us in an isolate of its own");
    await page.locator("#log .mine", { hasText: "only us" }).waitFor();
    await say("/rooms");
    await page.screenshot({ path: path.join(screenshots, "chat.png") });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: path.join(screenshots, "chat-dark.png") });
    await page.emulateMedia({ colorScheme: "light" });
  }
});

test.skipIf(chromiumFile !== undefined)("the page is not tested: there is no Chromium", () => {
  expect(chromiumFile).toBeUndefined();
});

test("the chat ends within five seconds of SIGTERM, with users connected, and exit code 0", async () => {
  using ann = await enter("ann-end");
  const sinceMs = performance.now();

  chat.kill("SIGTERM");

  await ann.closed;
  expect(await chat.ended).toMatchObject({ code: 0, signal: null });
  expect(performance.now() - sinceMs).toBeLessThan(5000);
});
