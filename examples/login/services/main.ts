// Main: starts the login server, and a message server that tells it of itself.

import { call, getEnv, newService, start } from "isonet";

const servername = "sample";

async function settingOf(name: string): Promise<number> {
  const value = Number(await getEnv(name));
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`setting ${name} must be a whole number`);
}

start(async () => {
  const logind = await newService("logind");
  const gated = await newService("gated", logind);
  if (logind === undefined || gated === undefined) throw new Error("a server has exited");
  const [host, loginPort] = (await call(logind, "lua", "address")) as [string, number];
  const [, gatePort] = (await call(gated, "lua", "open", {
    address: host,
    port: await settingOf("gatePort"),
    maxclient: await settingOf("maxclient"),
    servername,
  })) as [string, number];
  console.log(
    `login server ${host}:${loginPort}, message server ${servername} ${host}:${gatePort}`,
  );
});
