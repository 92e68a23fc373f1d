// The dashboard in a real browser, on a real host with 200 services: what an operator sees and
// does.
// With SCREENSHOTS=folder it also leaves pictures there, as docs/images has them.

import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumFile, launchBrowser, openPage } from "../kit/browser.ts";
import { startHost, type TestHost } from "../kit/host.ts";

const agent = `
import * as isonet from "isonet";
let gold = 0;
const bag = [];
isonet.infoFunc(() => ({ gold, items: bag.length }));
isonet.commands({
  pay: (coins) => { gold += coins; bag.push({ coins }); return gold; },
  nap: (ticks) => isonet.sleep(ticks),
});
isonet.start((name) => console.log(name + " is here <img src=x onerror=alert(1)>"));`;

const bank = `
import * as isonet from "isonet";
isonet.commands({
  pay: (agents) => void isonet.fork(async () => {
    for (let round = 0; ; round++) {
      const paid = 12 + Math.round(10 * Math.sin(round / 60));
      for (let n = 0; n < paid; n++) {
        isonet.send(agents[(round * 3 + n * n) % agents.length], "lua", "pay", n);
      }
      await isonet.sleep(3);
    }
  }),
});`;

const mallory = `
import * as isonet from "isonet";
isonet.commands({ spin: () => { for (;;) {} } });`;

const hostile = "<b>bold</b>";
const services = 200;

/** What a page of somebody else's tries: to read, to act, to act blindly, to load. */
const attackOn = (at: string): string => `(async () => {
  const credentials = "include";
  const body = JSON.stringify({ command: "kill", arguments: [".launcher"] });
  const headers = { "content-type": "application/json" };
  const post = { method: "POST", body, credentials };
  const blind = await fetch("${at}api/command", { ...post, mode: "no-cors" }).catch(() => null);
  const tries = [
    fetch("${at}api/snapshot", { credentials }),
    fetch("${at}api/command", { ...post, headers }),
    import("${at}dashboard/main.ts"),
  ].map((attempt) => attempt.then(() => "in", () => "out"));
  return [blind === null || blind.type === "opaque" ? "out" : "in", ...await Promise.all(tries)];
})()`;

let running: TestHost;
let browser: Browser;
let page: Page;
let errors: readonly string[];
let url = "";

async function launchAll(): Promise<void> {
  const { isonet } = running;
  const cities = ["berlin", "chur", "delft"];
  const agents = await Promise.all(
    Array.from({ length: services - 14 }, (_, index) =>
      isonet.newService("agent", index === 0 ? hostile : `player-${index}`),
    ),
  );
  const scripts = await Promise.all(
    Array.from({ length: 12 }, (_, index) => {
      const terms = { trust: "untrusted", owner: cities[index % 3] ?? "" } as const;
      return isonet.newService({ name: "script", ...terms, restart: "on-crash" }, `bot-${index}`);
    }),
  );
  const spinner = await isonet.newService({
    name: "mallory",
    trust: "untrusted",
    owner: "mallory",
  });
  if (spinner === undefined) throw new Error("mallory is not there");
  for (let turn = 0; turn < 2; turn++) {
    await isonet.call(spinner, "lua", "spin").catch(() => {});
  }
  const payer = await isonet.newService("bank");
  if (payer === undefined) throw new Error("the bank is not there");
  await isonet.call(payer, "lua", "pay", [...agents, ...scripts]);
}

beforeAll(async () => {
  if (chromiumFile === undefined) return;
  running = await startHost(
    { agent, bank, mallory, script: agent },
    { console: { host: "127.0.0.1", port: 0 }, cells: 2 },
  );
  [browser] = await Promise.all([launchBrowser(), launchAll()]);
  ({ page, errors } = await openPage(browser, { colorScheme: "light" }));
  const hint = running.host.listeners[0]?.hint ?? "";
  url = /http:\S+/.exec(hint)?.[0] ?? "";
});

afterAll(async () => {
  await browser?.close();
  await running?.[Symbol.asyncDispose]();
});

/** Leaves a picture, where pictures are asked for. */
async function picture(name: string, from: Page = page): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder !== undefined) await from.screenshot({ path: path.join(folder, `${name}.png`) });
}

const rows = (): ReturnType<Page["locator"]> =>
  page.locator("table.services tbody tr[data-address]:visible");
const shown = (text: string): Promise<void> =>
  page.locator("output.shown", { hasText: text }).waitFor();

describe.skipIf(chromiumFile === undefined)("dashboard (skipped without a Chromium)", () => {
  test("opens by the address that the host prints, and keeps no token in it", async () => {
    await page.goto(url);
    await shown(`${services} services`);

    expect(new URL(page.url()).search).toBe("");
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(await rows().count()).toBeLessThan(80); // those in sight only
    expect(await page.locator(".tile canvas").count()).toBe(4);
  });

  test("shows what services call themselves as text", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("bold");
    await shown("1 of");

    expect(await rows().locator(".cell-title").textContent()).toBe(`agent ${hostile}`);
    expect(await page.locator("main b:text-is('bold')").count()).toBe(0);
    await page.keyboard.press("Escape");
    await shown(`${services} services`);
  });

  test("sorts by a column, the largest first, and back", async () => {
    const rate = page.getByRole("button", { name: /^Messages/ });
    const largest = async (): Promise<number> =>
      Number((await rows().first().locator(".cell-messages").textContent())?.replace(",", ""));

    await rate.click();
    const most = await largest();
    await rate.click();

    expect(most).toBeGreaterThan(await largest());
    await page.getByRole("button", { name: "Address" }).click();
  });

  test("filters by module, owner and place", async () => {
    await page.getByRole("combobox", { name: "Owner" }).selectOption("chur");
    await shown("4 of");
    await page.getByRole("combobox", { name: "Module" }).selectOption("agent");
    await shown("0 of");
    await page.getByRole("combobox", { name: "Owner" }).selectOption("");
    await page.getByRole("combobox", { name: "Module" }).selectOption("mallory");
    await shown("1 of");

    expect(await rows().locator(".cell-place").textContent()).toMatch(/^cell \d+$/);
    await page.getByRole("combobox", { name: "Module" }).selectOption("");
  });

  test("is used by the keyboard: search, choose, open, go back", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("player-17");
    await shown("11 of"); // player-17 and player-170 to 179
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const chosen = await page.locator("#chosen .cell-title").textContent();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: chosen ?? "" }).waitFor();

    expect(chosen).toMatch(/^agent player-17\d$/);
    await page.goBack();
    await shown("11 of");
    await page.getByLabel("Search services").fill("");
  });

  test("shows one service: figures, info, log, and runs a script inside it", async () => {
    await page.getByLabel("Search services").fill("player-5");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "agent player-5" }).waitFor();
    await page.locator("pre", { hasText: '"gold"' }).waitFor();
    await page.locator(".log", { hasText: "player-5 is here <img" }).waitFor();

    await page.getByLabel("Inject code").fill("gold = 4711; print(gold, bag.length >= 0)");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.locator("pre[data-state=done]", { hasText: "4711 true" }).waitFor();
    await page.locator("pre", { hasText: '"gold": 471' }).waitFor();

    expect(await page.locator(".log img").count()).toBe(0);
    await picture("dashboard-service");
  });

  test("kills a service when asked twice, and says that it has ended", async () => {
    await page.getByRole("button", { name: "Kill…" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Kill…" }).click();
    await page.getByRole("button", { name: "Kill", exact: true }).click();
    await page.locator(".state.ended").waitFor();
    expect(await page.locator("dialog").count()).toBe(0);

    await page.locator(".brand").click();
    await page.getByLabel("Search services").fill("");
    await shown(`${services - 1} services`);
    await page.getByRole("button", { name: /^Rate/ }).click();
    await picture("dashboard-light");
  });

  test("shows cells, strikes with pardon, and incidents", async () => {
    await page.getByRole("link", { name: "Cells" }).click();
    await page.locator("td", { hasText: "mallory" }).first().waitFor();
    await picture("dashboard-cells");
    await page.getByRole("button", { name: "Forgive mallory" }).click();
    await page.getByRole("button", { name: "Forgive", exact: true }).click();
    await page.getByText("No owner has strikes.").waitFor();
    await page.getByRole("link", { name: "Incidents" }).click();
    await page.locator("summary", { hasText: "mallory" }).first().click();

    expect(await page.locator("details[open] dt").first().textContent()).toBe("Address");
  });

  test("follows the log, and searches it", async () => {
    await page.getByRole("link", { name: "Log", exact: true }).click();
    await page.locator(".line", { hasText: "KILL" }).first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("KILL :01");

    await expect.poll(() => page.locator(".line:visible").count()).toBe(1);
  });

  test("is dark where the system is, and fits a narrow window", async () => {
    const dark = await openPage(browser, { colorScheme: "dark" });
    await dark.page.goto(url);
    await dark.page.locator("output.shown", { hasText: "199 services" }).waitFor();
    const colour = await dark.page.evaluate("getComputedStyle(document.body).backgroundColor");

    expect(colour).toBe("rgb(15, 18, 22)");
    await dark.page.getByRole("button", { name: /^Rate/ }).click();
    await picture("dashboard-dark", dark.page);
    await dark.page.setViewportSize({ width: 390, height: 800 });
    await expect
      .poll(() => dark.page.evaluate("document.documentElement.scrollWidth"))
      .toBeLessThanOrEqual(390);
    await picture("dashboard-narrow", dark.page);
    expect(dark.errors).toEqual([]);
  });

  test.each(["http://evil.example/", "http://127.0.0.1:3000/"])(
    "lets no other page in, not even with the operator's cookie: %s",
    async (origin) => {
      const stranger = await page.context().newPage();
      const at = new URL("/", url).href;
      const body = `<iframe src="${at}"></iframe>`;
      await stranger.route(`${origin}**`, (route) =>
        route.fulfill({ contentType: "text/html", body }),
      );
      await stranger.goto(origin);
      const attempts = await stranger.evaluate(attackOn(at));

      expect(attempts).toEqual(["out", "out", "out", "out"]);
      const frame = stranger.frames().find((each) => each !== stranger.mainFrame());
      expect(await frame?.locator("table.services").count()).toBe(0);
      const list = await running.isonet.call(".launcher", "lua", "list");
      expect(Object.keys(list as object)).toHaveLength(services - 1);
      await stranger.close();
    },
  );

  test("reports no error and breaks no rule of its own", () => {
    expect(errors).toEqual([]);
  });
});
