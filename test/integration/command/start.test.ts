// isonet start: a real host from a configuration to its end: signals, log rotation, failures.
// In child processes, on services in a folder of the test's own.

import { cpSync, existsSync, readFileSync, renameSync, symlinkSync, watch } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Child } from "../../kit/child.ts";
import { makeFolder } from "../../kit/folder.ts";
import { node24 } from "../../kit/nodes.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const launcher = path.join(root, "bin/isonet.mjs");
const quiet = { console: { port: 0 }, shards: 1, warmIsolates: 0, start: "main" };

const services = {
  "services/main.ts": `import { start } from "isonet";
    start(() => { console.log("main is up"); });`,
  "services/endless.ts": `import { start, timeout } from "isonet";
    start(() => { timeout(50, () => { for (;;); }); });`,
  "services/broken.ts": `import { start } from "isonet";

    start(() => { throw new RangeError("no map"); });`,
};

/** Path of a new configuration file beside the services above. */
function makeConfig(config: object): string {
  const text = JSON.stringify({ ...quiet, ...config });
  return path.join(makeFolder({ ...services, "config.json": text }), "config.json");
}

function start(config: string): Child {
  return new Child([node24, launcher, "start", config]);
}

/** Resolves when the file, which does not exist, is made. */
function created(file: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(path.dirname(file), () => {
    if (existsSync(file)) resolve();
  });
  onTestFinished(() => watcher.close());
  return promise;
}

describe("isonet start", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "says where the console listens, and stops with 0 at %s",
    async (signal) => {
      await using host = start(makeConfig({}));
      const [, port] = await host.saw(/^isonet [\d.]+ runs: console 127\.0\.0\.1:(\d+)$/m);
      await host.saw(/main is up/);

      host.kill(signal);

      expect(Number(port)).toBeGreaterThan(0);
      expect(await host.ended).toMatchObject({
        code: 0,
        signal: null,
        stderr: expect.stringContaining(`isonet: ${signal}: stopping\n`),
      });
    },
  );

  test("runs onStart when the host is up, and what it returned when it stops", async () => {
    const module = `
      export const config = ${JSON.stringify(quiet)};
      export async function onStart(host) {
        host.listeners.push({ what: "gate", host: "here", port: 7, hint: "try the gate" });
        const address = await host.isonet.newService("main");
        console.log("onStart has " + host.isonet.address(address));
        return async () => console.log("gate closed");
      }`;
    const folder = makeFolder({ ...services, "config.mjs": module });
    await using host = start(path.join(folder, "config.mjs"));
    await host.saw(/runs: .*gate here:7\nisonet: dashboard http:\S+\nisonet: try the gate\n/);

    host.kill("SIGTERM");

    const { code, stdout } = await host.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/main is up[^]*onStart has :[0-9a-f]{8}\n[^]*gate closed\n/);
  });

  test("stops with 1 when onStart throws, and says what", async () => {
    const module = `
      export const config = ${JSON.stringify(quiet)};
      export function onStart() { throw new RangeError("no gate"); }`;
    const folder = makeFolder({ ...services, "config.mjs": module });
    await using host = start(path.join(folder, "config.mjs"));

    const { code, stderr } = await host.ended;

    expect(code).toBe(1);
    expect(stderr).toMatch(/^isonet: fault: RangeError: no gate\n/m);
    expect(stderr).not.toMatch(/runs:/);
  });

  test("opens log.file anew at SIGHUP, after it was moved away", async () => {
    const config = makeConfig({ log: { file: "host.log" } });
    const file = path.join(path.dirname(config), "host.log");
    await using host = start(config);
    await host.saw(/runs:/);
    renameSync(file, `${file}.1`);
    const reopened = created(file);

    host.kill("SIGHUP");
    await reopened;
    host.kill("SIGTERM");

    expect(await host.ended).toMatchObject({ code: 0 });
    expect(readFileSync(`${file}.1`, "utf8")).toContain('"text":"main is up"');
  });

  test("stops with 0 although a service never gives its turn back", async () => {
    await using host = start(makeConfig({ start: "endless", turnMsMax: 0 }));
    await host.saw(/runs:/);

    host.kill("SIGTERM");

    expect(await host.ended).toMatchObject({ code: 0, signal: null });
  });

  test("ends with 1 and the author's own error when the first service fails", async () => {
    await using host = start(makeConfig({ start: "broken" }));

    const { code, stdout, stderr } = await host.ended;

    expect(code).toBe(1);
    expect(stderr).toMatch(/isonet: SERVICE_INIT_FAILED: .*no map/);
    expect(stdout).toMatch(/broken\.ts:3:\d+/);
  });

  test("ends with 2 and the port when another program has it", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    await using host = start(makeConfig({ console: { port } }));

    const { code, stderr } = await host.ended;
    server.close();

    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^isonet: PORT_IN_USE: port ${port} .*console\\.port`));
  });

  test("ends with 2 and the paths it tried when the first service has no file", async () => {
    await using host = start(makeConfig({ start: "nobody" }));

    expect(await host.ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^isonet: CONFIG_INVALID: start: no file .*services\/nobody\.ts/,
      ),
    });
  });

  test("ends with 2 and the key when the log file cannot be opened", async () => {
    await using host = start(makeConfig({ log: { file: "missing/host.log" } }));

    expect(await host.ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^isonet: CONFIG_INVALID: log\.file: cannot open/),
    });
  });

  test("ends with 2 and the command to run when the guest runtime is not built", async () => {
    const folder = makeFolder({ "package.json": '{ "type": "module", "version": "0.0.0" }' });
    for (const part of ["bin", "sandbox", "services", "src", "types", "wire"]) {
      cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
    }
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    const command = [node24, path.join(folder, "bin/isonet.mjs"), "start", makeConfig({})];
    await using host = new Child(command);

    expect(await host.ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^isonet: SELF_TEST_FAILED: .*run: npm run build:sandbox\n$/),
    });
  });
});
