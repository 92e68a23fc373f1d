// newService on a real host: what it resolves with, and each way it fails.

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Address } from "isonet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startHost, type TestHost } from "../kit/host.ts";

let kit: TestHost;

beforeAll(async () => {
  kit = await startHost({}, { startMsMax: 1500 });
});

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

/** Writes a file of the test's services; the directory of services is its root. */
function write(name: string, source: string): string {
  const file = path.join(kit.directory, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, source);
  return file;
}

/** Starts a service with this source; what its start gives. */
function start(name: string, source: string, ...args: unknown[]): Promise<Address | undefined> {
  write(`${name}.ts`, source);
  return kit.isonet.newService(name, ...args);
}

async function failure(starting: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await starting;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
  throw new Error("the service has started");
}

describe("newService", () => {
  test("resolves when the start handler has returned, which got the arguments as they are", async () => {
    const address = await start(
      "arguments",
      `import { commands, start, sleep } from "isonet";
       let seen: unknown[] = [];
       commands({ seen: () => seen });
       start(async (...args: unknown[]) => { await sleep(1); seen = args; });`,
      1,
      "two",
      3n,
      { four: [new Date(4), new Map([["k", new Set([5])]]), new Uint8Array([6])] },
      undefined,
    );

    expect(await kit.isonet.call(address as Address, "lua", "seen")).toEqual([
      1,
      "two",
      3n,
      { four: [new Date(4), new Map([["k", new Set([5])]]), new Uint8Array([6])] },
      undefined,
    ]);
  });

  test("resolves with undefined when the service exits in its start handler, or in its module body", async () => {
    const inStart = start("exits", `import { exit, start } from "isonet"; start(() => exit());`);
    const inBody = start("exits-in-body", `import { exit } from "isonet"; exit();`);

    expect([await inStart, await inBody]).toEqual([undefined, undefined]);
  });

  test("a service without start is ready when its body has run", async () => {
    const address = await start(
      "plain",
      `import { commands } from "isonet"; commands({ a: () => 1 });`,
    );

    expect(await kit.isonet.call(address as Address, "lua", "a")).toBe(1);
  });

  test("from a service works as from the host, also for plain JavaScript", async () => {
    write("child.js", "throw new Error('never read: .ts is on servicePath');");
    write("child.ts", `import { commands } from "isonet"; commands({ a: () => "child" });`);
    const parent = await start(
      "parent",
      `import { call, newService, start, commands } from "isonet";
       let child: any;
       start(async () => { child = await newService({ name: "child", near: ":00000005" }); });
       commands({ ask: () => call(child, "lua", "a") });`,
    );

    expect(await kit.isonet.call(parent as Address, "lua", "ask")).toBe("child");
  });
});

describe("SERVICE_NOT_FOUND", () => {
  test("names the paths that were tried", async () => {
    const { code, message } = await failure(kit.isonet.newService("nosuch"));

    expect(code).toBe("SERVICE_NOT_FOUND");
    expect(message).toContain(path.join(kit.directory, "nosuch.ts"));
  });

  test.each([
    ["../escape"],
    ["/etc/passwd"],
    ["a/../../b"],
    [".hidden"],
    ["a b"],
    ["x".repeat(500)],
  ])("refuses the name %s", async (name) => {
    expect(await failure(kit.isonet.newService(name))).toMatchObject({
      code: "SERVICE_NOT_FOUND",
    });
  });
});

describe("launch options", () => {
  test.each([
    ["a key that is not known", { name: "plain", memory: 5 }, "memory"],
    ["too little memory", { name: "plain", memoryMb: 7 }, "memoryMb"],
    ["memory that is no number", { name: "plain", memoryMb: "64" }, "memoryMb"],
    ["modules that are no texts", { name: "plain", modules: { "./a.ts": 5 } }, "modules"],
    ["half a trust", { name: "plain", trust: "half" }, "trust"],
    ["an owner of 65 bytes", { name: "plain", owner: "o".repeat(65) }, "owner"],
    ["a slice of 9 ms", { name: "plain", sliceMs: 9 }, "sliceMs"],
    ["more CPU than a second has", { name: "plain", cpuPerSecondMs: 1001 }, "cpuPerSecondMs"],
    ["a mailbox for 15", { name: "plain", mailboxMax: 15 }, "mailboxMax"],
    ["no name", {}, "name"],
    ["no object", null, "name"],
  ])("with %s fail with ARGUMENT_INVALID", async (_what, options, word) => {
    const { code, message } = await failure(kit.isonet.newService(options as never));

    expect(code).toBe("ARGUMENT_INVALID");
    expect(message).toContain(word);
  });

  test("modules replace files, of the main module too, by relative specifier", async () => {
    write("parts/rules.ts", `export const rule = "from the file";`);
    write(
      "player.ts",
      `import { commands } from "isonet"; import { rule } from "./parts/rules.ts"; commands({ rule: () => rule });`,
    );
    const modules = { "./parts/rules.ts": `export const rule: string = "from the launch";` };

    const plain = await kit.isonet.newService("player");
    const changed = await kit.isonet.newService({ name: "player", modules });
    const main = await kit.isonet.newService({
      name: "player",
      modules: {
        "./player.ts": `import { commands } from "isonet"; commands({ rule: () => "main" });`,
      },
    });

    const rules = [plain, changed, main].map((it) => kit.isonet.call(it as Address, "lua", "rule"));
    expect(await Promise.all(rules)).toEqual(["from the file", "from the launch", "main"]);
  });
});

describe("SERVICE_LOAD_FAILED", () => {
  test("for a syntax error in TypeScript has the place", async () => {
    const starting = start(
      "syntax-ts",
      `import { start } from "isonet";\n\nconst x: number = = 5;\n`,
    );

    const { code, message } = await failure(starting);
    expect(code).toBe("SERVICE_LOAD_FAILED");
    expect(message).toContain(`${kit.directory}/syntax-ts.ts:3:19: SyntaxError: `);
  });

  test("for a syntax error in JavaScript that it imports has the place there", async () => {
    write("broken.js", `export const a = 1;\nexport const b = ;\n`);

    const { code, message } = await failure(start("imports-broken", `import "./broken.js";`));
    expect(code).toBe("SERVICE_LOAD_FAILED");
    expect(message).toContain(`${kit.directory}/broken.js:2:18: SyntaxError: `);
  });

  test("for what the body throws has the text and the place", async () => {
    const { code, message } = await failure(
      start(
        "throws",
        `import { start } from "isonet";\nfunction deep() {\n  throw new TypeError("no such item");\n}\ndeep();\n`,
      ),
    );

    expect(code).toBe("SERVICE_LOAD_FAILED");
    expect(message).toBe(`TypeError: no such item (at ${kit.directory}/throws.ts:3:9)`);
  });

  test("for what is thrown that is no error has its text", async () => {
    expect(await failure(start("throws-text", `throw "just text";`))).toEqual({
      code: "SERVICE_LOAD_FAILED",
      message: expect.stringContaining("just text"),
    });
  });

  test("for a module that is not there says who imports what", async () => {
    const { code, message } = await failure(start("missing", `import "./not-there.ts";`));

    expect(code).toBe("SERVICE_LOAD_FAILED");
    expect(message).toContain(`${kit.directory}/missing.ts`);
    expect(message).toContain("./not-there.ts");
  });

  test("for a name that a module does not export says so", async () => {
    const { code, message } = await failure(
      start("no-export", `import { fly } from "isonet"; fly();`),
    );

    expect(code).toBe("SERVICE_LOAD_FAILED");
    expect(message).toContain("fly");
  });

  test("for an await at top level, in the module or in one it imports", async () => {
    write("awaits.ts", `await new Promise(() => {});`);

    for (const source of [
      `import { sleep } from "isonet"; await sleep(1);`,
      `import "./awaits.ts";`,
    ]) {
      const { code, message } = await failure(start("top-level-await", source));
      expect(code).toBe("SERVICE_LOAD_FAILED");
      expect(message).toContain("cannot await at top level");
    }
  });

  test("for an enum, which type stripping cannot take off", async () => {
    const { code, message } = await failure(
      start("enums", `enum Color { Red }\nexport { Color };`),
    );

    expect(code).toBe("SERVICE_LOAD_FAILED");
    expect(message).toContain("enums.ts");
  });
});

describe("IMPORT_REFUSED", () => {
  test.each([
    ["a built-in of Node", "node:fs"],
    ["a package", "vitest"],
    ["an absolute path", "/etc/hostname"],
    ["a URL", "file:///etc/hostname"],
    ["a data URL", "data:text/javascript,0"],
    ["a path out of the root", "../outside.ts"],
    ["a path out of the root through a folder", "./parts/../../outside.ts"],
    ["a path out of the root to nothing", "../../../not-there.ts"],
  ])("for %s", async (_what, specifier) => {
    writeFileSync(path.join(kit.directory, "..", "outside.ts"), "export {};");
    write("parts/rules.ts", `export const rule = 1;`);

    expect(await failure(start("imports", `import ${JSON.stringify(specifier)};`))).toEqual({
      code: "IMPORT_REFUSED",
      message: expect.stringContaining(specifier),
    });
  });

  test("for a symbolic link that leads out of the root", async () => {
    symlinkSync("/etc/hostname", path.join(kit.directory, "link.ts"));

    expect(await failure(start("imports-link", `import "./link.ts";`))).toMatchObject({
      code: "IMPORT_REFUSED",
    });
  });

  test("a dynamic import fails where it is made, and the service lives on", async () => {
    const address = await start(
      "dynamic",
      `import { commands } from "isonet";
       commands({
         load: () => import("./plain.ts"),
         alive: () => true,
       });`,
    );

    await expect(kit.isonet.call(address as Address, "lua", "load")).rejects.toMatchObject({
      code: "REMOTE_FAULT",
    });
    expect(await kit.isonet.call(address as Address, "lua", "alive")).toBe(true);
  });
});

describe("SERVICE_INIT_FAILED", () => {
  test("has the text of what start threw, its place and its code", async () => {
    const starting = start(
      "init-throws",
      `import { start } from "isonet";\nstart(() => {\n  throw Object.assign(new Error("no database"), { code: "E_DB" });\n});\n`,
    );

    expect(await failure(starting)).toEqual({
      code: "SERVICE_INIT_FAILED",
      message: `no database (at ${kit.directory}/init-throws.ts:3:23)`,
    });
  });

  test("has the place also behind an await", async () => {
    const starting = start(
      "init-throws-later",
      `import { sleep, start } from "isonet";\nasync function load() {\n  await sleep(1);\n  throw new Error("no file");\n}\nstart(async () => {\n  await load();\n});\n`,
    );

    expect(await failure(starting)).toEqual({
      code: "SERVICE_INIT_FAILED",
      message: `no file (at ${kit.directory}/init-throws-later.ts:4:9)`,
    });
  });

  test("for a start that never returns comes after startMsMax, and the service is ended", async () => {
    const starting = start(
      "never-ready",
      `import { register, start, wait } from "isonet";
       start(async () => { await register(".never"); await wait("for ever"); });`,
    );

    const { code, message } = await failure(starting);
    expect(code).toBe("SERVICE_INIT_FAILED");
    expect(message).toContain("1500 ms (startMsMax)");
    await expect(kit.isonet.call(".never", "lua", "x")).rejects.toMatchObject({
      code: expect.stringMatching(/NAME_UNKNOWN|ADDRESS_DEAD/),
    });
  });
});

describe("SERVICE_ABORTED", () => {
  test("when the service is killed while it starts", async () => {
    const watcher = kit.host.addHostService("watcher", (isonet) => {
      isonet.commands({ starting: (address: Address) => isonet.kill(address) });
    });

    const starting = start(
      "killed",
      `import { call, start, self } from "isonet";
       start(async (watcher: any) => { await call(watcher, "lua", "starting", self()); });`,
      watcher,
    );

    expect(await failure(starting)).toMatchObject({
      code: "SERVICE_ABORTED",
      message: expect.stringContaining("(killed) was killed while it was starting"),
    });
  });
});
