// The end of a host: what its services and their callers see of it.

import { expect, test } from "vitest";
import { startHost } from "../kit/host.ts";

const silent = `
import { commands, wait } from "isonet";
commands({ never: () => wait({}), spin: () => { for (;;); }, name: () => "silent" });
`;

async function spawn(kit: Awaited<ReturnType<typeof startHost>>) {
  const address = await kit.isonet.newService("silent");
  if (address === undefined) throw new Error("the service has exited");
  return address;
}

test("fails the calls that wait on its services with HOST_STOPPING", async () => {
  await using kit = await startHost({ silent });
  const address = await spawn(kit);
  const waiting = kit.isonet.call(address, "lua", "never");
  const outcome = expect(waiting).rejects.toMatchObject({ code: "HOST_STOPPING" });
  await kit.isonet.call(address, "lua", "name");

  const hasStopped = await kit.host.stop();

  await outcome;
  expect(hasStopped).toBe(true);
});

test("answers a call that comes too late with ADDRESS_DEAD", async () => {
  await using kit = await startHost({ silent });
  const late = kit.isonet.call(await spawn(kit), "lua", "never");
  const outcome = expect(late).rejects.toMatchObject({ code: "ADDRESS_DEAD" });

  await kit.host.stop();

  await outcome;
});

test("ends a service that never gives its turn back", async () => {
  await using kit = await startHost({ silent }, { turnMsMax: 0 });
  const address = await spawn(kit);
  await kit.isonet.call(address, "lua", "name");
  kit.isonet.send(address, "lua", "spin");

  expect(await kit.host.stop()).toBe(true);
});

test("is the same end for all who ask for it", async () => {
  await using kit = await startHost({});

  expect(kit.host.stop()).toBe(kit.host.stop());
  expect(await kit.host.stop()).toBe(true);
});
