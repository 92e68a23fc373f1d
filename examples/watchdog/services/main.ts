// Main: starts the watchdog that every host has, and lets it open its gate. The watchdog starts the
// service "agent" for each client.

import { call, getEnv, name, newService, start } from "isonet";

start(async () => {
  const watchdog = await newService("watchdog", "agent");
  if (watchdog === undefined) throw new Error("the watchdog has not started");
  await name(".watchdog", watchdog);
  const conf = { address: "127.0.0.1", port: Number(await getEnv("port")), maxclient: 64 };
  const [host, port] = await call(watchdog, "lua", "start", conf);
  console.log(`the gate listens on ${host}:${port}`);
});
