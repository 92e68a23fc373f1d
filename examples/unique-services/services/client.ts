// Client: asks for the counter, as all its likes do at the same time.

import { service, start, uniqueService } from "isonet";
import type { CounterCommands } from "./counter.ts";

start(async (name: string) => {
  const counter = service<CounterCommands>(await uniqueService("counter", name));
  await counter.call.next(name);
});
