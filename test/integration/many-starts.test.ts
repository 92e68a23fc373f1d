// Many starts at once: a cell that is told to start them answers its host all the while.

import { expect, test } from "vitest";
import { startHost } from "../kit/host.ts";

const services = 60;

test("a cell that starts many services at once is not taken for one that has stalled", async () => {
  const script = `import { commands } from "isonet"; commands({ echo: (value) => value });`;
  await using kit = await startHost({ script }, { cells: 1, cellStallMs: 300 });
  const order = { name: "script", trust: "untrusted", owner: "ann" } as const;
  const launches = Array.from({ length: services }, () => kit.isonet.newService(order));

  const addresses = new Set(await Promise.all(launches));

  expect(addresses.size).toBe(services);
});
