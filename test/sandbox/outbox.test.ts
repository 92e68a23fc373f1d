// Inbox and outbox: messages in pieces both ways, a full outbox, messages that are too large.

import { describe, expect, test } from "vitest";
import { FrameFlag } from "../../wire/frame.ts";
import { MessageKind } from "../../wire/message-kind.ts";
import type { CodedError } from "../../wire/coded-error.ts";
import { decode, encode } from "../../wire/codec.ts";
import { joinBodies } from "../kit/frames.ts";
import {
  caller,
  inPieces,
  message,
  other,
  response,
  RuntimeKit,
  startMessage,
} from "../kit/runtime-kit.ts";

function codeOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return (error as CodedError).code;
  }
}

/** Hands the pieces over as the kernel does: each alone in its turn. */
async function turns(kit: RuntimeKit, pieces: ReturnType<typeof inPieces>): Promise<void> {
  for (const piece of pieces) await kit.turn(piece);
}

const large = "abcdefg".repeat(10_000);

describe("a message in pieces that comes in", () => {
  test("is handled once, whole, when its last piece is there", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    kit.api.commands({ take: (value: unknown) => seen.push(value) });
    const pieces = inPieces(message(7, "take", large), 20_000);

    await turns(kit, pieces.slice(0, -1));
    expect(seen).toEqual([]);
    await turns(kit, pieces.slice(-1));
    await kit.turn(message(8, "take", "small"));

    expect(seen).toEqual([large, "small"]);
    expect(kit.take()).toMatchObject([{ reply: 7 }, { reply: 8 }]);
  });

  test("may be a reply, a start message or of a protocol of the author's", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    kit.api.start((value: string) => seen.push(value.length));
    kit.api.registerProtocol({
      name: "raw",
      id: 20,
      unpack: (body) => [body.length],
      dispatch: (_session, _source, length: number) => seen.push(length),
    });
    await turns(kit, inPieces(startMessage(large), 30_000));
    void kit.api.call(other, "lua").then((value: string) => seen.push(value.length));

    await turns(kit, inPieces(response(1, large), 30_000));
    await turns(kit, inPieces({ kind: 20, body: new Uint8Array(90_000) }, 30_000));

    expect(seen).toEqual([70_000, 70_000, 90_000]);
  });
});

describe("a message that is larger than the outbox", () => {
  test("goes out in pieces, the last without the flag", () => {
    const kit = new RuntimeKit({ outboxBytes: 4096 });
    kit.api.send(other, "lua", large);

    const frames = kit.takeFrames();
    const flags = frames.map((seen) => seen.flags);

    expect(frames.length).toBeGreaterThan(20);
    expect(flags.slice(0, -1).every((flag) => flag === FrameFlag.more)).toBe(true);
    expect(flags.at(-1)).toBe(0);
    expect(decode(joinBodies(frames))).toEqual([large]);
  });

  test("sent to a name has the name in the first piece alone", () => {
    const kit = new RuntimeKit({ outboxBytes: 4096 });
    kit.api.send(".world", "lua", large);

    const frames = kit.takeFrames();
    const body = joinBodies(frames);

    expect(frames[0]?.flags).toBe(FrameFlag.more | FrameFlag.named);
    expect(new TextDecoder().decode(body.subarray(1, 7))).toBe(".world");
    expect(decode(body.slice(7))).toEqual([large]);
  });

  test("may be a reply, and what is sent before and behind keeps its order", async () => {
    const kit = new RuntimeKit({ outboxBytes: 4096 });
    kit.api.commands({
      big: () => {
        kit.api.send(other, "lua", "before");
        return large;
      },
    });

    await kit.turn(message(7, "big"), message(8, "big"));

    const kinds = kit.takeFrames().filter(({ flags }) => (flags & FrameFlag.more) === 0);
    expect(kinds.map(({ kind, session }) => [kind, session])).toEqual([
      [MessageKind.lua, 0],
      [MessageKind.response, 7],
      [MessageKind.lua, 0],
      [MessageKind.response, 8],
    ]);
  });
});

describe("a full outbox", () => {
  test("is read by the host in mid-turn, and nothing is lost", async () => {
    const kit = new RuntimeKit({ outboxBytes: 4096 });
    kit.api.dispatch("lua", () => {
      for (let index = 0; index < 500; index++) kit.api.send(other, "lua", index, "x".repeat(50));
    });

    await kit.turn(message(0));

    const sent = kit.take().map(({ values }) => (values as number[])[0]);
    expect(kit.flushes).toBeGreaterThan(5);
    expect(sent).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });

  test("fails with OUTBOX_FULL when the host reads no more, and the caller is told", async () => {
    const kit = new RuntimeKit({ outboxBytes: 4096 });
    kit.flushesLeft = 2;
    kit.api.dispatch("lua", () => {
      for (;;) kit.api.send(other, "lua", "x".repeat(50));
    });

    await kit.turn(message(7));

    expect(kit.take().at(-1)).toMatchObject({
      fault: 7,
      code: "REMOTE_FAULT",
      remoteCode: "OUTBOX_FULL",
    });
  });

  test("fails a call that does not fit, and a start handler's failure is told", async () => {
    const kit = new RuntimeKit({ outboxBytes: 4096 });
    kit.flushesLeft = 0;
    const seen: unknown[] = [];
    kit.api.start(async () => {
      while (codeOf(() => kit.api.send(other, "lua", "x".repeat(50))) === undefined);
      await kit.api.call(other, "lua", "x".repeat(50)).catch((error: CodedError) => {
        seen.push(error.code);
        throw error;
      });
    });

    await kit.start();

    expect(seen).toEqual(["OUTBOX_FULL"]);
    expect(kit.take().at(-1)).toMatchObject({
      command: "failed",
      fault: { remoteCode: "OUTBOX_FULL" },
    });
    expect(kit.control("waiting")).toBe(0);
  });
});

describe("messageBytesMax", () => {
  test("is the largest message with its header: one byte more is refused", () => {
    const kit = new RuntimeKit({ messageBytesMax: 1024 });
    const body = new Uint8Array(1000);
    kit.api.rawSend(other, "lua", body);

    expect(codeOf(() => kit.api.rawSend(other, "lua", new Uint8Array(1001)))).toBe(
      "MESSAGE_TOO_LARGE",
    );
    expect(kit.takeFrames()).toMatchObject([{ length: 1024 }]);
  });

  test("holds for packed values that fit the outbox", () => {
    const kit = new RuntimeKit({ messageBytesMax: 1024 });
    const text = "x".repeat(997); // and 3 bytes of its tag
    kit.api.send(other, "lua", text);

    expect(codeOf(() => kit.api.send(other, "lua", `${text}y`))).toBe("MESSAGE_TOO_LARGE");
    expect(kit.takeFrames()).toMatchObject([{ length: 1024 }]);
  });

  test("above the default lets larger values through", () => {
    const kit = new RuntimeKit({ messageBytesMax: 20 * 1024 * 1024 });
    const bytes = new Uint8Array(17 * 1024 * 1024);

    kit.api.send(other, "lua", bytes);

    expect(joinBodies(kit.takeFrames()).length).toBe(bytes.length + 5);
  });

  test("rejects a call, and nothing waits", async () => {
    const kit = new RuntimeKit({ messageBytesMax: 1024 });
    const seen: unknown[] = [];
    kit.api
      .call(other, "lua", "x".repeat(2000))
      .catch((error: CodedError) => seen.push(error.code));
    await kit.turn();

    expect(seen).toEqual(["MESSAGE_TOO_LARGE"]);
    expect(kit.control("waiting")).toBe(0);
  });
});

describe("values whose getters act", () => {
  test("all that a getter does is sent before the message it is part of, in order", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({
      act: () => ({
        get inner() {
          kit.api.timeout(7, () => {});
          kit.api.rawSend(other, "lua", encode(["raw"]));
          kit.api.send(".world", "lua", { deep: [1, 2, 3] });
          return "read";
        },
      }),
    });

    await kit.turn(message(7, "act"));

    expect(kit.take()).toEqual([
      { command: "timeout", session: 1, operand: 7 },
      { kind: "lua", to: other, session: 0, values: ["raw"] },
      { kind: "lua", to: ".world", session: 0, values: [{ deep: [1, 2, 3] }] },
      { reply: 7, to: caller, values: [{ inner: "read" }] },
    ]);
  });

  test("what a getter has sent goes out although the message is refused", () => {
    const kit = new RuntimeKit();
    const value = {
      get first() {
        kit.api.send(other, "lua", "sent");
        return 1;
      },
      second: () => {},
    };

    expect(codeOf(() => kit.api.send(caller, "lua", value))).toBe("PACK_UNSUPPORTED");
    expect(kit.take()).toEqual([{ kind: "lua", to: other, session: 0, values: ["sent"] }]);
  });

  test("a getter that sends does not tear the message it is part of", () => {
    const kit = new RuntimeKit();
    const value = {
      get inner() {
        kit.api.send(other, "lua", "from the getter");
        return "read";
      },
    };
    kit.api.send(caller, "lua", value);

    const sent = kit.take();
    expect(sent.at(-1)).toEqual({
      kind: "lua",
      to: caller,
      session: 0,
      values: [{ inner: "read" }],
    });
    expect(sent[0]).toEqual({ kind: "lua", to: other, session: 0, values: ["from the getter"] });
  });

  test("a getter that throws leaves nothing half sent", async () => {
    const kit = new RuntimeKit();
    kit.api.commands({
      bad: () => ({
        ok: 1,
        get broken() {
          throw new Error("no value");
        },
      }),
    });

    await kit.turn(message(7, "bad"));

    expect(kit.take()).toMatchObject([{ fault: 7, code: "REMOTE_FAULT", text: "no value" }]);
  });
});

describe("pack and unpack", () => {
  test("are each other's counterpart, and unpack takes bytes alone", () => {
    const { api } = new RuntimeKit();

    expect(api.unpack(api.pack(1, undefined, "c"))).toEqual([1, undefined, "c"]);
    expect(api.unpack(encode([]))).toEqual([]);
    expect(codeOf(() => api.unpack("text" as never))).toBe("ARGUMENT_INVALID");
    expect(codeOf(() => api.unpack(Uint8Array.of(0xc1)))).toBe("UNPACK_MALFORMED");
  });
});
