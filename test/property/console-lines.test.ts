// The console over any lines: each gets one ending, and none throws out of the session.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConsoleConnection } from "../../services/host/console/powers.ts";
import { TextSession } from "../../services/host/console/text-session.ts";
import { consolePowers } from "../../src/console-powers.ts";
import { facts, noContainment, noRecordings, noWeb } from "../kit/console-host.ts";
import { FakeIsonet } from "../kit/fake-isonet.ts";

/** Everything the session prints for these bytes, pushed in pieces. */
async function printed(chunks: readonly Uint8Array[]): Promise<string> {
  const written: string[] = [];
  const ended = Promise.withResolvers<void>();
  const connection = {
    peer: "127.0.0.1:7",
    write: (text: string) => written.push(text) > 0,
    drained: () => Promise.resolve(),
    pause: () => {},
    resume: () => {},
    end: () => ended.resolve(),
  } as unknown as ConsoleConnection;
  const powers = {
    ...consolePowers({
      at: { host: "", port: 0 },
      facts: () => facts,
      containment: noContainment,
      recordings: noRecordings,
      ...noWeb,
      log: () => {},
    }),
    readFile: () => Promise.reject(new Error("no file here")),
  };
  const session = new TextSession(connection, new FakeIsonet({}).api, powers);
  for (const chunk of chunks) session.push(chunk);
  session.finish();
  await ended.promise;
  return written.join("");
}

const commandNames =
  "help list stat mem gc timeouts service names start log exit kill info task uniqtask killtask dbgcmd " +
  "trace ping signal inject call host cmem jmem clearcache getenv setenv netstat debug nonsense";
const word = fc.oneof(
  fc.constantFrom(
    "c",
    ":0100000c",
    ".world",
    "zz",
    "300",
    "-1",
    "all",
    "on",
    "off",
    '"get",',
    "{a:1}",
    "[",
    "//",
  ),
  fc.string({ unit: "grapheme-composite", maxLength: 12 }),
);
const line = fc
  .tuple(fc.constantFrom(...commandNames.split(" ")), fc.array(word, { maxLength: 4 }))
  .map(([name, words]) => [name, ...words].join(" ").replaceAll(/[\p{Cc}]/gu, " "));

describe("console", () => {
  test("answers each line with exactly one ending", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        const output = await printed([Buffer.from(lines.join("\n"))]);

        expect(output.match(/^<CMD (?:OK|Error)>$/gm) ?? []).toHaveLength(lines.length);
      }),
      { numRuns: 300 },
    );
  });

  test("ends any bytes with the connection, and throws nothing", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }),
        async (chunks) => {
          expect(await printed(chunks)).toMatch(/^Welcome to isonet console\n/);
        },
      ),
      { numRuns: 300 },
    );
  });
});
