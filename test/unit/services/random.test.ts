// The host service ".random", with a source of chance that counts.

import { describe, expect, test } from "vitest";
import type { RandomCommands } from "../../../services/api/random.ts";
import { random } from "../../../services/host/random.ts";
import { limits } from "../../../wire/limits.ts";

function startRandom(): {
  readonly bytes: (count: unknown) => Uint8Array;
  readonly drawn: number[];
} {
  const drawn: number[] = [];
  const started: RandomCommands[] = [];
  const commands = (registered: object): never => {
    started.push(registered as RandomCommands);
    return registered as never;
  };
  random({ commands }, (count) => {
    drawn.push(count);
    return new Uint8Array(count).fill(drawn.length);
  });
  return { bytes: (count) => (started[0] as RandomCommands).bytes(count as number), drawn };
}

describe("random", () => {
  test.each([1, 16, limits.randomBytesMax])("draws %i bytes for each who asks", (count) => {
    const { bytes } = startRandom();

    expect(bytes(count)).toEqual(new Uint8Array(count).fill(1));
    expect(bytes(count)).toEqual(new Uint8Array(count).fill(2));
  });

  test.each([
    [0, "0"],
    [-1, "-1"],
    [1.5, "1.5"],
    [Number.NaN, "NaN"],
    [Infinity, "Infinity"],
    [limits.randomBytesMax + 1, "4097"],
    ["8", "a string"],
    [undefined, "a undefined"],
    [[8], "a object"],
  ])("refuses the count %j and draws nothing", (count, shown) => {
    const { bytes, drawn } = startRandom();

    expect(() => bytes(count)).toThrow(
      expect.objectContaining({
        code: "ARGUMENT_INVALID",
        message: expect.stringContaining(
          `count is ${shown}: a whole number from 1 to 4096 (randomBytesMax)`,
        ) as string,
      }),
    );
    expect(drawn).toEqual([]);
  });
});
