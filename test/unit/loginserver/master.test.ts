// The master of a login server: whose turn it is, who may log in, and what a client is told.

import { describe, expect, test } from "vitest";
import { LoginLocks } from "../../../library/loginserver/login-locks.ts";
import { acceptedLine, refusalLines } from "../../../library/loginserver/result-line.ts";
import { Slaves } from "../../../library/loginserver/slaves.ts";

describe("slaves", () => {
  test("get the connections in turn", () => {
    const slaves = new Slaves(["a", "b", "c"]);

    expect(Array.from({ length: 7 }, () => slaves.next()).join("")).toBe("abcabca");
  });
});

describe("login locks", () => {
  test("let one login of a user go on at a time", () => {
    const locks = new LoginLocks({ isMultilogin: false });

    expect([locks.take("ann"), locks.take("bob"), locks.take("ann")]).toEqual([true, true, false]);
    locks.release("ann");
    expect(locks.take("ann")).toBe(true);
  });

  test("let any number go on with multilogin", () => {
    const locks = new LoginLocks({ isMultilogin: true });

    expect([locks.take("ann"), locks.take("ann")]).toEqual([true, true]);
  });
});

describe("a result line", () => {
  test.each([
    ["1", "200 MQ==\n"],
    [12, "200 MTI=\n"],
    [undefined, "200 \n"],
    [Uint8Array.of(255, 0), "200 /wA=\n"],
  ])("of subid %j is %j", (subid, line) => {
    expect(acceptedLine(subid)).toBe(line);
  });

  test("of a refusal is a number and its text", () => {
    expect(Object.values(refusalLines)).toEqual([
      "401 Unauthorized\n",
      "403 Forbidden\n",
      "406 Not Acceptable\n",
    ]);
  });
});
