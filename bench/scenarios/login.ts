// Login: clients of another process through the login server of isonet/loginserver, eight slaves.

import path from "node:path";
import { startBenchHost } from "../bench-host.ts";
import { runLoad } from "../load-process.ts";
import type { Scenario } from "../scenario.ts";
import { base64Decode, base64Encode } from "../../wire/crypt/base64.ts";
import { desDecode, desEncode } from "../../wire/crypt/des.ts";
import { dhExchange, dhSecret } from "../../wire/crypt/diffie-hellman.ts";
import { hmac64 } from "../../wire/crypt/hmac64.ts";

const logins = 3000;
const atOnce = 64;
const token = "aGVsbG8=@c2FtcGxl:cGFzc3dvcmQ=";

/** Logins in a second whose keys one thread could work out, of both sides. */
function keyWork(): number {
  const clientKey = Buffer.from("AAAAAAAA");
  const serverKey = Buffer.from("BBBBBBBB");
  const startMs = performance.now();
  for (let login = 0; login < logins; login++) {
    const secret = dhSecret(dhExchange(clientKey), serverKey);
    dhSecret(dhExchange(serverKey), clientKey);
    hmac64(clientKey, secret);
    hmac64(clientKey, secret);
    desDecode(secret, base64Decode(base64Encode(desEncode(secret, token))));
  }
  return (logins * 1000) / (performance.now() - startMs);
}

const login: Scenario = {
  name: "login",
  about: "logins, 64 at a time, eight slaves; floor: the key work of both sides on one thread",
  unit: "logins/s",
  target: { atLeast: 500 },
  run: async () => {
    const entry = path.join(import.meta.dirname, "../login-load.ts");
    const host = await startBenchHost({ shards: 2 });
    const server = await host.spawn("logins");
    const port = (await host.isonet.call(server, "lua", "port")) as number;
    const args = [port, logins, atOnce].map(String);
    await runLoad(entry, args);
    const value = Number(await runLoad(entry, args));
    await host.stop();
    return { value, floor: keyWork() };
  },
};

export const loginScenarios: readonly Scenario[] = [login];
