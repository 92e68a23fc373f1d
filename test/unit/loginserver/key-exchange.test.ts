// Key exchange: the lines of a login, with the keys of a known trace, and what ends it.

import { describe, expect, test } from "vitest";
import { exchangeKeys, type KeyExchange } from "../../../library/loginserver/key-exchange.ts";
import type { LoginKeys } from "../../../library/loginserver/key-pool.ts";

const clientKeyLine = "l/TN8S8dYzI=";
const proofLine = "lpv4i/guaF8=";
const tokenLine = "7iltV/T3i1p0bF3kggC4x52VVtDnqfSV+F/h38KnHbc=";

const keys: LoginKeys = {
  challenge: Uint8Array.from(Buffer.from("CCCCCCCC")),
  serverKey: Uint8Array.from(Buffer.from("BBBBBBBB")),
};

/** Plays a client that says these lines and then hangs up; the keys are those of the trace. */
async function login(
  ...lines: readonly string[]
): Promise<{ result: KeyExchange; said: readonly string[] }> {
  const said: string[] = [];
  const left = [...lines];
  const result = await exchangeKeys(
    { readLine: async () => left.shift(), write: (text) => said.push(text) > 0 },
    keys,
  );
  return { result, said };
}

describe("a key exchange", () => {
  test("speaks the lines of the known trace and gives token and secret", async () => {
    const { result, said } = await login(clientKeyLine, proofLine, tokenLine);

    expect(said).toEqual(["Q0NDQ0NDQ0M=\n", "t8+/cmQUX9Q=\n"]);
    if (result.kind !== "token") throw new Error(result.kind);
    expect(Buffer.from(result.secret).toString("hex")).toBe("05f66ce34109f836");
    expect(Buffer.from(result.token).toString()).toBe("aGVsbG8=@c2FtcGxl:cGFzc3dvcmQ=");
  });

  test("takes lines that end in a carriage return as well", async () => {
    const lines = [clientKeyLine, proofLine, tokenLine].map((line) => `${line}\r`);

    expect((await login(...lines)).result.kind).toBe("token");
  });

  test.each([
    ["a client key of seven bytes", ["AAAAAAAAAA==", proofLine, tokenLine], "LOGIN_REFUSED"],
    ["a client key of no bytes", ["", proofLine, tokenLine], "LOGIN_REFUSED"],
    ["a client key that is zero", ["AAAAAAAAAAA=", proofLine, tokenLine], "CRYPT_INVALID"],
    ["a client key that is no base64", ["=", proofLine, tokenLine], "CRYPT_INVALID"],
    ["a wrong proof", [clientKeyLine, "AAAAAAAAAAA=", tokenLine], "LOGIN_REFUSED"],
    ["a token that is not encrypted so", [clientKeyLine, proofLine, "AAAA"], "CRYPT_INVALID"],
  ])("refuses %s", async (_what, lines, code) => {
    const { result } = await login(...lines);

    expect(result).toMatchObject({ kind: "refused", error: { code } });
  });

  test.each([0, 1, 2])("is lost when the client is gone after %i lines", async (count) => {
    const { result } = await login(...[clientKeyLine, proofLine, tokenLine].slice(0, count));

    expect(result).toEqual({ kind: "lost" });
  });

  test("is lost when nothing can be written", async () => {
    const result = await exchangeKeys(
      { readLine: async () => clientKeyLine, write: () => false },
      keys,
    );

    expect(result).toEqual({ kind: "lost" });
  });
});
