// Browser: a page in the Chromium of this machine, for tests of the dashboard.
// Test processes only. Nothing is downloaded: without a Chromium such tests are skipped.
// Invariant: whatever the page reports as an error fails the test that asks for `errors`.

import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Program of a Chromium; undefined when this machine has none. */
export const chromiumFile = [process.env["CHROMIUM"] ?? "", ...places].find((file) =>
  existsSync(file),
);

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumFile ?? "", args: ["--no-sandbox"] });
}

export type WatchedPage = { readonly page: Page; readonly errors: readonly string[] };

/** A page that keeps what goes wrong in it: exceptions, refused requests, broken rules. */
export async function openPage(
  browser: Browser,
  options: { readonly colorScheme: "light" | "dark"; readonly width?: number },
): Promise<WatchedPage> {
  const { colorScheme, width = 1440 } = options;
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  return { page, errors };
}
