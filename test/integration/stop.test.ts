// The end of a host: what its services and their callers see of it.

import { expect, test } from "vitest";
import { startHost } from "../kit/host.ts";

const silent = `
import { commands, wait } from "isonet";
commands({ never: () => wait({}), spin: () => { for (;;); }, name: () => "silent" });
`;

const codeOf = (error: { code?: string }): string | undefined => error.code;

async function spawn(kit: Awaited<ReturnType<typeof startHost>>) {
  const address = await kit.isonet.newService("silent");
  if (address === undefined) throw new Error("the service has exited");
  return address;
}

test("fails the calls that wait on its services with HOST_STOPPING", async () => {
  await using kit = await startHost({ silent });
  const address = await spawn(kit);
  const outcome = kit.isonet.call(address, "lua", "never").catch(codeOf);
  await kit.isonet.call(address, "lua", "name");

  const hasStopped = await kit.host.stop();

  expect(await outcome).toBe("HOST_STOPPING");
  expect(hasStopped).toBe(true);
});

test("answers a call that comes too late with ADDRESS_DEAD", async () => {
  await using kit = await startHost({ silent });
  const address = await spawn(kit);
  const outcome = kit.isonet.call(address, "lua", "never").catch(codeOf);

  await kit.host.stop();

  expect(await outcome).toBe("ADDRESS_DEAD");
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
