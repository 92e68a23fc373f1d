// The clock of a host service, which acts outside turns: after a socket's event, long after its
// last turn.

import { describe, expect, test } from "vitest";
import { createRuntime } from "../../sandbox/runtime.ts";
import { ControlWord, turnMemoryBytes } from "../../wire/turn-memory.ts";

const layout = { inboxBytes: 4096, outboxBytes: 4096 };

function apiWith(nowTick: (() => number) | undefined) {
  const memory = new ArrayBuffer(turnMemoryBytes(layout));
  const control = new Int32Array(memory, 0, 16);
  const clock = nowTick === undefined ? {} : { nowTick };
  const { api } = createRuntime({ memory, layout, flush: () => 0, mayPause: false, ...clock });
  return { api, control };
}

describe("clock of a service", () => {
  test("follows the host's clock between turns when it is given", () => {
    let tick = 7;
    const { api } = apiWith(() => tick);

    const before = api.now();
    tick = 1311;

    expect([before, api.now()]).toEqual([7, 1311]);
  });

  test("stands still between turns in a guest", () => {
    const { api, control } = apiWith(undefined);
    control[ControlWord.nowTicks] = 11;

    expect(api.now()).toBe(11);
  });
});
