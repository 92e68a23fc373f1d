// Requests: several calls at once (reference §2.10).

import type { RequestResult } from "isonet";
import { describe, expect, test } from "vitest";
import type { CodedError } from "../../wire/coded-error.ts";
import { caller, fault, fired, other, response, RuntimeKit } from "../kit/runtime-kit.ts";

type Seen = { who: unknown; values?: unknown; code?: unknown }[];

/** Reads all results of a select, as far as they come. */
function reading(results: AsyncIterable<RequestResult>): { seen: Seen; isOver: () => boolean } {
  const seen: Seen = [];
  let isOver = false;
  const read = async (): Promise<void> => {
    for await (const { request, values, error } of results) {
      seen.push(
        error === undefined
          ? { who: request["who"], values }
          : { who: request["who"], code: error.code },
      );
    }
    isOver = true;
  };
  void read();
  return { seen, isOver: () => isOver };
}

describe("select", () => {
  test("sends all at once and yields results in order of arrival, failures included", async () => {
    const kit = new RuntimeKit();
    const { seen, isOver } = reading(
      kit.api.select([
        { target: other, values: ["a", 1], who: "first" },
        { target: ".world", values: [], who: "second" },
        { target: caller, who: "third" },
      ]),
    );
    expect(kit.take()).toEqual([
      { kind: "lua", to: other, session: 1, values: ["a", 1] },
      { kind: "lua", to: ".world", session: 2, values: [] },
      { kind: "lua", to: caller, session: 3, values: [] },
    ]);

    await kit.turn(response(3, "c", "d"), fault(2, "NAME_UNKNOWN"));
    expect(seen).toEqual([
      { who: "third", values: ["c", "d"] },
      { who: "second", code: "NAME_UNKNOWN" },
    ]);
    expect(isOver()).toBe(false);
    await kit.turn(response(1));

    expect(seen[2]).toEqual({ who: "first", values: [] });
    expect(isOver()).toBe(true);
  });

  test("yields the same request objects that were passed in", async () => {
    const kit = new RuntimeKit();
    const entry = { target: other, token: {} };
    const results: RequestResult[] = [];
    const read = async (): Promise<void> => {
      for await (const result of kit.api.select([entry])) results.push(result);
    };
    void read();

    await kit.turn(response(1));

    expect(results[0]?.request).toBe(entry);
  });

  test("ends after its timeout with what has arrived, and tells so", async () => {
    const kit = new RuntimeKit();
    const requests = kit.api
      .request()
      .add({ target: other, who: 1 })
      .add({ target: other, who: 2 });
    const { seen, isOver } = reading(requests.select(50));
    await kit.turn(response(2, "in time"));
    expect(kit.take()).toContainEqual({ command: "timeout", session: 3, operand: 50 });

    await kit.turn(fired(3));
    await kit.turn(response(1, "late"));

    expect(seen).toEqual([{ who: 2, values: ["in time"] }]);
    expect([isOver(), requests.timedOut]).toEqual([true, true]);
  });

  test("cancels its timer when all are in, and has not timed out", async () => {
    const kit = new RuntimeKit();
    const requests = kit.api.request([{ target: other }]);
    const { isOver } = reading(requests.select(50));
    await kit.turn();
    kit.take();

    await kit.turn(response(1));

    expect(kit.take()).toEqual([{ command: "cancel", session: 2 }]);
    expect([isOver(), requests.timedOut]).toEqual([true, false]);
  });

  test("leaving the loop abandons the rest", async () => {
    const kit = new RuntimeKit();
    const seen: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const { values } of kit.api.select([{ target: other }, { target: caller }], 50)) {
        seen.push(values);
        break;
      }
    };
    void read();
    await kit.turn(response(2, "first in"));
    kit.take();
    await kit.turn(response(1, "too late"));

    expect(seen).toEqual([["first in"]]);
    expect(kit.take()).toEqual([]);
    expect(kit.takeLog()).toEqual([]);
  });

  test("yields an entry that cannot be sent as a failure, first", async () => {
    const kit = new RuntimeKit();
    const { seen } = reading(
      kit.api.select([
        { target: other, who: "good" },
        { target: ":xyz", who: "no address" },
        { target: other, protocol: "nosuch", who: "no protocol" },
        { target: other, values: [() => 1], who: "no value" },
      ]),
    );
    await kit.turn();
    await kit.turn(response(1));

    expect(seen).toEqual([
      { who: "no address", code: "ARGUMENT_INVALID" },
      { who: "no protocol", code: "PROTOCOL_UNKNOWN" },
      { who: "no value", code: "PACK_UNSUPPORTED" },
      { who: "good", values: [] },
    ]);
  });

  test("of nothing ends at once", async () => {
    const kit = new RuntimeKit();
    const { seen, isOver } = reading(kit.api.select([]));
    await kit.turn();

    expect([seen, isOver()]).toEqual([[], true]);
  });

  test("is called once; add comes before it", () => {
    const { api } = new RuntimeKit();
    const requests = api.request([{ target: other }]);
    requests.select();

    for (const act of [() => requests.select(), () => requests.add({ target: other })]) {
      expect(act).toThrow(expect.objectContaining({ code: "ARGUMENT_INVALID" }) as CodedError);
    }
  });

  test("calls of a request that is handled end with it", async () => {
    const kit = new RuntimeKit({ callTimeoutMs: 1000 });
    kit.api.commands({
      all: async () => {
        for await (const { error } of kit.api.select([{ target: other }])) return error?.code;
        return "nothing";
      },
    });

    await kit.turn({ session: 7, deadline: 60, body: kit.api.pack("all") });

    expect(kit.take()[0]).toMatchObject({ kind: "lua", to: other, deadline: 60 });
  });
});
