// A module's body on a real isolate: how long it may take.

import { expect, test } from "vitest";
import { startHost } from "../kit/host.ts";

const spinner = "for (;;);";
const friend = "import { commands } from 'isonet'; commands({ seven: () => 7 });";

test("a body that does not end is interrupted after turnMsMax, and its shard goes on", async () => {
  await using kit = await startHost({ spinner, friend }, { shards: 1, turnMsMax: 100 });
  const { isonet } = kit;

  await expect(isonet.newService("spinner")).rejects.toMatchObject({
    code: "SERVICE_LOAD_FAILED",
    message: expect.stringMatching(
      /spinner\.ts: .* interrupted after 100 ms \(turnMsMax\)/,
    ) as string,
  });

  const address = await isonet.newService("friend");
  expect(await isonet.call(isonet.address(address as never), "lua", "seven")).toBe(7);
});
