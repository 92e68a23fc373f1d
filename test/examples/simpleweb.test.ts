// The example simpleweb, by the real command line and real requests.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Child } from "../kit/child.ts";
import { startExample } from "../kit/example.ts";

describe("simpleweb", () => {
  let example: Child;
  let base = "";

  beforeAll(async () => {
    example = startExample("simpleweb", ["env.webPort=0", "env.webAgents=3", "turnMsMax=100"]);
    const [, port] = await example.saw(/Listen web port (\d+)/);
    base = `http://127.0.0.1:${port}`;
  });
  afterAll(() => example[Symbol.asyncDispose]());

  async function ask(path: string, init: RequestInit = {}): Promise<string> {
    const response = await fetch(base + path, init);
    return `${response.status} ${await response.text()}`;
  }

  test("shows what was asked, by one agent after the other", async () => {
    const asked = ["/a", "/b", "/c"].map((path) => ask(path));
    const agents = (await Promise.all(asked)).map((text) => /agent (:\w+)/.exec(text)?.[1]);

    expect(new Set(agents).size).toBe(3);
    const text = await ask("/a%20b?x=1&x=2", {
      method: "POST",
      body: "naïve",
      headers: { a: "b" },
    });
    expect(text).toMatch(/^200 agent .*\nPOST \/a b from 127\.0\.0\.1:\d+\nquery x = 1,2\n/);
    expect(text).toMatch(/\nheader a: b\n[^]*\n\nnaïve\n$/);
  });

  test("has statuses and bounds", async () => {
    expect(await ask("/teapot")).toBe("418 no coffee here\n");
    expect(await ask("/", { method: "POST", body: "x".repeat(8193) })).toBe("413 ");
  });

  test("interrupts an agent that spins, and the others answer meanwhile", async () => {
    const spin = ask("/spin");

    expect(await ask("/one")).toMatch(/^200 /);
    expect(await ask("/two")).toMatch(/^200 /);
    expect(await spin).toBe("500 ");
    expect(await ask("/three")).toMatch(/^200 /);
  });

  test("ends with exit code 0", async () => {
    example.kill("SIGTERM");

    expect(await example.ended).toMatchObject({ code: 0, signal: null });
  });
});
