// Libraries: what a service may import besides "isonet", in a shard and in a cell.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Address } from "isonet";
import { base64Decode } from "../../wire/crypt/base64.ts";
import { parse } from "../../wire/sproto/sproto.ts";
import { startHost, type TestHost } from "../kit/host.ts";

const texts = `
import { commands } from "isonet";
import { bytesOf, joinBytes, textOf } from "isonet/bytes";
commands({ twice: (text: string) => textOf(joinBytes([text, "-", bytesOf(text)])) });
`;
const schema = `
.package { type 0 : integer  session 1 : integer }
login 1 {
  request { key 0 : binary  token 1 : string }
  response { proof 0 : binary  user 1 : string }
}
`;
const gatekeeper = `
import { commands } from "isonet";
import { base64Decode, desDecode, dhExchange, dhSecret, hexDecode, hmac64 } from "isonet/crypt";
import { randomBytes, randomKey } from "isonet/crypt";
import { textOf } from "isonet/bytes";
import { parse } from "isonet/sproto";

const host = parse(\`${schema}\`).host();

commands({
  serve(message: Uint8Array, challenge: string, key: string) {
    const request = host.dispatch(message);
    if (request.kind !== "request") throw new Error("no request");
    const secret = dhSecret(request.args?.key, key);
    const user = textOf(desDecode(secret, base64Decode(request.args?.token)));
    return request.respond?.({ proof: hmac64(challenge, secret), user });
  },
  key: () => dhExchange(randomKey()),
  random: (count: number) => randomBytes(count),
  digits: (text: string) => hexDecode(text),
  dispatch: (message: Uint8Array) => host.dispatch(message).kind,
});
`;
const stranger = 'import { open } from "isonet/files";';
const escaping = 'import { open } from "isonet/../../secrets";';

let kit: TestHost;
let call: TestHost["isonet"]["call"];

beforeAll(async () => {
  kit = await startHost({ texts, gatekeeper, stranger, escaping });
  ({ call } = kit.isonet);
});

async function start(name: string, terms: object): Promise<Address> {
  return (await kit.isonet.newService({ name, ...terms })) as Address;
}

afterAll(async () => {
  await kit[Symbol.asyncDispose]();
});

describe.each([
  ["a shard", {}],
  ["a cell", { trust: "untrusted", owner: "ann" }],
] as const)("a service in %s", (_place, terms) => {
  test("imports a library", async () => {
    const address = await start("texts", terms);

    expect(await call(address, "lua", "twice", "naïve")).toBe("naïve-naïve");
  });

  test("has Skynet's ciphers and sproto", async () => {
    const address = await start("gatekeeper", terms);
    const client = parse(schema);
    const host = client.host();
    // As in Skynet's login: client key AAAAAAAA, server key BBBBBBBB, challenge CCCCCCCC.
    const args = {
      key: base64Decode("l/TN8S8dYzI="),
      token: "7iltV/T3i1p0bF3kggC4x52VVtDnqfSV+F/h38KnHbc=",
    };
    const message = host.attach(client)("login", args, 5);

    const answer = await call(address, "lua", "serve", message, "CCCCCCCC", "BBBBBBBB");

    expect(host.dispatch(answer as Uint8Array)).toMatchObject({
      kind: "response",
      session: 5,
      args: { user: "aGVsbG8=@c2FtcGxl:cGFzc3dvcmQ=", proof: base64Decode("lpv4i/guaF8=") },
    });
    expect(await call(address, "lua", "key")).toHaveLength(8);
    await expect(call(address, "lua", "digits", "FF")).rejects.toMatchObject({
      remoteCode: "CRYPT_INVALID",
    });
    await expect(call(address, "lua", "dispatch", new Uint8Array(3))).rejects.toMatchObject({
      remoteCode: "SPROTO_MALFORMED",
    });
  });

  test("gets random bytes of the host, which gives none twice", async () => {
    const address = await start("gatekeeper", terms);
    const draw = (count: unknown): Promise<Uint8Array> => call(address, "lua", "random", count);

    const drawn = await Promise.all([draw(4096), draw(4096), draw(1)]);

    expect(drawn.map(({ length }) => length)).toEqual([4096, 4096, 1]);
    expect(drawn[0]).not.toEqual(drawn[1]);
    await expect(draw(4097)).rejects.toMatchObject({
      remoteCode: "ARGUMENT_INVALID",
      message: expect.stringContaining("4097: a whole number from 1 to 4096") as string,
    });
  });
});

test.each(["isonet/files", "isonet/../../secrets"])(
  "a service is told which libraries there are when %s is none",
  async (specifier) => {
    const name = specifier === "isonet/files" ? "stranger" : "escaping";

    await expect(kit.isonet.newService(name)).rejects.toMatchObject({
      message: expect.stringMatching(
        `there is no library "${specifier}"; .*isonet/bytes`,
      ) as string,
    });
  },
);
