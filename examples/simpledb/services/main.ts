// Main: starts the store and the door to it, and asks the store itself.

import { call, name, newService, start } from "isonet";

start(async () => {
  const store = await newService("simpledb");
  if (store === undefined) return;
  await name(".simpledb", store);
  await call(".simpledb", "lua", "set", "started", "by main");
  await newService("door");
});
