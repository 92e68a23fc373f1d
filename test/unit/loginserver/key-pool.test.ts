// Key pool: keys of logins from a source whose bytes the test can tell apart.

import { describe, expect, test } from "vitest";
import { KeyPool, type LoginKeys } from "../../../library/loginserver/key-pool.ts";

/** Eight-byte groups are numbered from 1 on, over all draws. */
class Numbered {
  readonly asked: number[] = [];
  readonly given: Uint8Array[] = [];
  #last = 0;

  readonly draw = async (count: number): Promise<Uint8Array> => {
    this.asked.push(count);
    const bytes = new Uint8Array(count);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < count; at += 8) view.setUint32(at, ++this.#last);
    this.given.push(bytes);
    return bytes;
  };
}

const numbersIn = (keys: LoginKeys): number[] =>
  [keys.challenge, keys.serverKey].map((key) => new DataView(key.buffer).getUint32(0));

async function takeMany(pool: KeyPool, count: number): Promise<number[]> {
  const keys = await Promise.all(Array.from({ length: count }, () => pool.take()));
  return keys.flatMap(numbersIn);
}

describe("a key pool", () => {
  test("asks once for the keys of 64 logins", async () => {
    const source = new Numbered();
    const pool = new KeyPool(source.draw);

    await takeMany(pool, 64);
    expect(source.asked).toEqual([1024]);

    await takeMany(pool, 1);
    expect(source.asked).toEqual([1024, 1024]);
  });

  test("gives no byte twice, to however many that wait at once", async () => {
    const source = new Numbered();
    const pool = new KeyPool(source.draw);

    const numbers = [...(await takeMany(pool, 200)), ...(await takeMany(pool, 3))];

    expect(new Set(numbers).size).toBe(406);
    expect(source.asked).toEqual([1024, 1024, 1024, 1024]);
  });

  test("keeps nothing of a key that it has given", async () => {
    const source = new Numbered();
    const { challenge, serverKey } = await new KeyPool(source.draw).take();

    expect([...challenge, ...serverKey].some((byte) => byte !== 0)).toBe(true);
    expect(source.given[0]?.subarray(0, 16)).toEqual(new Uint8Array(16));
  });

  test("never gives a key whose exclusive or is zero", async () => {
    const { challenge, serverKey } = await new KeyPool(
      async (count) => new Uint8Array(count),
    ).take();

    for (const key of [challenge, serverKey]) expect(key.reduce((a, b) => a ^ b)).not.toBe(0);
  });

  test("fails those who wait when the source fails, and asks again for the next", async () => {
    const source = new Numbered();
    let isDown = true;
    const pool = new KeyPool(async (count) => {
      if (isDown) throw new Error("no answer");
      return source.draw(count);
    });

    const both = await Promise.allSettled([pool.take(), pool.take()]);
    isDown = false;

    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(numbersIn(await pool.take())).toEqual([1, 2]);
  });
});
