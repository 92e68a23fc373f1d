// Trace: a tag that travels with calls, and a log line for each step (reference §12.4).

import { describe, expect, test } from "vitest";
import { MessageKind } from "../../wire/message-kind.ts";
import { caller, message, other, response, RuntimeKit, type Sent } from "../kit/runtime-kit.ts";

/** The tag that comes ahead of a message. */
function tag(text: string, source: number = caller) {
  return { kind: MessageKind.trace, source, body: new TextEncoder().encode(text) };
}

/** What was sent, the tags by their text. */
function sentTo(kit: RuntimeKit): Sent[] {
  return kit.take().filter(({ kind }) => kind === "lua" || kind === "trace");
}

describe("trace", () => {
  test("gives the running thread a tag, which its calls and sends carry ahead", async () => {
    const kit = new RuntimeKit();
    const tags: string[] = [];
    kit.api.commands({
      go: async () => {
        tags.push(kit.api.trace("slow"));
        kit.api.send(other, "lua", "sent");
        await kit.api.call(".world", "lua", "called");
      },
    });
    kit.now = 3;

    await kit.turn(message(0, "go"));

    expect(tags).toEqual([":01000100-1"]);
    expect(sentTo(kit)).toEqual([
      { kind: "trace", to: other, session: 0, body: ":01000100-1" },
      { kind: "lua", to: other, session: 0, values: ["sent"] },
      { kind: "trace", to: ".world", session: 0, body: ":01000100-1" },
      { kind: "lua", to: ".world", session: 1, values: ["called"] },
    ]);
    expect(kit.takeLog()).toEqual([
      "info <TRACE :01000100-1> 30000000 trace slow (session 0 from :01000200)",
      "info <TRACE :01000100-1> 30000000 send :01000300 kind 10 session 0 (session 0 from :01000200)",
      "info <TRACE :01000100-1> 30000000 call .world kind 10 session 1 (session 0 from :01000200)",
    ]);
  });

  test("a tag that came in travels on with the next message of its source, and no other", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ go: (name: string) => kit.api.send(other, "lua", name) });

    await kit.turn(
      tag("tag-1"),
      { ...message(0, "go", "from another"), source: other },
      message(0, "go", "traced"),
      message(0, "go", "after"),
    );

    expect(sentTo(kit).map(({ body, values }) => body ?? (values as string[])[0])).toEqual([
      "from another",
      "tag-1",
      "traced",
      "after",
    ]);
  });

  test("stays with its thread after awaits, beside others", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({
      go: async (name: string) => {
        await kit.api.call(other, "lua", name);
        kit.api.send(other, "lua", `${name} again`);
      },
    });

    await kit.turn(tag("tag-1"), message(0, "go", "traced"), message(0, "go", "plain"));
    kit.take();
    await kit.turn(response(1), response(2));

    expect(sentTo(kit).map(({ body, values }) => body ?? (values as string[])[0])).toEqual([
      "tag-1",
      "traced again",
      "plain again",
    ]);
  });

  test("tells the end of the thread", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({ go: () => 1 });

    await kit.turn(tag("tag-1"), message(7, "go"));

    expect(kit.takeLog()).toEqual([
      "info <TRACE tag-1> 0 request kind 10 (session 7 from :01000200)",
      "info <TRACE tag-1> 0 end (session 7 from :01000200)",
    ]);
  });

  test("fails with NO_SESSION outside a thread", () => {
    const { api } = new RuntimeKit();

    expect(() => api.trace()).toThrow(expect.objectContaining({ code: "NO_SESSION" }));
  });
});

describe("traceProto", () => {
  function counting(mode: boolean | undefined) {
    const kit = new RuntimeKit();
    kit.api.commands({ go: () => {} });
    kit.api.traceProto("lua", mode);
    return kit;
  }

  test("true traces each message that comes in", async () => {
    const kit = counting(true);

    await kit.turn(message(0, "go"), message(0, "go"));

    expect(kit.takeLog().filter((line) => line.includes("request"))).toHaveLength(2);
  });

  test("false traces none, not even those that carry a tag", async () => {
    const kit = counting(false);

    await kit.turn(tag("tag-1"), message(0, "go"));

    expect(kit.takeLog()).toEqual([]);
  });

  test("undefined traces those that carry a tag", async () => {
    const kit = counting(undefined);

    await kit.turn(message(0, "go"), tag("tag-1"), message(0, "go"));

    expect(kit.takeLog().filter((line) => line.includes("request"))).toHaveLength(1);
  });

  test("refuses an unknown protocol", () => {
    const { api } = new RuntimeKit();

    expect(() => api.traceProto("nosuch", true)).toThrow(
      expect.objectContaining({ code: "PROTOCOL_UNKNOWN" }),
    );
  });
});
