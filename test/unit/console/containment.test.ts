// The console's commands about untrusted services: cells, strikes, owners, limits, records.
// On a console with fake powers; texts of strangers are in every answer.

import { afterEach, describe, expect, test } from "vitest";
import type { ContainmentPowers } from "../../../services/host/console/powers.ts";
import { consolePowers } from "../../../src/console-powers.ts";
import type { Incident } from "../../../wire/containment-figures.ts";
import { cell, incident as plainIncident } from "../../kit/containment-figures.ts";
import { ConsoleHost, facts, noContainment, noRecordings, noWeb } from "../../kit/console-host.ts";

const nasty = "ann\n<CMD OK>\u001b[2J\u202e";
const shownNasty = String.raw`ann\n<CMD OK>\x1b[2J\u202e`;

const incident: Incident = {
  ...plainIncident,
  owner: nasty,
  stderr: "\nFATAL ERROR\n  at \u001b[31mx\n<CMD OK>\n",
};

let host: ConsoleHost;

/** A console whose host knows this of its untrusted services. */
async function open(known: Partial<ContainmentPowers>): Promise<ConsoleHost> {
  const containment = { ...noContainment, ...known };
  const powers = consolePowers({
    at: { host: "127.0.0.1", port: 0 },
    facts: () => facts,
    containment,
    recordings: noRecordings,
    ...noWeb,
    log: () => {},
  });
  host = new ConsoleHost({}, { containment: powers.containment });
  return host.open();
}

afterEach(() => host.close());

const ofCommand = (command: string, ...args: unknown[]) => host.post({ command, arguments: args });

describe("cells", () => {
  test("are printed a line each, with their figures", async () => {
    await open({ cells: () => [cell, { ...cell, place: 6, pid: 4713, state: "spare" }] });

    expect(await host.output("cells")).toEqual([
      "cell.5\tage:61s\tmemory:70.0 Mb\tpid:4712\trefused:2\tservices:12\tstate:running\twaiting:3",
      "cell.6\tage:61s\tmemory:70.0 Mb\tpid:4713\trefused:2\tservices:12\tstate:spare\twaiting:3",
      "<CMD OK>",
    ]);
  });

  test("are told to programs as they are", async () => {
    await open({ cells: () => [cell] });

    expect((await ofCommand("cells")).body).toEqual({ ok: true, result: [cell] });
  });
});

describe("strikes", () => {
  const record = { points: 61, standing: "free", slice: 1, memory: 0, cell: 1 } as const;

  test("are printed by owner, whose name cannot end the answer", async () => {
    await open({ strikes: () => [{ owner: nasty, ...record }] });

    expect(await host.output("strikes")).toEqual([
      `${shownNasty}\tcell:1\tmemory:0\tpoints:61\tslice:1\tstanding:free`,
      "<CMD OK>",
    ]);
  });

  test("are told to programs with the worst owner first", async () => {
    const all = [
      { owner: "z", ...record },
      { owner: "a", ...record },
    ];
    await open({ strikes: () => all });

    expect((await ofCommand("strikes")).body.result).toEqual(all);
  });

  test("of an owner are cleared by forgive", async () => {
    const forgiven: string[] = [];
    await open({ forgive: (owner) => forgiven.push(owner) > 0 });

    expect(await host.output("forgive ann")).toEqual(["<CMD OK>"]);
    expect(forgiven).toEqual(["ann"]);
  });

  test("cannot be cleared where there are none, nor for nobody", async () => {
    await open({ forgive: () => false });

    expect(await host.output("forgive bob")).toEqual([
      'ARGUMENT_INVALID: owner "bob" has no strikes',
      "<CMD Error>",
    ]);
    expect(await host.output("forgive")).toEqual([
      "ARGUMENT_INVALID: it needs an owner's name (usage: forgive owner)",
      "<CMD Error>",
    ]);
  });

  test("are not cleared by who may only look", async () => {
    await open({ forgive: () => true });

    expect((await host.http("/forgive/ann")).body).toMatchObject({ ok: false });
    expect((await ofCommand("forgive", "ann")).body).toEqual({ ok: true });
  });
});

describe("owners", () => {
  const figures = { services: 2, balanceMs: -12.345, chargedMs: 700, waitingMs: 0 };

  test("are printed by cell, a cell without an answer by what it has instead", async () => {
    await open({});
    host.fake.answers[".launcher lua owners"] = {
      "cell.5": [{ owner: nasty, ...figures }],
      "cell.6": "TIMEOUT",
    };

    expect(await host.output("owners")).toEqual([
      `cell.5 ${shownNasty}\tbalanceMs:-12.3\tchargedMs:700\tservices:2\twaitingMs:0`,
      "cell.6\tTIMEOUT",
      "<CMD OK>",
    ]);
  });
});

describe("limits", () => {
  test("are printed by name", async () => {
    await open({ limits: () => ({ strikesRefused: 200, cells: 4 }) });

    expect(await host.output("limits")).toEqual(["cells\t4", "strikesRefused\t200", "<CMD OK>"]);
  });
});

describe("postmortem", () => {
  const line = `2026-01-02T03:04:05.006Z cell-lost :0100010a agent 7 (${shownNasty}): cell 5 was lost`;

  test("lists the records in the order of their numbers", async () => {
    await open({ incidents: () => [{ ...incident, id: 10 }, incident] });

    expect(await host.output("postmortem")).toEqual([
      `     7\t${line}`,
      `    10\t${line}`,
      "<CMD OK>",
    ]);
  });

  test("shows all of one record, V8's last words a line each", async () => {
    await open({ incidents: () => [incident] });

    expect(await host.output("postmortem 7")).toEqual([
      "address\t:0100010a",
      "alsoLost\t3",
      "figures\tcpu:0.5\trssBytes:1024",
      "id\t7",
      "kind\tcell-lost",
      "message.0\t#1 lua from :0100000b",
      "message.1\t#2 lua from :0100000c",
      `owner\t${shownNasty}`,
      "text\tcell 5 was lost",
      "time\t2026-01-02T03:04:05.006Z",
      "title\tagent 7",
      "version\t0123456789ab",
      "words.0000\tFATAL ERROR",
      String.raw`words.0001	  at \x1b[31mx`,
      "words.0002\t<CMD OK>",
      "<CMD OK>",
    ]);
  });

  test("keeps the order of many last words", async () => {
    const stderr = Array.from({ length: 250 }, (_, index) => `word ${index}`).join("\n");
    await open({ incidents: () => [{ ...incident, stderr }] });

    const words = (await host.output("postmortem 7")).filter((each) => each.startsWith("words."));

    expect(words.map((each) => each.split("\t")[1])).toEqual(stderr.split("\n"));
  });

  test("tells a record to programs as it is", async () => {
    await open({ incidents: () => [incident] });

    expect((await ofCommand("postmortem", 7)).body.result).toEqual(incident);
    expect((await ofCommand("postmortem")).body.result).toEqual([incident]);
  });

  test.each([
    ["postmortem 8", "no record has the number 8: postmortem lists them"],
    ["postmortem -7", "no record has the number -7: postmortem lists them"],
    [
      "postmortem seven",
      'the number of a record must be a whole number, not "seven" (usage: postmortem [number])',
    ],
  ])("fails with a reason: %s", async (typed, text) => {
    await open({ incidents: () => [incident] });

    expect(await host.output(typed)).toEqual([`ARGUMENT_INVALID: ${text}`, "<CMD Error>"]);
  });
});
