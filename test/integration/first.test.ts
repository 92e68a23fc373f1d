// A service's life on a real host: the main job end to end.

import { expect, test } from "vitest";
import { startHost } from "../kit/host.ts";

const echo = `
import { commands, start } from "isonet";
commands({ echo: (value: unknown) => value, boom: () => { throw new Error("no luck"); } });
start((...args: unknown[]) => console.log("started with", args));
`;

test("starts a service, answers its calls, tells its errors and ends it", async () => {
  await using kit = await startHost({ echo });
  const { isonet } = kit;

  const address = await isonet.newService("echo", "a", { b: 2 });
  if (address === undefined) throw new Error("the service has exited");

  expect(await isonet.call(address, "lua", "echo", [1, "two", { three: 3n }])).toEqual([
    1,
    "two",
    { three: 3n },
  ]);
  await expect(isonet.call(address, "lua", "boom")).rejects.toMatchObject({
    code: "REMOTE_FAULT",
    message: "no luck",
  });
  await isonet.kill(address);
  await expect(isonet.call(address, "lua", "echo", 1)).rejects.toMatchObject({
    code: "ADDRESS_DEAD",
  });
});
