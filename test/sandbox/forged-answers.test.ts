// Forged answers: a service believes an answer only from the one whom it asked.
// Sandbox test of sandbox/waits.ts and calls.ts: `callee` is asked, `stranger` knows the session.

import type { Address, Destination } from "isonet";
import { describe, expect, test } from "vitest";
import { MessageKind } from "../../wire/message-kind.ts";
import { systemHandedOn } from "../../wire/system-command.ts";
import { commandBody, type FrameFields } from "../kit/frames.ts";
import { caller, fault, fired, own, resolvedTo, response, RuntimeKit } from "../kit/runtime-kit.ts";

const callee = 0x0100_0301 as Address;
const worker = 0x0100_0302 as Address;
const stranger = 0x0100_0401 as Address;

type Outcome = { value?: unknown; code?: string };

/** A service with one open call, and what becomes of it. */
function startCall(target: Destination = callee): { kit: RuntimeKit; outcome: Outcome } {
  const kit = new RuntimeKit();
  const outcome: Outcome = {};
  void kit.api.call(target, "lua", "ask").then(
    (value: unknown) => (outcome.value = value),
    (error: { code: string }) => (outcome.code = error.code),
  );
  return { kit, outcome };
}

function handedOn(from: number | readonly number[], to: number): FrameFields {
  const hands = Uint32Array.from(typeof from === "number" ? [from] : from);
  const body = commandBody(systemHandedOn, new Uint8Array(hands.buffer));
  return { kind: MessageKind.system, source: to, session: 1, body };
}

const forgeries: readonly (readonly [string, FrameFields])[] = [
  ["response", { ...response(1, "forged"), source: stranger }],
  ["error", fault(1, "ADDRESS_DEAD", { source: stranger })],
  ["response in the kernel's name", { ...response(1, "forged"), source: 0 }],
  ["timer", fired(1)],
];

describe.each(forgeries)("a %s of one who was not asked", (_what, forged) => {
  test.each([
    ["an address", callee, []],
    ["a name", ".callee", [resolvedTo(1, callee)]],
  ])("does not answer a call to %s, whose own answer still counts", async (_who, target, news) => {
    const { kit, outcome } = startCall(target);

    await kit.turn(...news, forged);
    expect(outcome).toEqual({});
    await kit.turn({ ...response(1, "true"), source: callee });

    expect(outcome).toEqual({ value: "true" });
  });
});

describe("a forged answer", () => {
  test("is given to the handler of responses that nobody waits for", async () => {
    const { kit } = startCall();
    const seen: unknown[] = [];
    kit.api.dispatchUnknownResponse((session: number, source: number) => {
      seen.push([session, source]);
    });

    await kit.turn({ ...response(1, "forged"), source: stranger });

    expect(seen).toEqual([[1, stranger]]);
  });

  test("does not end a sleep, nor a request to the kernel", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    void kit.api.sleep(5).then(() => seen.push("slept"));
    void kit.api.stat().then(() => seen.push("stat"));

    await kit.turn({ ...response(1), source: stranger }, { ...response(2), source: stranger });
    expect(seen).toEqual([]);
    await kit.turn(fired(1), { ...response(2, {}), source: 0 });

    expect(seen).toEqual(["slept", "stat"]);
  });

  test("a second answer of the one who was asked changes nothing", async () => {
    const { kit, outcome } = startCall();
    const answer = { ...response(1, "first"), source: callee };

    await kit.turn(answer, { ...response(1, "second"), source: callee });

    expect(outcome).toEqual({ value: "first" });
  });

  test("a service may answer itself", async () => {
    const { kit, outcome } = startCall(caller);

    await kit.turn({ ...response(1, "mine"), source: own });

    expect(outcome).toEqual({ value: "mine" });
  });
});

describe("a request that its callee has handed on", () => {
  test("is answered by the one who has it", async () => {
    const { kit, outcome } = startCall();

    await kit.turn(handedOn(callee, worker), { ...response(1, "done"), source: worker });

    expect(outcome).toEqual({ value: "done" });
  });

  test("may be handed on again", async () => {
    const { kit, outcome } = startCall();

    await kit.turn(handedOn(callee, worker), handedOn(worker, stranger));
    await kit.turn({ ...response(1, "done"), source: stranger });

    expect(outcome).toEqual({ value: "done" });
  });

  test("is found where it is although the news of an earlier hand comes late", async () => {
    const { kit, outcome } = startCall();

    await kit.turn(handedOn([callee, worker], stranger), handedOn(callee, worker));
    await kit.turn({ ...response(1, "done"), source: stranger });

    expect(outcome).toEqual({ value: "done" });
  });

  test("is no longer answered by the one who had it, nor ended by that one's end", async () => {
    const { kit, outcome } = startCall();

    await kit.turn(handedOn(callee, worker), { ...response(1, "forged"), source: callee });
    await kit.turn(fault(0, "ADDRESS_DEAD", { source: callee }));
    expect(outcome).toEqual({});
    await kit.turn(fault(0, "ADDRESS_DEAD", { source: worker }));

    expect(outcome).toEqual({ code: "ADDRESS_DEAD" });
  });

  test("stays where it is when another says that it has handed it on", async () => {
    const { kit, outcome } = startCall();

    await kit.turn(handedOn(stranger, worker), { ...response(1, "forged"), source: worker });

    expect(outcome).toEqual({});
  });
});
