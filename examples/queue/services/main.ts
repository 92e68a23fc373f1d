// Main: pays twice at the same time, without the queue and with it.

import { newService, service, start } from "isonet";
import type { AccountCommands } from "./account.ts";

start(async () => {
  const address = await newService("account");
  if (address === undefined) return;
  const account = service<AccountCommands>(address);

  const careless = [account.call.payCarelessly(7), account.call.payCarelessly(7)];
  console.log(`carelessly: ${(await Promise.all(careless)).join("; ")}`);

  account.send.fill(10);
  const inTurn = [account.call.payInTurn(7), account.call.payInTurn(7)];
  console.log(`in turn: ${(await Promise.all(inTurn)).join("; ")}`);

  account.send.fill(10);
  console.log(`inside: ${(await account.call.payTwice(4)).join("; ")}`);
});
