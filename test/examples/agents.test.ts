// The example world, as its users meet it: the command line, TCP connections, signals.
// The host is a child process; players are TCP clients, the operator is one of the console.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PlayerClient } from "../../examples/agents/client.ts";
import type { Child } from "../kit/child.ts";
import { portOf, startExample } from "../kit/example.ts";
import { LineClient } from "../kit/line-client.ts";
import { Transcript } from "../kit/transcript.ts";

const freePorts = ["console.port=0", "env.gatePort=0", "env.doorPort=0"];

/** Lines that upload a script with a counter in its memory. */
function counter(by: number): string[] {
  return [
    "upload",
    "export function onCommand(me, [word]) {",
    '  if (word !== "count") return false;',
    `  const count = Number(me.recall("count") ?? 0) + ${by};`,
    '  me.remember("count", count);',
    "  me.tell(`count ${count}`);",
    "}",
    ".",
  ];
}

describe("the example world", () => {
  let world: Child;
  let door = 0;
  let gate = 0;
  let consolePort = 0;

  beforeAll(async () => {
    // On a busy machine a collection of a full heap takes longer than the 250 ms of the
    // configuration.
    world = startExample("agents", freePorts);
    door = await portOf(world, "door");
    gate = await portOf(world, "gate");
    consolePort = await portOf(world, "console");
  });
  afterAll(() => world[Symbol.asyncDispose]());

  /** A player who is in the world under this name. */
  async function enter(name: string): Promise<LineClient> {
    const player = new LineClient(name, door);
    await player.saw(/Welcome, guest\d+/);
    player.send(`name ${name}`);
    await player.saw(new RegExp(`you are ${name}\n`));
    return player;
  }

  /** The services of the host, as the console lists them. */
  async function list(): Promise<string[]> {
    using operator = new LineClient("the console", consolePort);
    await operator.saw(/Welcome.*\n/);
    operator.send("list");
    const [text] = await operator.saw(/[^]*<CMD OK>/);
    return text.split("\n").filter((line) => line.startsWith(":"));
  }

  /** The agent of the player, as the log names it. */
  async function agentOf(player: LineClient): Promise<string> {
    const fd = /Welcome, guest(\d+)/.exec(player.text)?.[1] ?? "";
    const [, agent] = await world.saw(new RegExp(`player ${fd} from .* has the agent (:\\w+)`));
    return agent ?? "";
  }

  test("shows two players to each other and lets them talk", async () => {
    using ann = await enter("ann");
    using bob = await enter("bob");

    await ann.saw(/\* bob comes into sight, \d+ \w+|guest\d+ is called bob/);
    bob.send("look");
    await bob.saw(/you are at \d+,\d+; in sight: .*ann \(/);
    ann.send("say hello, bob");

    await bob.saw(/ann says: hello, bob\n/);
    await ann.saw(/you say: hello, bob \(\d+ heard it\)/);
  });

  test("answers every bad line with what is allowed", async () => {
    using ann = await enter("ann-bad");

    ann.send("move 1", "move 9 0", "move x y", "name two words", "name !", "jump", "say", "script");
    ann.send("who");
    await ann.saw(/in the world: /);

    const answers = ann.text.split("\n").slice(3, -2);
    expect(answers).toEqual([
      "move takes two whole numbers from -3 to 3: move 1 0",
      "move takes two whole numbers from -3 to 3: move 1 0",
      "move takes two whole numbers from -3 to 3: move 1 0",
      "name takes one word: name ann",
      'a name has 1 to 16 letters, digits, _ or -, not "!"',
      'no command "jump", and your script has no answer to it; try help',
      "say what? say hello",
      "which script? scripts lists them",
    ]);
  });

  test("runs an uploaded script, and another in its place, with its memory and all lines", async () => {
    using ann = await enter("ann-up");
    ann.send(...counter(1));
    await ann.saw(/script of your own runs/);
    ann.send("count");
    await ann.saw(/\(count 1\)/);
    // In one write: some reach the old agent, some wait, some reach the new one.
    ann.send(...counter(100), ...Array.from({ length: 9 }, () => "count"));
    await ann.saw(/script of your own runs/);
    ann.send("count", "who");
    await ann.saw(/in the world/);

    const counts = [...ann.text.matchAll(/\(count (\d+)\)/g)].map(([, count]) => Number(count));
    expect(counts).toHaveLength(11);
    expect(counts).toEqual([...counts].toSorted((a, b) => a - b));
    expect(counts.at(-1)).toBeGreaterThan(100);
  });

  test("keeps the old script when the new one does not load, and says where it is wrong", async () => {
    using ann = await enter("ann-old");
    ann.send("script greeter");
    await ann.saw(/script greeter runs/);

    ann.send("upload", "export function onTick(me) {", "  me.move(1 0);", "}", ".");

    await ann.saw(/does not load: script\.ts:2:\d+: SyntaxError.*\nscript greeter goes on/);
    ann.send("upload", 'throw new Error("not today");', ".");
    await ann.saw(/does not load: .*not today.*script\.ts:1:7.*\nscript greeter goes on/);
    ann.send("upload", 'import { kill } from "isonet";', ".");
    await ann.saw(/does not load: script\.ts: cannot import "isonet": .*\nscript greeter goes on/);
    ann.send("script nobody");
    await ann.saw(/no script "nobody"; these are there: .*\nscript greeter goes on/);
    ann.send("hush");
    await ann.saw(/\(I say nothing\.\)/);
  });

  test("tells a script's error with its place, and the player stays", async () => {
    using ann = await enter("ann-err");

    ann.send("upload", "export function onCommand(me, words) {", "  words.none.more;", "}", ".");
    await ann.saw(/script of your own runs/);
    ann.send("go");

    await ann.saw(/script error in onCommand: TypeError: .*\(script\.ts:2:14\)/);
    ann.send("look");
    await ann.saw(/you are at/);
  });

  test("interrupts a script that spins, and goes on for everybody", async () => {
    using ann = await enter("ann-spin");
    using bob = await enter("bob-spin");

    ann.send("upload", "export function onTick() { for (;;); }", ".");

    await ann.saw(/your script is stopped: onTick ran for longer than a turn may/);
    bob.send("say still here");
    await bob.saw(/you say: still here/);
    ann.send("look");
    await ann.saw(/you are at/);
  });

  test("interrupts a script that spins after an await, and stops it", async () => {
    using ann = await enter("ann-later");

    ann.send("upload", "export async function onTick() { await null; for (;;); }", ".");

    await ann.saw(/your script is stopped: what it awaited ran for longer than a turn may/);
    ann.send("look");
    await ann.saw(/you are at/);
  });

  test("ends a script that takes too much memory, and its player hears of it", async () => {
    using ann = await enter("ann-mem");
    using bob = await enter("bob-mem");

    ann.send("upload", "const all = [];");
    ann.send("export function onTick() { all.push(new Array(120000).fill(7)); }", ".");

    await ann.saw(/your agent took more memory than it may have \(MEMORY_LIMIT\); good bye/);
    await ann.closed;
    bob.send("look");
    await bob.saw(/you are at/);
  });

  test("leaves others alone when an operator kills an agent", async () => {
    using ann = await enter("ann-kill");
    using bob = await enter("bob-kill");
    using operator = new LineClient("the console", consolePort);
    const agent = await agentOf(ann);

    operator.send(`kill ${agent}`);

    await ann.saw(/your agent has been ended \(ADDRESS_DEAD\); good bye/);
    await ann.closed;
    await bob.saw(/\* ann-kill has left the world/);
    bob.send("look");
    await bob.saw(/you are at/);
  });

  test("serves programs through frames with a length in front", async () => {
    const said = new Transcript("the gate");
    const client = await PlayerClient.connect({
      port: gate,
      onText: (text) => said.add(`${text}\n`),
      onClose: () => said.end(),
    });

    await said.saw(/Welcome/);
    client.command("name robot");
    await said.saw(/you are robot/);
    client.upload("export const onCommand = (me, words) => me.tell(words.join('+'));");
    await said.saw(/script of your own runs/);
    client.command("do this");
    client.end();

    await said.saw(/\(do\+this\)/);
  });

  test("answers everything that a pipe says before it ends", async () => {
    using pipe = new LineClient("a pipe", door);

    pipe.send("look", "help");
    pipe.end();

    await pipe.saw(/you are at/);
    await pipe.saw(/anything else goes to your script/);
    await pipe.closed;
  });

  test("ends a connection whose line is too long", async () => {
    using ann = await enter("ann-long");

    ann.send("x".repeat(3000));

    await ann.saw(/a line has at most 2048 bytes; good bye/);
    await ann.closed;
  });

  test("leaves no service behind when fifty players have come and gone", async () => {
    const players = Array.from({ length: 50 }, (_, index) => new LineClient(`p${index}`, door));
    await Promise.all(players.map((player) => player.saw(/Welcome/)));
    expect((await list()).length).toBeGreaterThanOrEqual(52);
    const fds = players.map(({ text }) => /guest(\d+)/.exec(text)?.[1]);

    // Some leave while another agent takes over for them.
    const restless = players.filter((_player, index) => index % 5 === 0);
    for (const player of restless) player.send("script chaser", "look");
    await Promise.all(restless.map((player) => player.saw(/you are at/)));
    for (const player of players) player.destroy();
    for (const fd of fds) await world.saw(new RegExp(`player ${fd} has gone`));

    const left = (await list()).filter((line) => line.includes("agent"));
    expect(left).toEqual([]);
  });
});

describe("the example world's end", () => {
  test("comes within five seconds of SIGTERM, with players connected, and exit code 0", async () => {
    await using world = startExample("agents", freePorts);
    using ann = new LineClient("ann", await portOf(world, "door"));
    await ann.saw(/Welcome/);
    ann.send("script wanderer");
    await ann.saw(/script wanderer runs/);

    const sinceMs = performance.now();
    world.kill("SIGTERM");

    await ann.saw(/the world is closing; good bye/);
    expect(await world.ended).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - sinceMs).toBeLessThan(5000);
  });

  test("comes at once, with exit code 2, when a port is taken", async () => {
    await using world = startExample("agents", freePorts);
    const door = await portOf(world, "door");

    await using second = startExample("agents", [...freePorts, `env.doorPort=${door}`]);

    const { code, signal, stderr } = await second.ended;
    expect({ code, signal }).toEqual({ code: 2, signal: null });
    expect(stderr).toMatch(
      new RegExp(`PORT_IN_USE: port ${door} of 127\\.0\\.0\\.1 .*env\\.doorPort`),
    );
  });

  test("comes with exit code 2 when a port is no port", async () => {
    await using world = startExample("agents", [...freePorts, "env.gatePort=80000"]);

    const { code, signal, stderr } = await world.ended;
    expect({ code, signal }).toEqual({ code: 2, signal: null });
    expect(stderr).toMatch(/CONFIG_INVALID: env\.gatePort: got "80000"; allowed: a port/);
  });
});
