// The console in text, as Skynet's operators and scripts know it (reference §9.7 and its
// transcript, §15.3).

import { afterEach, describe, expect, test } from "vitest";
import { CodedError } from "../../../wire/coded-error.ts";
import type { ServiceAddress } from "../../../wire/address.ts";
import { ConsoleHost } from "../../kit/console-host.ts";
import type { Answers } from "../../kit/fake-isonet.ts";

const figures = {
  cpu: 0.000618,
  message: 3,
  mqlen: 0,
  task: 0,
  turns: 3,
  turnMs: 0.71,
  sent: 2,
  refused: 0,
  expired: 0,
  faults: 0,
  timers: 4,
  state: "running",
};
const heap = {
  usedBytes: 48_435,
  totalBytes: 524_288,
  limitBytes: 134_217_728,
  externalBytes: 1024,
  nativeBytes: 2048,
};

const host = new ConsoleHost({});

async function output(answers: Answers, line: string): Promise<string[]> {
  Object.assign(host.fake.answers, answers);
  await host.open();
  return host.output(line);
}

function failing(error: Error): () => never {
  return () => {
    throw error;
  };
}

afterEach(async () => {
  await host.close();
  host.fake.sent.length = 0;
  for (const key of Object.keys(host.fake.answers)) delete host.fake.answers[key];
});

describe("console in text", () => {
  test("greets, answers in order and ends each answer with <CMD OK>", async () => {
    Object.assign(host.fake.answers, {
      ".launcher lua list": { ":0100010b": "pong", ":0100010a": "simpledb 7" },
      ".service lua list": { pingserver: ":0100010b" },
    });
    await host.open();

    const text = await host.typed("list", "service");

    expect(text).toBe(
      "Welcome to isonet console\n" +
        ":0100010a\tsimpledb 7\n:0100010b\tpong\n<CMD OK>\n" +
        "pingserver\t:0100010b\n<CMD OK>\n",
    );
  });

  test("prints stat with Skynet's four figures, sorted by key", async () => {
    const lines = await output({ ".launcher lua stat": { ":0100010a": figures } }, "stat");

    expect(lines).toEqual([":0100010a\tcpu:0.000618\tmessage:3\tmqlen:0\ttask:0", "<CMD OK>"]);
  });

  test("prints TIMEOUT and ERROR in the place of figures that are missing", async () => {
    const answer = { ":0100010b": "TIMEOUT", ":0100010a": "ERROR", ":0100010c": figures };

    const lines = await output({ ".launcher lua stat": answer }, "stat 50");

    expect(lines.slice(0, 2)).toEqual([":0100010a\tERROR", ":0100010b\tTIMEOUT"]);
    expect(host.fake.sent[0]).toMatchObject({ values: ["stat", { timeoutTicks: 50 }] });
  });

  test("prints mem in Kb with the service's name", async () => {
    const answers = {
      ".launcher lua mem": { ":0100010a": heap },
      ".launcher lua list": { ":0100010a": "simpledb" },
    };

    expect(await output(answers, "mem")).toEqual([":0100010a\t47.30 Kb (simpledb)", "<CMD OK>"]);
    expect(host.fake.sent[0]).toMatchObject({ values: ["mem", { timeoutTicks: 300 }] });
  });

  test("prints gc as the heap that is left", async () => {
    const answers = {
      ".launcher lua gc": { ":0100010a": { beforeBytes: 90_000, afterBytes: 51_200, ms: 3 } },
      ".launcher lua list": { ":0100010a": "simpledb" },
    };

    expect(await output(answers, "gc")).toEqual([":0100010a\t50.00 Kb (simpledb)", "<CMD OK>"]);
  });

  test("prints the timers of each service", async () => {
    const answers = {
      ".launcher lua stat": { ":0100010a": figures },
      ".launcher lua list": { ":0100010a": "simpledb" },
    };

    expect(await output(answers, "timeouts")).toEqual([":0100010a\t4 (simpledb)", "<CMD OK>"]);
  });

  test("prints the values of a call by index, and their number", async () => {
    const lines = await output(
      { ":0100000a lua get": (key: string) => [`${key}!`, { a: 1 }] },
      'call a "get","x"',
    );

    expect(lines).toEqual(["1\tx!", "2\ta:1", "n\t2", "<CMD OK>"]);
  });

  test("prints only the number when a call gives nothing", async () => {
    expect(await output({ ":0100000a lua set": () => [] }, "call a 'set'")).toEqual([
      "n\t0",
      "<CMD OK>",
    ]);
  });

  test("prints the error of a call and ends with <CMD Error>", async () => {
    const fault = new CodedError("REMOTE_FAULT", "no gold left", "E_GOLD");

    const lines = await output({ ":0100000a lua buy": failing(fault) }, 'call a "buy"');

    expect(lines).toEqual(["REMOTE_FAULT: no gold left (E_GOLD)", "<CMD Error>"]);
  });

  test("kills through the launcher, the node's bits added to the address", async () => {
    host.fake.answers[".launcher lua kill"] = (address: number) => ({
      [`:0${address.toString(16)}`]: "nil",
    });

    expect(await output({}, "kill ff")).toEqual([":010000ff\tnil", "<CMD OK>"]);
  });

  test("prints the address of a service it starts, and Exit when it ended meanwhile", async () => {
    const answers = { "new lua pingserver": 0x0100010e, "new lua once": undefined };

    expect(await output(answers, "start pingserver 1")).toEqual([
      ":0100010e\tpingserver",
      "<CMD OK>",
    ]);
    expect(host.fake.sent[0]).toMatchObject({ values: ["pingserver", "1"] });
    expect(await host.output("start once")).toEqual(["Exit", "<CMD OK>"]);
  });

  test("starts a service by log too, which is recorded", async () => {
    expect(await output({ "new lua [object Object]": 0x0100010e }, "log pingserver 1")).toEqual([
      ":0100010e\tpingserver",
      "<CMD OK>",
    ]);
    const order = { name: "pingserver", record: true };
    expect(host.fake.sent[0]).toMatchObject({ values: [order, "1"] });
  });

  test("says why a service did not start", async () => {
    const fault = new CodedError("SERVICE_NOT_FOUND", "no file ./services/nope.ts");

    expect(await output({ "new lua nope": failing(fault) }, "start nope")).toEqual([
      "SERVICE_NOT_FOUND: Failed to start nope: no file ./services/nope.ts",
      "<CMD Error>",
    ]);
  });

  test("prints a ping in ticks and milliseconds", async () => {
    host.fake.answers[":0100000a debug PING"] = () => {
      host.clock.advance(20.124);
      host.fake.ticks += 2;
    };

    expect(await output({}, "ping a")).toEqual(["2\t20.12 ms", "<CMD OK>"]);
  });

  test("refuses to set what is set, in Skynet's words", async () => {
    expect(await output({}, "setenv thread 5")).toEqual([
      "ENV_EXISTS: Can't setenv exist key : thread",
      "<CMD Error>",
    ]);
  });

  test("answers an unknown command as Skynet does, and goes on", async () => {
    await host.open();

    const text = await host.typed("lisst", "getenv thread");

    expect(text.split("\n").slice(1)).toEqual([
      "Invalid command, type help for command list",
      "",
      "<CMD Error>",
      "5",
      "<CMD OK>",
      "",
    ]);
  });

  test("takes an address as :hex, hex or .name and says what is none", async () => {
    host.fake.names.set(".world", 0x01000123 as ServiceAddress);
    const answers = {
      ":01000123 debug INFO": (...args: unknown[]) => args.join(),
      ":0200000a debug INFO": () => "far",
    };

    expect(await output(answers, "info .world 7 11")).toEqual(["7,11", "<CMD OK>"]);
    expect(await host.output("info 123 5")).toEqual(["5", "<CMD OK>"]);
    expect(await host.output("info :0200000A")).toEqual(["far", "<CMD OK>"]);
    expect(await host.output("info xyz")).toEqual([
      'ARGUMENT_INVALID: Need an address, not "xyz": one is written :0100000c, c or .name',
      "<CMD Error>",
    ]);
    expect(await host.output("info .nobody")).toEqual([
      'NAME_UNKNOWN: Not a valid name: no service is named ".nobody"',
      "<CMD Error>",
    ]);
  });

  test("says what a command lacks, with its usage", async () => {
    await host.open();

    expect(await host.output("kill")).toEqual([
      "ARGUMENT_INVALID: it needs an address (usage: kill address)",
      "<CMD Error>",
    ]);
    expect(await host.output("call a")).toEqual([
      "ARGUMENT_INVALID: need arguments (usage: call address values)",
      "<CMD Error>",
    ]);
  });

  test("prints what an injected script printed, and its error as an error", async () => {
    const own = new ConsoleHost(
      {
        ".launcher lua inject": (_: number, source: string, file: string, args: string[]) => ({
          ok: source === "good",
          output: `${file} ${args.join()}`,
        }),
      },
      { readFile: async (path) => (path === "a.js" ? "good" : "bad") },
    );
    await own.open();

    const good = await own.output("inject 10a a.js x y");
    const bad = await own.output("inject 10a b.js");
    await own.close();

    expect(good).toEqual(["a.js x,y", "<CMD OK>"]);
    expect(bad).toEqual(["INJECT_FAILED: b.js ", "<CMD Error>"]);
  });

  test("says which file it cannot open", async () => {
    await host.open();

    const lines = await host.output("inject 10a /nofile");

    expect(lines).toEqual([
      "ARGUMENT_INVALID: Can't open /nofile: ENOENT: no such file or directory, open '/nofile'",
      "<CMD Error>",
    ]);
  });

  test("counts a service that exits without an answer as one that has exited", async () => {
    const death = new CodedError("ADDRESS_DEAD", "the service has ended");

    expect(await output({ ":0100000a debug EXIT": failing(death) }, "exit a")).toEqual([
      "<CMD OK>",
    ]);
  });

  test("prints sockets as Skynet does, and what is nothing not at all", async () => {
    const socket = {
      id: 2,
      address: 0x01000109,
      type: "TCP",
      read: 273,
      write: 2360,
      wbuffer: 0,
      rtime: 90,
      wtime: 40,
      reading: true,
      writing: false,
      peer: "127.0.0.1:33800",
      sock: "127.0.0.1:8888",
      accept: 0,
    };
    const listener = { ...socket, id: 1, type: "LISTEN", peer: "", rtime: 0, wtime: 0, accept: 3 };
    const rows = [{ ...listener, read: 0, write: 0 }, socket];

    const lines = await output({ ".socket lua netstat": rows }, "netstat");

    expect(lines).toEqual([
      "1\taccept:3\taddress::01000109\tid:1\treading:true\tsock:127.0.0.1:8888\ttype:LISTEN",
      "2\taddress::01000109\tid:2\tpeer:127.0.0.1:33800\tread:273\treading:true\trtime:0.1s" +
        "\ttype:TCP\twrite:2.3046875K\twriting:false\twtime:0.6s",
      "<CMD OK>",
    ]);
  });

  test.each([
    ["profactive on", "sample ADDRESS SECONDS"],
    ["dumpheap", "heap ADDRESS"],
    ["shrtbl", "mem all"],
  ])("says in place of %s what there is to use: %s", async (line, instead) => {
    const lines = await output({}, line);

    expect(lines[0]).toMatch(/^NOT_AVAILABLE: not available: /);
    expect(lines[0]).toContain(instead);
    expect(lines[1]).toBe("<CMD Error>");
  });

  test("answers the debug commands that Skynet's services measure themselves by", async () => {
    const answers = {
      ".launcher lua mem": { ":0100000a": heap },
      ".launcher lua stat": { ":0100000a": figures },
      ".launcher lua gc": { ":0100000a": { beforeBytes: 2, afterBytes: 1 } },
    };

    expect(await output(answers, "dbgcmd a MEM")).toEqual(["47.2998046875", "<CMD OK>"]);
    expect(await host.output("dbgcmd a STAT")).toEqual([
      "cpu\t0.000618",
      "message\t3",
      "mqlen\t0",
      "task\t0",
      "<CMD OK>",
    ]);
    expect(await host.output("dbgcmd a GC")).toEqual(["<CMD OK>"]);
    expect(host.fake.sent.map(({ values }) => values)).toEqual([
      ["mem", { address: 0x0100_000a }],
      ["stat", { address: 0x0100_000a }],
      ["gc", { address: 0x0100_000a }],
    ]);
  });

  test("takes the first of two numbers for an address, and the second for a time", async () => {
    await output({ ".launcher lua stat": { ":01000103": figures } }, "stat 103 50");

    expect(host.fake.sent[0]?.values).toEqual(["stat", { address: 0x0100_0103, timeoutTicks: 50 }]);
  });

  test("tells an error of a host's service by its own code, a guest's as a guest's", async () => {
    const error = new CodedError("REMOTE_FAULT", "no guest service", "ADDRESS_UNKNOWN");
    const own = new CodedError("COMMAND_UNKNOWN", "no such command", "COMMAND_UNKNOWN");
    const answers = {
      ".launcher lua stat": failing(error),
      ":0100000a lua get": failing(error),
      ":0100000a debug NO": failing(own),
    };

    expect((await output(answers, "stat :ff"))[0]).toBe("ADDRESS_UNKNOWN: no guest service");
    expect((await host.output("call a 'get'"))[0]).toBe(
      "REMOTE_FAULT: no guest service (ADDRESS_UNKNOWN)",
    );
    expect((await host.output("dbgcmd a NO"))[0]).toBe("COMMAND_UNKNOWN: no such command");
  });

  test("starts a snax service with its arguments", async () => {
    const answers = { "new snax counter": () => 0x0100000c };

    expect(await output(answers, "snax counter 7")).toEqual([":0100000c\tcounter", "<CMD OK>"]);
    expect(host.fake.sent[0]?.values).toEqual(["counter", "7"]);
  });

  test("shows every command in help with its arguments", async () => {
    const lines = await output({}, "help");

    expect(lines).toContain("kill\tkill address : ends a service at once");
    const names = lines.slice(0, -1).map((line) => line.split("\t")[0] ?? "");
    expect(names).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(names).toEqual(expect.arrayContaining(skynetCommands));
  });

  test("sends trace as protocol and flag, lua when none is named", async () => {
    const answers = { ":0100000a debug TRACELOG": () => undefined };

    await output(answers, "trace a on");
    await host.output("trace a client off");
    await host.output("trace a");

    expect(host.fake.sent.map(({ values }) => values.slice(1))).toEqual([
      ["lua", true],
      ["client", false],
      ["lua", undefined],
    ]);
  });

  test("logs who connects and who leaves, and where it listens", async () => {
    await host.open();
    const client = await host.connect();
    const peer = `127.0.0.1:${client.socket.localPort ?? "?"}`;

    client.socket.write("getenv thread\n");
    await client.upTo("<CMD OK>");
    client.socket.destroy();
    await host.logged(new RegExp(`^info ${peer} disconnect$`));

    expect(host.log).toContain(`info ${peer} connected`);
    expect(host.log).toContain(`info Start debug console at 127.0.0.1:${host.port}`);
  });
});

/** Every command of reference §9.7. */
const skynetCommands = [
  ..."help list stat mem gc service start snax log exit kill info task uniqtask killtask inject call dbgcmd".split(
    " ",
  ),
  ..."debug logon logoff signal ping trace netstat cmem jmem profactive dumpheap clearcache getenv setenv".split(
    " ",
  ),
];
